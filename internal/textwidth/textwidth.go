// Package textwidth measures and cuts text in the columns that a terminal gives it.
package textwidth

import (
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// Of returns the number of columns that s takes. Characters that do not print count as
// nothing.
func Of(s string) int {
	n := 0
	for _, r := range s {
		n += ofRune(r)
	}
	return n
}

// ofRune follows Unicode Standard Annex 11: wide and fullwidth characters take two columns.
// Combining marks take none.
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

// Cut returns s if it fits into that many columns, or else the beginning of s with an
// ellipsis.
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

// Pad returns s with spaces after it, so that it takes at least that many columns.
func Pad(s string, columns int) string {
	return s + strings.Repeat(" ", max(columns-Of(s), 0))
}

// Printable returns s without the characters that do not print, such as control
// characters, which could change what a terminal shows.
func Printable(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, s)
}
