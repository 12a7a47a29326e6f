package configfile

import (
	"bytes"
	"strconv"
	"strings"
	"unicode"
)

// ByteOrderMark starts UTF-8 files saved by some Windows editors.
const ByteOrderMark = "\uFEFF"

// IsUTF16 reports whether data starts with a UTF-16 byte order mark, as PowerShell writes.
func IsUTF16(data []byte) bool {
	return bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff"))
}

// Default is the name of the default profile, which needs no prefix.
const Default = "default"

// Kind is the kind of a section.
type Kind uint8

// The kinds of sections.
const (
	Ignored      Kind = iota // unknown kind
	PlainDefault             // [default] in the config file
	Profile                  // [profile NAME], or [NAME] in the credentials file
	Session                  // [sso-session NAME]
	Services                 // [services NAME]
)

// named are the kinds whose section lines have a prefix and a name.
var named = [...]Kind{Profile, Session, Services}

// Prefix returns the word before the name in the config file.
func (k Kind) Prefix() string {
	switch k {
	case Profile:
		return "profile"
	case Session:
		return "sso-session"
	case Services:
		return "services"
	}
	return ""
}

// Header returns the config file's section line for name. It quotes the name as the AWS CLI
// does, so that the AWS CLI finds the section when it edits the file.
func (k Kind) Header(name string) string {
	if k == Profile && name == Default {
		return "[default]"
	}
	return "[" + k.Prefix() + " " + quoteName(name) + "]"
}

// HeaderLike is [Kind.Header] for a name that may be quoted already.
func (k Kind) HeaderLike(name string) string {
	if unquoted := ParseName(name, true); unquoted != "" {
		return k.Header(unquoted)
	}
	return k.Header(name)
}

// KindOf returns the kind whose prefix matches.
func KindOf(match func(prefix string) bool) Kind {
	for _, kind := range named {
		if match(kind.Prefix()) {
			return kind
		}
	}
	return Ignored
}

// ID identifies a section.
type ID struct {
	Kind Kind
	Name string
}

// Classify parses the text between the brackets of a section line. Lenient accepts every name
// that the AWS CLI accepts.
func Classify(text string, credentials, lenient bool) (kind Kind, name string) {
	i := strings.IndexAny(text, " \t")
	if i >= 0 {
		kind = kindOfPrefix(text[:i])
	}
	switch {
	case credentials && kind == Ignored && (lenient || IsIdentifier(text)):
		return Profile, text
	case !credentials && text == Default:
		return PlainDefault, text
	case credentials || kind == Ignored:
		return Ignored, ""
	}
	if name = ParseName(trimSpace(text[i:], lenient), lenient); name == "" {
		return Ignored, ""
	}
	return kind, name
}

func kindOfPrefix(prefix string) Kind {
	for _, kind := range named {
		if prefix == kind.Prefix() {
			return kind
		}
	}
	return Ignored
}

// Quotes are the quoting characters in a name.
const Quotes = `"'\`

// ParseName parses the name in a section line: an identifier, or a quoted shell word, as the AWS
// CLI writes names with spaces. Lenient also accepts any unquoted word. It returns "" for
// anything else.
func ParseName(text string, lenient bool) string {
	if !strings.ContainsAny(text, Quotes) {
		if IsIdentifier(text) || lenient && !strings.ContainsAny(text, " \t") {
			return text
		}
		return ""
	}
	word, ok := unquoteWord(text)
	if !ok {
		return ""
	}
	return word
}

// quoteName quotes a name for the lenient [ParseName]. Unprintable names cannot be quoted that
// way, so it escapes them for display.
func quoteName(name string) string {
	switch {
	case name == "" || !IsPrint(name):
		return strconv.Quote(name)
	case !strings.ContainsAny(name, " #;"+Quotes):
		return name
	}
	return "'" + strings.ReplaceAll(name, "'", `'"'"'`) + "'"
}

// IsPrint reports whether all characters in text are printable.
func IsPrint(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) })
}
