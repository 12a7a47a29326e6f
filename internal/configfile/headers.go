package configfile

import (
	"bytes"
	"iter"
	"unicode"
	"unicode/utf8"
)

// firstHeader returns the offset of the first section line's bracket, or len(data).
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

// nextHeader returns the offset of the next section line's bracket after at, or len(data).
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

// isIndentedHeader reports whether the bracket at offset at starts an indented section line.
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

// headerText returns the text between the brackets of the section line at the start of data.
func headerText(data []byte) (text string, ok bool) {
	line, _, _ := bytes.Cut(data, []byte("\n"))
	return bracketed(string(line), true)
}

// Headers yields the offset of each section line and the text between its brackets. It parses
// leniently and skips lines without a closing bracket.
func (f Source) Headers() iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		for at := firstHeader(f.Data); at < len(f.Data); at = nextHeader(f.Data, at) {
			if text, ok := headerText(f.Data[at:]); ok && !yield(at, text) {
				return
			}
		}
	}
}

// LineAt returns the line number at an offset, starting at 1.
func (f Source) LineAt(offset int) int { return 1 + bytes.Count(f.Data[:offset], []byte("\n")) }

// position is the position of a section line.
type position struct {
	offset int
	lines  int // lines before it in the file
}
