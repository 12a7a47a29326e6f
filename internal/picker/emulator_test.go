package picker

import (
	"strconv"
	"strings"
	"testing"

	"github.com/latchkey-sso/latchkey/internal/textwidth"
)

// emulator is a terminal of a width. It knows what the picker sends, and fails the test for
// anything else, such as a line that would wrap.
type emulator struct {
	t        *testing.T
	width    int
	lines    [][]rune
	row, col int
	styled   bool // it was sent bold or faint text
}

func (e *emulator) Write(p []byte) (int, error) {
	text := []rune(string(p))
	for len(text) > 0 {
		text = e.take(text)
	}
	return len(p), nil
}

func (e *emulator) take(text []rune) []rune {
	switch r := text[0]; r {
	case '\r':
		e.col = 0
	case '\n':
		e.row++
	case 0x1b:
		return e.control(text)
	default:
		e.put(r)
	}
	return text[1:]
}

func (e *emulator) control(text []rune) []rune {
	end := 2
	for text[end] < '@' {
		end++
	}
	n, _ := strconv.Atoi(string(text[2:end]))
	switch text[end] {
	case 'J':
		e.lines = e.lines[:min(e.row, len(e.lines))]
	case 'A':
		e.row -= n
	case 'C':
		e.col += n
	case 'm':
		e.styled = true
	default:
		e.t.Fatalf("escape sequence %q", string(text[:end+1]))
	}
	return text[end+1:]
}

// put writes a character. The second column of a wide one holds a zero.
func (e *emulator) put(r rune) {
	for len(e.lines) <= e.row {
		e.lines = append(e.lines, nil)
	}
	line := e.lines[e.row]
	for len(line) < e.col {
		line = append(line, ' ')
	}
	line = append(line[:e.col], r)
	if textwidth.Of(string(r)) == 2 {
		line = append(line, 0)
	}
	e.lines[e.row], e.col = line, len(line)
	if e.col > e.width {
		e.t.Fatalf("a line wraps in %d columns: %q", e.width, string(line))
	}
}

// screen returns the lines shown, without the spaces at their ends.
func (e *emulator) screen() []string {
	var lines []string
	for _, line := range e.lines {
		text := strings.ReplaceAll(string(line), "\x00", "")
		lines = append(lines, strings.TrimRight(text, " "))
	}
	return lines
}
