package profile

import (
	"bytes"
	"strings"
)

// Resolving a profile reads only the sections it uses. One pass over the bytes
// for each of them costs less than a map of what a large file holds, and damage
// in a section nobody asked for is never seen.

// finder collects the sections of one kind and name.
type finder struct {
	kind        sectionKind
	name        string
	file        File
	credentials bool

	found, plain *Section // of [profile default] and of [default] in the config file
	err          *Error   // the first damage in what found holds
	plainErr     *Error   // and in what plain holds
	lines        int      // line ends before counted
	counted      int
}

// findProfile returns the profile's section of both files together, nil if
// neither has one.
func findProfile(config, credentials File, name string) (*Section, *Error) {
	s, err := find(finder{kind: profileSection, name: name, file: config})
	if err != nil {
		return nil, err
	}
	more, err := find(finder{kind: profileSection, name: name, file: credentials, credentials: true})
	switch {
	case err != nil:
		return nil, err
	case s == nil:
		return more, nil
	case more != nil:
		s.Properties = append(s.Properties, more.Properties...)
	}
	return s, nil
}

// find returns the section of f's kind and name in its file, nil if there is
// none.
func find(f finder) (*Section, *Error) {
	data := f.file.Data
	for at := firstHeader(data); at < len(data); {
		end := nextHeader(data, at)
		if f.mayBe(data[at+1 : end]) {
			f.read(at, end)
		}
		at = end
	}
	if f.found == nil && f.err == nil {
		f.found, f.err = f.plain, f.plainErr
	}
	if f.err != nil {
		return nil, f.err
	}
	return f.found, nil
}

// firstHeader returns the offset of the first section line, or len(data).
func firstHeader(data []byte) int {
	start := 0
	if bytes.HasPrefix(data, []byte(byteOrderMark)) {
		start = len(byteOrderMark)
	}
	if start < len(data) && data[start] == '[' {
		return start
	}
	return nextHeader(data, start)
}

// nextHeader returns the offset of the first line after the byte at that
// starts with a bracket, or len(data).
func nextHeader(data []byte, at int) int {
	for at++; at < len(data); at++ {
		i := bytes.IndexByte(data[at:], '[')
		if i < 0 {
			break
		}
		at += i
		if data[at-1] == '\n' {
			return at
		}
	}
	return len(data)
}

// mayBe cheaply rules out most section lines, given what follows the bracket.
func (f *finder) mayBe(text []byte) bool {
	text = bytes.TrimLeft(text, " \t")
	if f.credentials {
		return f.mayBeNamed(text)
	}
	if f.kind == profileSection && f.name == defaultName && f.mayBeNamed(text) {
		return true
	}
	prefix := f.kind.prefix()
	if len(text) <= len(prefix) || string(text[:len(prefix)]) != prefix || !isSpace(text[len(prefix)]) {
		return false
	}
	return f.mayBeNamed(bytes.TrimLeft(text[len(prefix):], " \t"))
}

// mayBeNamed reports whether text starts with the name, or with what becomes
// the name once quotes are taken off.
func (f *finder) mayBeNamed(text []byte) bool {
	for i := range len(f.name) {
		switch {
		case i == len(text):
			return false
		case isQuote(text[i]):
			return true
		case text[i] != f.name[i]:
			return false
		}
	}
	return len(text) == len(f.name) || !isIdentifierByte(text[len(f.name)])
}

func isQuote(c byte) bool { return c == '"' || c == '\'' || c == '\\' }

// read collects the section between the offsets at and end if it is one that
// f looks for.
func (f *finder) read(at, end int) {
	s := scanner{text: string(f.file.Data[at:end]), line: f.lineAt(at)}
	tok, _ := s.next()
	if tok.kind == tokenBad {
		f.badHeader(s.text, tok)
		return
	}
	kind, name := classify(tok.value, f.credentials)
	isPlain := kind == plainDefault
	if name != f.name || kind != f.kind && !isPlain {
		return
	}
	into, err := &f.found, &f.err
	if isPlain {
		into, err = &f.plain, &f.plainErr
	}
	if *into == nil {
		*into = &Section{Name: name, File: f.file.Path, Line: tok.line}
	}
	if bad := f.collect(&s, *into); *err == nil {
		*err = bad
	}
}

// collect reads the rest of s into a section.
func (f *finder) collect(s *scanner, into *Section) (damage *Error) {
	c := collector{file: f.file.Path, into: into}
	defer c.finish()
	for tok, more := s.next(); more; tok, more = s.next() {
		if tok.kind == tokenBad {
			return f.damage(tok)
		}
		c.add(tok)
	}
	return nil
}

// badHeader keeps the damage of a section line that seems to be one of f's.
func (f *finder) badHeader(text string, tok token) {
	line, _, _ := strings.Cut(text, "\n")
	if !strings.Contains(line, f.name) {
		return
	}
	err := &f.err
	if f.kind == profileSection && f.name == defaultName && !strings.Contains(line, f.kind.prefix()) {
		err = &f.plainErr
	}
	if *err == nil {
		*err = f.damage(tok)
	}
}

func (f *finder) damage(tok token) *Error {
	return &Error{File: f.file.Path, Line: tok.line, Reason: tok.value}
}

// lineAt returns the number of the line at offset, which never decreases from
// one call to the next.
func (f *finder) lineAt(offset int) int {
	f.lines += bytes.Count(f.file.Data[f.counted:offset], []byte("\n"))
	f.counted = offset
	return f.lines + 1
}
