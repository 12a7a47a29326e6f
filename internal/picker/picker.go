// Package picker asks the user on a terminal to choose an item, enter a line or confirm.
//
// It uses the controlling terminal, so that stdout is free for the output of the command.
package picker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/term"

	"github.com/latchkey-sso/latchkey/internal/interrupt"
	"github.com/latchkey-sso/latchkey/internal/textwidth"
)

var (
	// ErrNoTerminal means that stdin or stderr is not a terminal, or that CI is set.
	ErrNoTerminal = errors.New("there is no terminal to ask on")
	// ErrCanceled means that the user pressed Ctrl-C or Escape, that the context is done, or that
	// a signal has arrived. Errors about a signal match it (errors.Is), and are an
	// *interrupt.Error with that signal.
	ErrCanceled error = &interrupt.Error{Signal: os.Interrupt}
)

// Item is a choice. Unprintable characters are not displayed.
type Item struct {
	// ID is unique among the items. [History] remembers it.
	ID string
	// Name is displayed first. A search covers Name and Detail.
	Name, Detail string
}

// Question asks the user to choose an item.
type Question struct {
	// Prompt is displayed before the query, such as "Account".
	Prompt string
	// Kind identifies the history of this question. Empty means no history.
	Kind string
	// Items are displayed in this order, after recent choices.
	Items []Item
}

// Terminal asks questions. It is not safe for concurrent use.
type Terminal struct {
	in      io.Reader
	out     io.Writer
	raw     func() (restore func(), err error)
	size    func() (width, height int)
	resized func() (changes <-chan os.Signal, stop func())
	close   func()

	getenv  func(string) string
	history History
}

// Open opens the controlling terminal. The error is [ErrNoTerminal] if stdin or stderr is not a
// terminal, if CI is set, or if there is no terminal. A nil getenv means os.Getenv.
func Open(getenv func(string) string) (*Terminal, error) {
	if getenv == nil {
		getenv = os.Getenv
	}
	if getenv("CI") != "" || !isTerminal(os.Stdin) || !isTerminal(os.Stderr) {
		return nil, ErrNoTerminal
	}
	return OpenControlling(getenv)
}

// OpenControlling is [Open] for a program whose standard streams are not a terminal, such as a
// credential_process.
func OpenControlling(getenv func(string) string) (*Terminal, error) {
	if getenv == nil {
		getenv = os.Getenv
	}
	in, out, err := openFiles()
	if err != nil {
		return nil, ErrNoTerminal
	}
	return &Terminal{
		in: in, out: out,
		raw: func() (func(), error) { return makeRaw(in, out) },
		size: func() (int, int) {
			width, height, err := term.GetSize(int(out.Fd()))
			if err != nil {
				return 0, 0
			}
			return width, height
		},
		resized: notifyResize,
		close:   func() { _, _ = in.Close(), out.Close() },
		getenv:  getenv,
		history: historyOf(getenv),
	}, nil
}

func isTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }

// Close closes the terminal.
func (t *Terminal) Close() { t.close() }

// Choose returns the index of the item that the user chooses. It runs fzf if LATCHKEY_PICKER=fzf,
// and prints a numbered list if TERM=dumb. It always restores the terminal. The error is
// [ErrCanceled] if the user chooses nothing.
func (t *Terminal) Choose(ctx context.Context, q Question) (int, error) {
	if len(q.Items) == 0 {
		return 0, fmt.Errorf("picker: no %s to choose from", q.Prompt)
	}
	l := newList(q.Items, t.history.recent(ctx, q.Kind))
	choose := t.pick
	switch program := cmp.Or(t.getenv("LATCHKEY_PICKER"), "builtin"); {
	case program == "fzf":
		choose = t.fzf
	case program != "builtin":
		return 0, &UnknownPickerError{program}
	case t.getenv("TERM") == "dumb":
		choose = t.pickByNumber
	}
	index, err := choose(ctx, q.Prompt, l)
	if err != nil {
		return 0, err
	}
	t.history.add(ctx, q.Kind, q.Items[index].ID)
	return index, nil
}

// UnknownPickerError means that LATCHKEY_PICKER has an invalid value.
type UnknownPickerError struct{ Name string }

// Error names the valid values.
func (e *UnknownPickerError) Error() string {
	return fmt.Sprintf("LATCHKEY_PICKER is %q: set it to fzf or builtin", e.Name)
}

// pick lets the user narrow the list by typing.
func (t *Terminal) pick(ctx context.Context, prompt string, l *list) (int, error) {
	ctx, restore, err := t.makeRaw(ctx)
	if err != nil {
		return 0, err
	}
	defer restore()
	s := screen{out: t.out, prompt: textwidth.Printable(prompt), plain: t.getenv("NO_COLOR") != ""}
	defer s.clear()
	index, err := t.follow(ctx, &s, l)
	if err == nil {
		s.leave(l.name(index))
	}
	return index, err
}

// makeRaw makes the terminal raw. A signal ends the context it returns, so that restore is called.
func (t *Terminal) makeRaw(ctx context.Context) (_ context.Context, restore func(), err error) {
	ctx, stop := interrupt.Notify(ctx, endingSignals...)
	before, err := t.raw()
	if err != nil {
		stop()
		return nil, nil, fmt.Errorf("picker: %w", err)
	}
	return ctx, func() {
		before()
		stop()
	}, nil
}

// follow handles keys until the user chooses or cancels.
func (t *Terminal) follow(ctx context.Context, s *screen, l *list) (int, error) {
	changes, stop := t.resized()
	defer stop()
	keys := keyReader{in: t.in}
	for {
		s.draw(l, t.size)
		select {
		case <-ctx.Done():
			return 0, interrupt.Cause(ctx)
		case <-changes:
		case k := <-keys.next():
			switch keys.read(); k.kind {
			case keyCancel:
				return 0, ErrCanceled
			case keyEnter:
				if index, ok := l.chosen(); ok {
					return index, nil
				}
			default:
				l.press(k)
			}
		}
	}
}
