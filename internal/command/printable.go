package command

import (
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxLine is the most that is shown of one line, in bytes. A server's message may be a megabyte long.
const maxLine = 2000

// printable escapes the characters in text that could deceive a terminal or a reader: control
// characters, bidirectional overrides, line separators and everything else that is invisible. The
// escapes are those of JSON, so JSON keeps its meaning.
func printable(text string) string {
	return escape(text, func(rune) bool { return false })
}

func escape(text string, keep func(rune) bool) string {
	ok := func(r rune) bool {
		return r >= ' ' && r <= '~' || unicode.IsPrint(r) && !invisible(r) || keep(r)
	}
	if utf8.ValidString(text) && strings.IndexFunc(text, func(r rune) bool { return !ok(r) }) < 0 {
		return text
	}
	var b strings.Builder
	for _, r := range text { // invalid UTF-8 becomes U+FFFD
		switch {
		case ok(r):
			b.WriteRune(r)
		case r > 0xffff:
			fmt.Fprintf(&b, `\u%04x\u%04x`, 0xd800+(r-0x10000)>>10, 0xdc00+(r-0x10000)&0x3ff)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

// invisible reports whether r counts as printable but shows nothing, such as a filler or a
// variation selector.
func invisible(r rune) bool {
	const emptyBraille = 0x2800
	return r == emptyBraille || unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// oneLine returns text as one printable line of limited length. Parts of it may come from a server
// or a file.
func oneLine(text string) string {
	return bounded(printable(strings.ReplaceAll(strings.TrimSpace(text), "\n", "; ")))
}

// bounded cuts off a line that is too long to read.
func bounded(line string) string {
	if len(line) <= maxLine {
		return line
	}
	cut := maxLine
	for !utf8.RuneStart(line[cut]) {
		cut--
	}
	return fmt.Sprintf("%s ... (%d bytes more)", line[:cut], len(line)-cut)
}

// printableWriter escapes what is not printable, except line breaks and tabs. Everything that the
// command prints goes through one. Line breaks from a server or a file need [oneLine].
type printableWriter struct{ io.Writer }

// Write writes p, which must not end within a character.
func (w printableWriter) Write(p []byte) (int, error) {
	text := escape(string(p), func(r rune) bool { return r == '\n' || r == '\t' })
	if _, err := io.WriteString(w.Writer, text); err != nil {
		return 0, err
	}
	return len(p), nil
}
