package picker

import (
	"fmt"
	"io"
	"strings"

	"github.com/latchkey-sso/latchkey/internal/textwidth"
)

const (
	maxShown = 10 // items

	// The default terminal size.
	defaultWidth, defaultHeight = 80, 24
)

// Control sequences (ECMA-48).
const (
	clearBelow = "\r\x1b[J" // from the start of this line
	bold       = "\x1b[1m"
	faint      = "\x1b[2m"
	plain      = "\x1b[0m"
)

// screen draws a list below the prompt line.
type screen struct {
	out    io.Writer
	prompt string
	plain  bool // neither bold nor faint
	top    int  // index of the first displayed match
}

// draw redraws the screen.
func (s *screen) draw(l *list, size func() (int, int)) {
	width, height := size()
	if width <= 0 || height <= 0 {
		width, height = defaultWidth, defaultHeight
	}
	width-- // the last column makes some terminals wrap
	shown := max(min(maxShown, height-2), 1)
	s.top = max(min(s.top, l.cursor), l.cursor-shown+1)
	lines := s.lines(l, width, shown)
	typed := s.typed(l.query, width)

	var b strings.Builder
	b.WriteString(clearBelow + typed)
	for _, line := range lines {
		b.WriteString("\r\n" + line)
	}
	fmt.Fprintf(&b, "\x1b[%dA\r", len(lines))
	if column := textwidth.Of(typed); column > 0 {
		fmt.Fprintf(&b, "\x1b[%dC", column)
	}
	_, _ = io.WriteString(s.out, b.String())
}

// typed returns the prompt line. It truncates a long query at the start.
func (s *screen) typed(query string, width int) string {
	prompt := textwidth.Cut(s.prompt, max(width/2, 1)) + ": "
	for textwidth.Of(prompt+query) > width && query != "" {
		query = string([]rune(query)[1:])
	}
	return prompt + query
}

// lines returns the lines below the prompt: the matches around the cursor and their number.
func (s *screen) lines(l *list, width, shown int) []string {
	matches := l.matches[s.top:min(s.top+shown, len(l.matches))]
	column := 0
	for _, i := range matches {
		column = max(column, textwidth.Of(l.entries[i].name))
	}
	lines := make([]string, 0, len(matches)+1)
	for n, i := range matches {
		lines = append(lines, s.line(l.entries[i], column, width, s.top+n == l.cursor))
	}
	count := fmt.Sprintf("  %d of %d", len(l.matches), len(l.entries))
	return append(lines, s.styled(faint, textwidth.Cut(count, width)))
}

func (s *screen) line(e entry, column, width int, current bool) string {
	mark := "  "
	if current {
		mark = "> "
	}
	name := textwidth.Cut(mark+e.name, width)
	if current {
		name = s.styled(bold, name)
	}
	left := width - len(mark) - column - 2
	if e.detail == "" || left < 1 {
		return name
	}
	gap := strings.Repeat(" ", column-textwidth.Of(e.name)+2)
	return name + gap + s.styled(faint, textwidth.Cut(e.detail, left))
}

func (s *screen) styled(style, text string) string {
	if s.plain {
		return text
	}
	return style + text + plain
}

// clear clears the screen.
func (s *screen) clear() { _, _ = io.WriteString(s.out, clearBelow) }

// leave replaces the list with a line that shows the choice.
func (s *screen) leave(name string) {
	_, _ = io.WriteString(s.out, clearBelow+s.prompt+": "+name+"\r\n")
}
