// Package textwidth measures and truncates text in terminal columns.
package textwidth

import (
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// Of returns the width of s in columns. Unprintable characters have no width.
func Of(s string) int {
	n := 0
	for _, r := range s {
		n += ofRune(r)
	}
	return n
}

// ofRune returns 2 for wide and fullwidth characters (Unicode Standard Annex 11) and 0 for
// combining marks.
func ofRune(r rune) int {
	switch {
	case r >= ' ' && r < 0x7f:
		return 1
	case !unicode.IsPrint(r), unicode.In(r, unicode.Mn, unicode.Me):
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// Cut truncates s to a number of columns, with an ellipsis.
func Cut(s string, columns int) string {
	if Of(s) <= columns {
		return s
	}
	if columns < 1 {
		return ""
	}
	left := columns - 1 // for the ellipsis
	for i, r := range s {
		if left -= ofRune(r); left < 0 {
			return s[:i] + "…"
		}
	}
	return s
}

// Pad pads s with trailing spaces to a number of columns.
func Pad(s string, columns int) string {
	return s + strings.Repeat(" ", max(columns-Of(s), 0))
}

// Printable removes unprintable characters from s, such as terminal control characters.
func Printable(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, s)
}
