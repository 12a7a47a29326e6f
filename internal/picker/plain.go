package picker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/latchkey-sso/latchkey/internal/interrupt"
	"github.com/latchkey-sso/latchkey/internal/textwidth"
)

// pickByNumber prints the matches with numbers, for terminals that cannot move the cursor.
// The user types a number, or words to narrow the list.
func (t *Terminal) pickByNumber(ctx context.Context, prompt string, l *list) (int, error) {
	for {
		t.printNumbered(l)
		text, err := t.line(ctx, textwidth.Printable(prompt)+" (a number, or words to search for): ")
		if err != nil {
			return 0, err
		}
		if n, err := strconv.Atoi(text); err == nil && n >= 1 && n <= len(l.matches) {
			return l.entries[l.matches[n-1]].index, nil
		}
		before := l.matches
		l.search(text)
		switch len(l.matches) {
		case 0:
			fmt.Fprintf(t.out, "Nothing matches %q.\n", text)
			l.matches = before
		case 1:
			index, _ := l.chosen()
			fmt.Fprintf(t.out, "%s: %s\n", textwidth.Printable(prompt), l.name(index))
			return index, nil
		}
	}
}

// maxNumbered is the number of items to list.
const maxNumbered = 20

func (t *Terminal) printNumbered(l *list) {
	shown := l.matches[:min(len(l.matches), maxNumbered)]
	column := 0
	for _, i := range shown {
		column = max(column, textwidth.Of(l.entries[i].name))
	}
	for n, i := range shown {
		e := l.entries[i]
		fmt.Fprintln(t.out, strings.TrimRight(fmt.Sprintf("%3d  %s  %s", n+1, textwidth.Pad(e.name, column), e.detail), " "))
	}
	if more := len(l.matches) - len(shown); more > 0 {
		fmt.Fprintf(t.out, "     ... and %d more\n", more)
	}
}

// Ask returns the trimmed line that the user enters, or preset if it is empty. The error is
// [ErrCanceled] at the end of input or when ctx is done.
func (t *Terminal) Ask(ctx context.Context, prompt, preset string) (string, error) {
	prompt = textwidth.Printable(prompt)
	if preset != "" {
		prompt += " [" + textwidth.Printable(preset) + "]"
	}
	text, err := t.line(ctx, prompt+": ")
	if err == nil && text == "" {
		text = preset
	}
	return text, err
}

// Confirm asks a yes/no question. Enter alone means no.
func (t *Terminal) Confirm(ctx context.Context, question string) (bool, error) {
	for {
		text, err := t.line(ctx, textwidth.Printable(question)+" [y/N] ")
		if err != nil {
			return false, err
		}
		switch strings.ToLower(text) {
		case "y", "yes":
			return true, nil
		case "", "n", "no":
			return false, nil
		}
	}
}

// line reads a line in the terminal's line mode.
func (t *Terminal) line(ctx context.Context, prompt string) (string, error) {
	_, _ = io.WriteString(t.out, prompt)
	type result struct {
		text string
		err  error
	}
	read := make(chan result, 1)
	go func() {
		text, err := readLine(t.in)
		read <- result{text, err}
	}()
	select {
	case <-ctx.Done():
		fmt.Fprintln(t.out)
		return "", interrupt.Cause(ctx)
	case r := <-read:
		if r.err != nil {
			fmt.Fprintln(t.out)
		}
		return strings.TrimSpace(r.text), r.err
	}
}

const maxLine = 64 << 10

// readLine reads a line and not a byte more: the rest is for the next question.
func readLine(r io.Reader) (string, error) {
	var text []byte
	var b [1]byte
	for len(text) < maxLine {
		n, err := r.Read(b[:])
		switch {
		case n == 1 && b[0] == '\n':
			return string(text), nil
		case n == 1:
			text = append(text, b[0])
		case err == nil:
		case errors.Is(err, io.EOF):
			return "", ErrCanceled
		default:
			return "", fmt.Errorf("picker: read terminal: %w", err)
		}
	}
	return "", errors.New("picker: the line is too long")
}
