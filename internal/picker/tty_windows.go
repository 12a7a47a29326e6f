package picker

import (
	"os"

	"golang.org/x/sys/windows"
	"golang.org/x/term"
)

func openFiles() (in, out *os.File, err error) {
	in, err = os.OpenFile("CONIN$", os.O_RDWR, 0)
	if err != nil {
		return nil, nil, err
	}
	out, err = os.OpenFile("CONOUT$", os.O_RDWR, 0)
	if err != nil {
		in.Close()
		return nil, nil, err
	}
	return in, out, nil
}

// makeRaw also turns on escape sequences in the console.
func makeRaw(in, out *os.File) (restore func(), err error) {
	console := windows.Handle(out.Fd())
	var mode uint32
	if err := windows.GetConsoleMode(console, &mode); err != nil {
		return nil, err
	}
	if err := windows.SetConsoleMode(console, mode|windows.ENABLE_PROCESSED_OUTPUT|windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING); err != nil {
		return nil, err
	}
	before, err := term.MakeRaw(int(in.Fd()))
	if err != nil {
		_ = windows.SetConsoleMode(console, mode)
		return nil, err
	}
	return func() {
		_ = term.Restore(int(in.Fd()), before)
		_ = windows.SetConsoleMode(console, mode)
	}, nil
}

// notifyResize does nothing: there is no signal. The size is read at each key.
func notifyResize() (changes <-chan os.Signal, stop func()) { return nil, func() {} }

// terminate kills a program: there is no signal for it.
func terminate(p *os.Process) error { return p.Kill() }

// endingSignals are the signals that by default end the process, and so leave the terminal raw.
var endingSignals = []os.Signal{os.Interrupt, windows.SIGTERM}
