package main

import (
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxLine is how much is shown of a line from outside, in bytes: a server's message may
// have a megabyte.
const maxLine = 2000

// printable returns text with everything escaped that could play tricks on a terminal
// or a reader: control characters, marks that turn the direction of writing, line
// separators and whatever else is not visible. The escapes are those of JSON, so that JSON
// stays the same to its readers.
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
	for _, r := range text { // a byte that is not UTF-8 reads as U+FFFD
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

// invisible reports whether r counts as printable and yet shows nothing: fillers, variation selectors,
// the empty Braille pattern.
func invisible(r rune) bool {
	const emptyBraille = 0x2800
	return r == emptyBraille || unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// oneLine returns text as one printable line of bounded length: some of it comes from a
// server or a file.
func oneLine(text string) string {
	return bounded(printable(strings.ReplaceAll(strings.TrimSpace(text), "\n", "; ")))
}

// bounded returns the beginning of a line that is too long to read.
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

// printableWriter escapes what is not printable, line breaks and tabs aside. It is around
// everything the command prints, so that nothing can be forgotten; only a line break from
// outside is for [oneLine] to find.
type printableWriter struct{ io.Writer }

// Write writes p, whole texts and no parts of characters.
func (w printableWriter) Write(p []byte) (int, error) {
	text := escape(string(p), func(r rune) bool { return r == '\n' || r == '\t' })
	if _, err := io.WriteString(w.Writer, text); err != nil {
		return 0, err
	}
	return len(p), nil
}
