package command

import (
	"fmt"
	"os"

	"golang.org/x/sys/windows"
)

// quietTerminal is a console without echo and line editing.
type quietTerminal struct {
	console       windows.Handle
	before, while uint32
}

// quietInput turns off the echo and the line editing of a console. It fails if f is not one.
func quietInput(f *os.File) (*quietTerminal, error) {
	t := &quietTerminal{console: windows.Handle(f.Fd())}
	if err := windows.GetConsoleMode(t.console, &t.before); err != nil {
		return nil, fmt.Errorf("read console mode: %w", err)
	}
	t.while = t.before &^ (windows.ENABLE_ECHO_INPUT | windows.ENABLE_LINE_INPUT)
	if err := windows.SetConsoleMode(t.console, t.while); err != nil {
		return nil, fmt.Errorf("change console mode: %w", err)
	}
	return t, nil
}

func (t *quietTerminal) quiet() { _ = windows.SetConsoleMode(t.console, t.while) }

func (t *quietTerminal) restore() {
	_ = windows.FlushConsoleInputBuffer(t.console) // the shell would run the rest of an address
	_ = windows.SetConsoleMode(t.console, t.before)
}

// followJobControl does nothing: Windows has no job control.
func followJobControl(_, _ func()) {}
