package configfile

import (
	"bytes"
	"strings"
)

// lookup collects the sections of one kind and name.
type lookup struct {
	matcher
	file Source

	found, plain *Section     // plain is [default] in the config file, which [profile default] hides
	err          *SyntaxError // first error in found
	plainErr     *SyntaxError // first error in plain
	gaps         []position   // remaining gaps in the data
	lines        int          // lines before counted
	counted      int
}

// visit reads the section between two offsets if it may be the wanted one.
func (l *lookup) visit(at, end int) {
	if l.mayMatch(l.file.Data[at+1 : end]) {
		l.read(at, end)
	}
}

// add merges the result from a later file.
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

// read collects the section if it is the wanted one.
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

// collect adds the rest of s to a section, and keeps the first error.
func (l *lookup) collect(s *scanner, header token, into **Section, firstErr **SyntaxError) {
	if *into == nil {
		*into = &Section{Name: l.name, File: l.file.Path, Line: header.line}
	}
	c := collector{file: l.file.Path, into: *into}
	for tok, more := s.next(); more; tok, more = s.next() {
		if tok.kind != tokenBad {
			c.add(tok)
		} else if *firstErr == nil {
			*firstErr = s.syntaxError(l.file.Path, tok)
		}
	}
	c.finish()
}

// badHeader keeps the error in a section line that seems to be the wanted one.
func (l *lookup) badHeader(s *scanner, tok token) {
	line, _ := cutLine(s.text)
	if !strings.Contains(line, l.name) {
		return
	}
	firstErr := &l.err
	if !l.credentials && l.name == Default && !strings.Contains(line, l.kind.Prefix()) {
		firstErr = &l.plainErr
	}
	if *firstErr == nil {
		*firstErr = s.syntaxError(l.file.Path, tok)
	}
}

// lineAt returns the line number at offset. Offsets must not decrease from call to call.
func (l *lookup) lineAt(offset int) int {
	for ; len(l.gaps) > 0 && l.gaps[0].offset <= offset; l.gaps = l.gaps[1:] {
		l.counted, l.lines = l.gaps[0].offset, l.gaps[0].lines
	}
	l.lines += bytes.Count(l.file.Data[l.counted:offset], []byte("\n"))
	l.counted = offset
	return l.lines + 1
}
