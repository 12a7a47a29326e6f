package profile

import "strings"

// A shared config file is read line by line: sections, properties, and
// indented lines that continue a property. The rules, and the words of the
// errors, are those the AWS SDKs' shared test suite holds every SDK to.
//
// The lenient reading is what the SDKs do with files that users have. Sections and
// properties may be indented, indented comments are comments, and any whitespace
// of Unicode is trimmed, such as the non-breaking spaces of web pages. An indented
// name = value still belongs to the property above it if that has no value.

type tokenKind uint8

const (
	tokenSection      tokenKind = iota // [value]
	tokenProperty                      // key = value
	tokenContinuation                  // one more line of the last property's value
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

// What is wrong with a bad line.
const (
	badSection      = "Profile definition must end with ']'"
	noSection       = "Expected a profile definition"
	notContinued    = "Expected a property definition, found continuation"
	badProperty     = "Expected an '=' sign defining a property"
	unnamedProperty = "Property did not have a name"
	badNested       = "Expected an '=' sign defining a sub-property"
	unnamedNested   = "Sub-property did not have a name"
)

// badLineAdvice says what to write instead of a bad line.
func badLineAdvice(reason string) string {
	switch reason {
	case badSection:
		return "end the line with ], and put nothing after it but a comment"
	case noSection:
		return "write it below a section line, such as [profile NAME]"
	case notContinued:
		return "write the line from the first column on"
	case badProperty:
		return "write key = value, or # before a comment"
	case badNested:
		return "write name = value, or a comment from the first column on"
	}
	return "write a name before the equals sign"
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

// scanner is the one tokenizer of the grammar. The zero value with text (and
// line, the number of the text's first line) is ready to use.
type scanner struct {
	text    string
	line    int
	lenient bool
	pos     int
	start   token // offset and line of the line being read
	state   scanState
}

// next returns the next meaningful line. It goes on after a bad one, and leaves
// out the lines that cannot be understood because of it.
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

type lineKind uint8

const (
	blankLine    lineKind = iota // or a comment
	sectionLine                  // or what must be one
	propertyLine                 // or what must be one
	indentedLine                 // goes on from the line before
)

// lineKindOf tells what a line is by how it starts. Nested says that the last property has
// no value of its own, so that indented lines are settings below it.
func lineKindOf(line string, lenient, nested bool) lineKind {
	said := trimSpace(line, lenient)
	switch {
	case said == "" || isCommentMark(line[0]) || lenient && isCommentMark(said[0]):
		return blankLine
	case line[0] == '[' || lenient && isIndentedSection(said):
		return sectionLine
	case !isSpace(line[0]) || lenient && !nested && isProperty(said):
		return propertyLine
	}
	return indentedLine
}

func isIndentedSection(line string) bool {
	if !strings.HasPrefix(line, "[") {
		return false
	}
	_, ok := bracketed(line, true)
	return ok
}

func isProperty(line string) bool {
	_, _, fault := splitProperty(line)
	return fault == noFault
}

// trimSpace trims spaces and tabs, and in the lenient reading all whitespace.
func trimSpace(text string, lenient bool) string {
	if lenient {
		return strings.TrimSpace(text)
	}
	return strings.Trim(text, " \t")
}

// readLine cuts the next line off the text, without its LF or CRLF.
func (s *scanner) readLine() string {
	if s.pos == 0 && strings.HasPrefix(s.text, byteOrderMark) {
		s.pos = len(byteOrderMark)
	}
	s.start = token{offset: s.pos, line: s.line}
	line, _, found := strings.Cut(s.text[s.pos:], "\n")
	s.pos += len(line)
	if found {
		s.pos++
		s.line++
	}
	return strings.TrimSuffix(line, "\r")
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
	key, value, fault := splitProperty(trimSpace(line, s.lenient))
	key, value = trimSpace(key, s.lenient), trimSpace(value, s.lenient)
	switch fault {
	case noEquals:
		return s.bad(badProperty, afterBadLine)
	case noName:
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
		return s.bad(notContinued, afterBadLine)
	}
	if s.state == inNested {
		switch _, _, fault := splitProperty(line); fault {
		case noEquals:
			return s.bad(badNested, inNested)
		case noName:
			return s.bad(unnamedNested, inNested)
		}
	}
	return s.token(tokenContinuation, "", trimSpace(line, s.lenient))
}

type propertyFault uint8

const (
	noFault propertyFault = iota
	noEquals
	noName
)

// splitProperty reads name = value.
func splitProperty(line string) (name, value string, fault propertyFault) {
	line = strings.Trim(line, " \t")
	name, value, found := strings.Cut(line[:commentStart(line)], "=")
	name = strings.Trim(name, " \t")
	switch {
	case !found:
		return "", "", noEquals
	case name == "":
		return "", "", noName
	}
	return name, strings.Trim(value, " \t"), noFault
}

// commentStart returns where in line a comment starts, or its length: at a # or ; that
// follows whitespace, so that https://host/start#/ stays whole.
func commentStart(line string) int {
	for i := 1; i < len(line); i++ {
		if isCommentMark(line[i]) && isSpace(line[i-1]) {
			return i
		}
	}
	return len(line)
}

// bracketed returns the text between the brackets of a section line. A comment
// starts at the first # or ;, wherever it stands; only a line that would be
// an error read so gets a second reading, in which quotes protect them.
func bracketed(line string, lenient bool) (text string, ok bool) {
	end := strings.IndexAny(line, "#;")
	if end < 0 {
		return trimBrackets(line, lenient)
	}
	if text, ok = trimBrackets(line[:end], lenient); ok {
		return text, true
	}
	if end = indexUnquoted(line, isCommentMark); end < 0 {
		return "", false
	}
	return trimBrackets(line[:end], lenient)
}

func trimBrackets(line string, lenient bool) (text string, ok bool) {
	text, open := strings.CutPrefix(trimSpace(line, lenient), "[")
	text, closed := strings.CutSuffix(text, "]")
	return trimSpace(text, lenient), open && closed
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' }

func isCommentMark(c byte) bool { return c == '#' || c == ';' }

// isIdentifier reports whether s may name a profile, another section or a
// property. What is named otherwise is passed over, not refused.
func isIdentifier(s string) bool {
	for i := range len(s) {
		if !isIdentifierByte(s[i]) {
			return false
		}
	}
	return s != ""
}

// lower returns a key in lower case. Only of identifiers: in Unicode some letters
// beyond ASCII have the lower case of one within.
func lower(key string) string {
	if isIdentifier(key) {
		return strings.ToLower(key)
	}
	return key
}

func isIdentifierByte(c byte) bool {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		return true
	}
	return strings.IndexByte("_-/.%@:+", c) >= 0
}
