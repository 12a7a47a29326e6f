package configfile

import (
	"bytes"
	"strconv"
	"strings"
	"unicode"
)

// ByteOrderMark opens files saved by some Windows editors.
const ByteOrderMark = "\uFEFF"

// IsUTF16 reports whether a file starts with the byte order mark of UTF-16, as
// PowerShell writes one.
func IsUTF16(data []byte) bool {
	return bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff"))
}

// Default is the name of the profile that needs no prefix.
const Default = "default"

// Kind is what a section is about.
type Kind uint8

// The kinds of sections.
const (
	Ignored      Kind = iota // unknown to this package, or a newer kind
	PlainDefault             // [default] of the config file
	Profile                  // [profile NAME], and [NAME] of the credentials file
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

// Header returns the section line of the config file for a name. It is spelled as the AWS
// CLI does, which searches for its own spelling when it changes the file.
func (k Kind) Header(name string) string {
	if k == Profile && name == Default {
		return "[default]"
	}
	return "[" + k.Prefix() + " " + quoteName(name) + "]"
}

// HeaderLike is Header for a name as it stands in another section line, perhaps in quotes.
func (k Kind) HeaderLike(name string) string {
	if unquoted := ParseName(name, true); unquoted != "" {
		return k.Header(unquoted)
	}
	return k.Header(name)
}

// KindOf returns the kind of a prefix, for which match decides.
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

// Classify reads the text between the brackets of a section line. The lenient reading
// takes every name that the AWS CLI does.
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

// Quotes are the characters that make a name a shell word.
const Quotes = `"'\`

// ParseName reads the name in a section line: an identifier, or one shell word, which is
// how the AWS CLI writes a name that has spaces in it. In the lenient reading, a word of
// other characters is a name as well. It returns "" for anything else.
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

// quoteName writes a name as the lenient ParseName reads it, if there is a way. A name
// that does not print has none, and is written in a form that prints.
func quoteName(name string) string {
	switch {
	case name == "" || !IsPrint(name):
		return strconv.Quote(name)
	case !strings.ContainsAny(name, " #;"+Quotes):
		return name
	}
	return "'" + strings.ReplaceAll(name, "'", `'"'"'`) + "'"
}

// IsPrint reports whether all characters of text print.
func IsPrint(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) })
}
