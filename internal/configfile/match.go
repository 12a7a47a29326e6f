package configfile

import (
	"bytes"
	"unicode"
	"unicode/utf8"
)

// matcher rules out most section lines without parsing them.
type matcher struct {
	kind        Kind
	name        string
	credentials bool
}

// mayMatch reports whether a section line may be the wanted one. text starts after the bracket.
func (m *matcher) mayMatch(text []byte) bool {
	text = trimIndent(text)
	if m.credentials {
		return m.mayBeNamed(text)
	}
	if m.kind == Profile && m.name == Default && m.mayBeNamed(text) {
		return true
	}
	prefix := m.kind.Prefix()
	if len(text) <= len(prefix) || string(text[:len(prefix)]) != prefix || !IsSpace(text[len(prefix)]) {
		return false
	}
	return m.mayBeNamed(trimIndent(text[len(prefix):]))
}

// mayBeNamed reports whether text starts with the name, perhaps quoted.
func (m *matcher) mayBeNamed(text []byte) bool {
	for i := range len(m.name) {
		switch {
		case i == len(text):
			return false
		case isQuote(text[i]):
			return true
		case text[i] != m.name[i]:
			return false
		}
	}
	return len(text) == len(m.name) || !isIdentifierByte(text[len(m.name)])
}

// isQuote reports whether c is one of Quotes.
func isQuote(c byte) bool { return c == '"' || c == '\'' || c == '\\' }

// mayBeOther reports whether a section line may be an sso-session or services section. text
// starts after the bracket.
func mayBeOther(text []byte) bool {
	return len(text) > 0 && (text[0] == 's' || IsSpace(text[0]) || text[0] >= utf8.RuneSelf)
}

// trimIndent is a faster bytes.TrimLeftFunc(text, unicode.IsSpace).
func trimIndent(text []byte) []byte {
	for len(text) > 0 && IsSpace(text[0]) {
		text = text[1:]
	}
	if len(text) > 0 && text[0] >= utf8.RuneSelf {
		return bytes.TrimLeftFunc(text, unicode.IsSpace)
	}
	return text
}
