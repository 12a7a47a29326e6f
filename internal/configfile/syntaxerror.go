package configfile

import "fmt"

// Reasons for syntax errors, as in the test suite that all AWS SDKs share.
const (
	badSection      = "Profile definition must end with ']'"
	noSection       = "Expected a profile definition"
	badProperty     = "Expected an '=' sign defining a property"
	unnamedProperty = "Property did not have a name"
	badNested       = "Expected an '=' sign defining a sub-property"
	unnamedNested   = "Sub-property did not have a name"

	// NotContinued is the reason for an indented line right after a section line.
	NotContinued = "Expected a property definition, found continuation"
)

// SyntaxError is a line that cannot be parsed.
type SyntaxError struct {
	Path   string
	Line   int // starting at 1
	Reason string

	text string
}

func (e *SyntaxError) Error() string { return fmt.Sprintf("%s:%d: %s", e.Path, e.Line, e.Reason) }

// Format prints the error without the text of the line, which may hold a secret.
func (e *SyntaxError) Format(f fmt.State, _ rune) { _, _ = fmt.Fprint(f, e.Error()) }

// Text returns the line without its line ending. It may hold a secret.
func (e *SyntaxError) Text() string { return e.text }

// Fix says what to write instead.
func (e *SyntaxError) Fix() string {
	switch e.Reason {
	case badSection:
		return "end the line with ], and put nothing after it but a comment"
	case noSection:
		return "write it below a section line, such as [profile NAME]"
	case NotContinued:
		return "start the line in the first column"
	case badProperty:
		return "write key = value, or # before a comment"
	case badNested:
		return "write name = value, or start a comment in the first column"
	}
	return "write a name before the equals sign"
}

func (s *scanner) syntaxError(path string, bad token) *SyntaxError {
	line, _ := cutLine(s.text[bad.offset:])
	return &SyntaxError{Path: path, Line: bad.line, Reason: bad.value, text: CutLineEnd(line)}
}

// SyntaxErrors returns the lines that strict parsing rejects.
func SyntaxErrors(f Source) []*SyntaxError {
	var all []*SyntaxError
	s := scanner{text: string(f.Data), line: 1}
	for tok, more := s.next(); more; tok, more = s.next() {
		if tok.kind == tokenBad {
			all = append(all, s.syntaxError(f.Path, tok))
		}
	}
	return all
}
