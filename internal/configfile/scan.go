package configfile

import "errors"

// The scanner reads a file line by line: sections, properties, and indented continuation lines.
// The rules and the error texts come from the test suite that all AWS SDKs share.
//
// Lenient parsing is what SDKs do in practice. Sections and properties may be indented, indented
// comments are comments, and all Unicode whitespace is trimmed, such as non-breaking spaces
// pasted from web pages. An indented name = value below a property without a value is nested.

type tokenKind uint8

const (
	tokenSection      tokenKind = iota // [value]
	tokenProperty                      // key = value
	tokenContinuation                  // another line of the last property's value
	tokenBad                           // a line that cannot be parsed; value is the reason
)

// token is a line that is not blank and not a comment.
type token struct {
	kind   tokenKind
	key    string
	value  string
	offset int // byte offset of the line in the text
	line   int // line number
}

type scanState uint8

const (
	beforeSection  scanState = iota // no section yet
	inSection                       // after a section line
	inProperty                      // after a property with a value
	inNested                        // after a property without a value: nested settings may follow
	afterBadLine                    // skips continuation lines
	afterBadHeader                  // skips everything up to the next section
)

// scanner splits text into tokens. Set text and line, the number of its first line.
type scanner struct {
	text    string
	line    int
	lenient bool
	pos     int
	start   token // offset and line of the line being read
	state   scanState
}

// next returns the next token. After a bad line it skips the lines that depend on it.
func (s *scanner) next() (tok token, more bool) {
	for s.pos < len(s.text) {
		line := s.readLine()
		switch kind := lineKindOf(line, s.lenient, s.state == inNested); {
		case kind == blankLine:
		case kind == sectionLine:
			return s.section(line), true
		case s.state == afterBadHeader:
		case s.state == beforeSection:
			return s.bad(noSection, afterBadHeader), true
		case kind == propertyLine:
			return s.property(line), true
		case s.state != afterBadLine:
			return s.continuation(line), true
		}
	}
	return token{}, false
}

// readLine returns the next line without its LF or CRLF.
func (s *scanner) readLine() string {
	if s.pos == 0 && len(s.text) >= len(ByteOrderMark) && s.text[:len(ByteOrderMark)] == ByteOrderMark {
		s.pos = len(ByteOrderMark)
	}
	s.start = token{offset: s.pos, line: s.line}
	line, found := cutLine(s.text[s.pos:])
	s.pos += len(line)
	if found {
		s.pos++
		s.line++
	}
	return CutLineEnd(line)
}

func (s *scanner) token(kind tokenKind, key, value string) token {
	tok := s.start
	tok.kind, tok.key, tok.value = kind, key, value
	return tok
}

func (s *scanner) bad(reason string, then scanState) token {
	s.state = then
	return s.token(tokenBad, "", reason)
}

func (s *scanner) section(line string) token {
	text, ok := bracketed(line, s.lenient)
	switch {
	case !ok:
		return s.bad(badSection, afterBadHeader)
	case text == "":
		return s.bad(noSection, afterBadHeader)
	}
	s.state = inSection
	return s.token(tokenSection, "", text)
}

func (s *scanner) property(line string) token {
	key, value, err := SplitProperty(trimSpace(line, s.lenient))
	key, value = trimSpace(key, s.lenient), trimSpace(value, s.lenient)
	switch {
	case errors.Is(err, errNoEquals):
		return s.bad(badProperty, afterBadLine)
	case err != nil:
		return s.bad(unnamedProperty, afterBadLine)
	}
	s.state = inProperty
	if value == "" {
		s.state = inNested
	}
	return s.token(tokenProperty, lower(key), value)
}

func (s *scanner) continuation(line string) token {
	if s.state == inSection {
		return s.bad(NotContinued, afterBadLine)
	}
	if s.state == inNested {
		switch _, _, err := SplitProperty(line); {
		case errors.Is(err, errNoEquals):
			return s.bad(badNested, inNested)
		case err != nil:
			return s.bad(unnamedNested, inNested)
		}
	}
	return s.token(tokenContinuation, "", trimSpace(line, s.lenient))
}
