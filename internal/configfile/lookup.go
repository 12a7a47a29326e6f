package configfile

import (
	"bytes"
	"strings"
)

// lookup collects the sections of one kind and name.
type lookup struct {
	matcher
	file Source

	found, plain *Section     // of [profile default] and of [default] in the config file
	err          *SyntaxError // the first damage in found
	plainErr     *SyntaxError // and in plain
	gaps         []position   // those to come
	lines        int          // line ends before counted
	counted      int
}

// visit reads the section between the offsets at and end, if it may be the wanted one.
func (l *lookup) visit(at, end int) {
	if l.mayMatch(l.file.Data[at+1 : end]) {
		l.read(at, end)
	}
}

// add adds what was found in a later file.
func (l *lookup) add(later *lookup) {
	l.found, l.plain = l.merge(l.found, later.found), l.merge(l.plain, later.plain)
	if l.err == nil {
		l.err = later.err
	}
	if l.plainErr == nil {
		l.plainErr = later.plainErr
	}
}

func (l *lookup) result() (*Section, *SyntaxError) {
	if l.found == nil && l.err == nil {
		l.found, l.err = l.plain, l.plainErr
	}
	if l.err != nil {
		return nil, l.err
	}
	return l.found, nil
}

// read collects the section, unless its name turns out to be another.
func (l *lookup) read(at, end int) {
	s := scanner{text: string(l.file.Data[at:end]), line: l.lineAt(at), lenient: true}
	tok, _ := s.next()
	if tok.kind == tokenBad {
		l.badHeader(&s, tok)
		return
	}
	kind, name := Classify(tok.value, l.credentials, true)
	switch {
	case name != l.name:
	case kind == l.kind:
		l.collect(&s, tok, &l.found, &l.err)
	case kind == PlainDefault:
		l.collect(&s, tok, &l.plain, &l.plainErr)
	}
}

// collect adds the rest of s to a section.
func (l *lookup) collect(s *scanner, header token, into **Section, damage **SyntaxError) {
	if *into == nil {
		*into = &Section{Name: l.name, File: l.file.Path, Line: header.line}
	}
	c := collector{file: l.file.Path, into: *into}
	for tok, more := s.next(); more; tok, more = s.next() {
		if tok.kind != tokenBad {
			c.add(tok)
		} else if *damage == nil {
			*damage = s.syntaxError(l.file.Path, tok)
		}
	}
	c.finish()
}

// badHeader keeps the damage of a section line that seems to be a wanted one.
func (l *lookup) badHeader(s *scanner, tok token) {
	line, _ := cutLine(s.text)
	if !strings.Contains(line, l.name) {
		return
	}
	damage := &l.err
	if !l.credentials && l.name == Default && !strings.Contains(line, l.kind.Prefix()) {
		damage = &l.plainErr
	}
	if *damage == nil {
		*damage = s.syntaxError(l.file.Path, tok)
	}
}

// lineAt returns the number of the line at offset, which never decreases from one call to
// the next.
func (l *lookup) lineAt(offset int) int {
	for ; len(l.gaps) > 0 && l.gaps[0].offset <= offset; l.gaps = l.gaps[1:] {
		l.counted, l.lines = l.gaps[0].offset, l.gaps[0].lines
	}
	l.lines += bytes.Count(l.file.Data[l.counted:offset], []byte("\n"))
	l.counted = offset
	return l.lines + 1
}
