package profile

import (
	"bytes"
	"strconv"
	"strings"
)

// byteOrderMark opens files saved by some Windows editors.
const byteOrderMark = "\uFEFF"

// isUTF16 reports whether a file starts with the byte order mark of UTF-16, as
// PowerShell writes one.
func isUTF16(data []byte) bool {
	return bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff"))
}

// sectionKind is what a section of a file is about.
type sectionKind uint8

const (
	ignoredSection  sectionKind = iota // belongs to no one, or to a newer tool
	plainDefault                       // [default] of the config file
	profileSection                     // [profile NAME], and [NAME] of the credentials file
	sessionSection                     // [sso-session NAME]
	servicesSection                    // [services NAME]
)

// prefix is the word before the name in the config file.
func (k sectionKind) prefix() string {
	switch k {
	case profileSection:
		return "profile"
	case sessionSection:
		return "sso-session"
	case servicesSection:
		return "services"
	}
	return ""
}

// header writes the section line of the config file that names name, as the AWS CLI
// does, which looks for its own spelling when it changes the file.
func (k sectionKind) header(name string) string {
	if k == profileSection && name == defaultName {
		return "[default]"
	}
	return "[" + k.prefix() + " " + quoteName(name) + "]"
}

// quoteName writes a name as the lenient sectionName reads it, if there is a way. A name
// that does not print has none, and is written in a form that prints.
func quoteName(name string) string {
	switch {
	case name == "" || strings.ContainsFunc(name, isNotPrint):
		return strconv.Quote(name)
	case !strings.ContainsAny(name, " #;"+quotes):
		return name
	}
	return "'" + strings.ReplaceAll(name, "'", `'"'"'`) + "'"
}

// classify reads the text between the brackets of a section line. The lenient reading
// takes every name that the AWS CLI does.
func classify(text string, credentials, lenient bool) (kind sectionKind, name string) {
	i := strings.IndexAny(text, " \t")
	if i >= 0 {
		kind = kindOf(text[:i])
	}
	switch {
	case credentials && kind == ignoredSection && (lenient || isIdentifier(text)):
		return profileSection, text
	case !credentials && text == defaultName:
		return plainDefault, text
	case credentials || kind == ignoredSection:
		return ignoredSection, ""
	}
	if name = sectionName(trimSpace(text[i:], lenient), lenient); name == "" {
		return ignoredSection, ""
	}
	return kind, name
}

// kindOf returns the kind of a prefix.
func kindOf(prefix string) sectionKind {
	for _, kind := range []sectionKind{profileSection, sessionSection, servicesSection} {
		if prefix == kind.prefix() {
			return kind
		}
	}
	return ignoredSection
}

// quotes are what makes a name a shell word.
const quotes = `"'\`

// sectionName reads the name in a section line: an identifier, or one shell
// word, which is how the AWS CLI writes a name that has spaces in it. In the lenient
// reading, a word of other characters is a name as well. It returns "" for anything else.
func sectionName(text string, lenient bool) string {
	if !strings.ContainsAny(text, quotes) {
		if isIdentifier(text) || lenient && !strings.ContainsAny(text, " \t") {
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
