package profile

import (
	"bytes"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Resolving a profile reads only the sections it uses. A pass over the bytes
// costs less than a map of what a large file holds, and damage in a section
// nobody asked for is never seen. Of a large file, a sieve leaves no more than
// those sections to pass over.

// searched is a file in which sections are looked for by name.
type searched struct {
	File
	credentials bool
	unread      error       // why it could not be read, nil if it was
	later       []*searched // files of the same sort whose settings count before these

	// partOf is the profile that a large file has been sifted for, and skips is
	// where in Data lines of it are left out. It is nil for a whole file.
	partOf *string
	skips  []place

	passes int          // how many times it has been gone through
	index  *headerIndex // once that was many times
}

// place is where in the data at hand a section line is.
type place struct {
	offset int
	lines  int // line ends before it in the file
}

// findProfile returns the profile's section of both files together, nil if
// neither has one.
func findProfile(config, credentials *searched, name string) (*Section, *Error) {
	s, err := config.find(profileSection, name)
	if err != nil {
		return nil, err
	}
	more, err := credentials.find(profileSection, name)
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

// all returns the file and those after it.
func (s *searched) all() []*searched { return append([]*searched{s}, s.later...) }

// find returns the section of that kind and name, nil if there is none.
func (s *searched) find(kind sectionKind, name string) (*Section, *Error) {
	f := s.findHere(kind, name)
	for _, file := range s.later {
		f.add(file.findHere(kind, name))
	}
	return f.result()
}

// findHere looks in the file alone.
func (s *searched) findHere(kind sectionKind, name string) *finder {
	if kind == profileSection && s.partOf != nil && *s.partOf != name {
		s.complete()
	}
	f := &finder{kind: kind, name: name, file: s.File, credentials: s.credentials, skips: s.skips}
	if s.passes == maxPasses {
		for _, at := range s.places(sectionID{kind, name}) {
			f.counted, f.lines = at.offset, at.lines
			f.visit(at.offset, nextHeader(s.Data, at.offset))
		}
		return f
	}
	if s.partOf == nil {
		s.passes++
	}
	for at := firstHeader(s.Data); at < len(s.Data); {
		end := nextHeader(s.Data, at)
		f.visit(at, end)
		at = end
	}
	return f
}

// finder collects the sections of one kind and name.
type finder struct {
	kind        sectionKind
	name        string
	file        File
	credentials bool

	found, plain *Section // of [profile default] and of [default] in the config file
	err          *Error   // the first damage in what found holds
	plainErr     *Error   // and in what plain holds
	skips        []place  // those to come
	lines        int      // line ends before counted
	counted      int
}

// visit takes the section between the offsets at and end, if it is wanted.
func (f *finder) visit(at, end int) {
	if f.mayBe(f.file.Data[at+1 : end]) {
		f.read(at, end)
	}
}

// add puts in what has been found in a later file.
func (f *finder) add(later *finder) {
	f.found, f.plain = f.merge(f.found, later.found), f.merge(f.plain, later.plain)
	if f.err == nil {
		f.err = later.err
	}
	if f.plainErr == nil {
		f.plainErr = later.plainErr
	}
}

// merge puts the settings of a section in a later file into one of an earlier file, as the Go
// SDK does, which is the only tool that reads several files.
func (f *finder) merge(s, later *Section) *Section {
	switch {
	case s == nil:
		return later
	case later == nil, f.kind == servicesSection:
		return s
	}
	for _, p := range later.Properties {
		if !slices.Contains(lostKeys, p.Key) {
			s.Properties = append(s.Properties, p)
		}
	}
	return s
}

func (f *finder) result() (*Section, *Error) {
	if f.found == nil && f.err == nil {
		f.found, f.err = f.plain, f.plainErr
	}
	if f.err != nil {
		return nil, f.err
	}
	return f.found, nil
}

// mayBeOther cheaply rules out what cannot be a session or services, given what
// follows the bracket.
func mayBeOther(text []byte) bool {
	return len(text) > 0 && (text[0] == 's' || isSpace(text[0]) || text[0] >= utf8.RuneSelf)
}

// firstHeader returns the offset of the bracket that opens the first section line, or
// len(data).
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

// nextHeader returns the offset of the next bracket after the byte at that opens a
// section line, or len(data). The whitespace that indents the line stays with the lines
// before.
func nextHeader(data []byte, at int) int {
	for at++; at < len(data); at++ {
		i := bytes.IndexByte(data[at:], '[')
		if i < 0 {
			break
		}
		at += i
		if data[at-1] == '\n' || isIndentedHeader(data, at) {
			return at
		}
	}
	return len(data)
}

// isIndentedHeader reports whether the bracket at that offset has nothing but whitespace
// before it in its line, and opens a section line.
func isIndentedHeader(data []byte, at int) bool {
	for start := at; start > 0 && data[start-1] != '\n'; {
		r, size := utf8.DecodeLastRune(data[:start])
		if start -= size; !unicode.IsSpace(r) && (start > 0 || string(r) != byteOrderMark) {
			return false
		}
	}
	_, ok := headerText(data[at:])
	return ok
}

// mayBe cheaply rules out most section lines, given what follows the bracket.
func (f *finder) mayBe(text []byte) bool {
	text = trimIndent(text)
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
	return f.mayBeNamed(trimIndent(text[len(prefix):]))
}

// trimIndent is bytes.TrimLeftFunc with unicode.IsSpace, and several times as fast.
func trimIndent(text []byte) []byte {
	for len(text) > 0 && isSpace(text[0]) {
		text = text[1:]
	}
	if len(text) > 0 && text[0] >= utf8.RuneSelf {
		return bytes.TrimLeftFunc(text, unicode.IsSpace)
	}
	return text
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

// read collects the section, unless its name turns out to be another.
func (f *finder) read(at, end int) {
	s := scanner{text: string(f.file.Data[at:end]), line: f.lineAt(at), lenient: true}
	tok, _ := s.next()
	if tok.kind == tokenBad {
		f.badHeader(s.text, tok)
		return
	}
	kind, name := classify(tok.value, f.credentials, true)
	switch {
	case name != f.name:
	case kind == f.kind:
		f.collect(&s, tok, &f.found, &f.err)
	case kind == plainDefault:
		f.collect(&s, tok, &f.plain, &f.plainErr)
	}
}

// collect adds the rest of s to a section.
func (f *finder) collect(s *scanner, header token, into **Section, damage **Error) {
	if *into == nil {
		*into = &Section{Name: f.name, File: f.file.Path, Line: header.line}
	}
	c := collector{file: f.file.Path, into: *into}
	for tok, more := s.next(); more; tok, more = s.next() {
		if tok.kind != tokenBad {
			c.add(tok)
		} else if *damage == nil {
			*damage = f.damage(tok)
		}
	}
	c.finish()
}

// badHeader keeps the damage of a section line that seems to be a wanted one.
func (f *finder) badHeader(text string, tok token) {
	line, _, _ := strings.Cut(text, "\n")
	if !strings.Contains(line, f.name) {
		return
	}
	damage := &f.err
	if !f.credentials && f.name == defaultName && !strings.Contains(line, f.kind.prefix()) {
		damage = &f.plainErr
	}
	if *damage == nil {
		*damage = f.damage(tok)
	}
}

func (f *finder) damage(tok token) *Error {
	return syntaxError(f.file.Path, tok)
}

// lineAt returns the number of the line at offset, which never decreases from
// one call to the next.
func (f *finder) lineAt(offset int) int {
	for ; len(f.skips) > 0 && f.skips[0].offset <= offset; f.skips = f.skips[1:] {
		f.counted, f.lines = f.skips[0].offset, f.skips[0].lines
	}
	f.lines += bytes.Count(f.file.Data[f.counted:offset], []byte("\n"))
	f.counted = offset
	return f.lines + 1
}
