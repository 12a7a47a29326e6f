package configfile

import (
	"bytes"
	"iter"
	"unicode"
	"unicode/utf8"
)

// firstHeader returns the offset of the bracket that opens the first section line, or
// len(data).
func firstHeader(data []byte) int {
	start := 0
	if bytes.HasPrefix(data, []byte(ByteOrderMark)) {
		start = len(ByteOrderMark)
	}
	if start < len(data) && data[start] == '[' {
		return start
	}
	return nextHeader(data, start)
}

// nextHeader returns the offset of the next bracket after the byte at that opens a section
// line, or len(data). The whitespace that indents the line belongs to the lines before.
func nextHeader(data []byte, at int) int {
	for at++; at < len(data); at++ {
		i := bytes.IndexByte(data[at:], '[')
		if i < 0 {
			break
		}
		at += i
		if data[at-1] == '\n' || isIndentedHeader(data, at) {
			return at
		}
	}
	return len(data)
}

// isIndentedHeader reports whether the bracket at that offset has only whitespace before
// it in its line, and opens a section line.
func isIndentedHeader(data []byte, at int) bool {
	for start := at; start > 0 && data[start-1] != '\n'; {
		r, size := utf8.DecodeLastRune(data[:start])
		if start -= size; !unicode.IsSpace(r) && (start > 0 || string(r) != ByteOrderMark) {
			return false
		}
	}
	_, ok := headerText(data[at:])
	return ok
}

// headerText returns the text between the brackets of the section line that data starts
// with.
func headerText(data []byte) (text string, ok bool) {
	line, _, _ := bytes.Cut(data, []byte("\n"))
	return bracketed(string(line), true)
}

// Headers returns the section lines of the file in the lenient reading: the offset of each
// and the text between its brackets. Lines without a closing bracket are left out.
func (f Source) Headers() iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		for at := firstHeader(f.Data); at < len(f.Data); at = nextHeader(f.Data, at) {
			if text, ok := headerText(f.Data[at:]); ok && !yield(at, text) {
				return
			}
		}
	}
}

// LineAt returns the number of the line at an offset, counted from 1.
func (f Source) LineAt(offset int) int { return 1 + bytes.Count(f.Data[:offset], []byte("\n")) }

// position is where in the data a section line is.
type position struct {
	offset int
	lines  int // line ends before it in the file
}
