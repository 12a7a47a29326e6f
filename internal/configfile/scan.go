package configfile

import "errors"

// A file is read line by line: sections, properties, and indented lines that continue a
// property. The rules, and the wording of the errors, are those of the test suite that all
// AWS SDKs share.
//
// The lenient reading is what the SDKs do with files that users have. Sections and
// properties may be indented, indented comments are comments, and all Unicode whitespace
// is trimmed, such as the non-breaking spaces of web pages. An indented name = value still
// belongs to the property above it if that has no value.

type tokenKind uint8

const (
	tokenSection      tokenKind = iota // [value]
	tokenProperty                      // key = value
	tokenContinuation                  // another line of the last property's value
	tokenBad                           // a line that breaks the grammar; value says how
)

// token is one meaningful line of a file.
type token struct {
	kind   tokenKind
	key    string
	value  string
	offset int // byte offset of the line in the text
	line   int // number of the line, counted from the scanner's first line
}

type scanState uint8

const (
	beforeSection  scanState = iota // no section yet
	inSection                       // after a section line
	inProperty                      // after a property with a value
	inNested                        // after a property without: lines of name = value may follow
	afterBadLine                    // its continuations go unread
	afterBadHeader                  // nothing is read up to the next section
)

// scanner is the one tokenizer of the grammar. The zero value with text (and line, the
// number of the text's first line) is ready to use.
type scanner struct {
	text    string
	line    int
	lenient bool
	pos     int
	start   token // offset and line of the line being read
	state   scanState
}

// next returns the next meaningful line. It continues after a bad one, and skips the lines
// that cannot be understood because of it.
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

// readLine cuts the next line off the text, without its LF or CRLF.
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
