//go:build !windows

package picker

import (
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/term"
)

func openFiles() (in, out *os.File, err error) {
	tty, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	return tty, tty, err
}

func makeRaw(in, _ *os.File) (restore func(), err error) {
	before, err := term.MakeRaw(int(in.Fd()))
	if err != nil {
		return nil, err
	}
	return func() { _ = term.Restore(int(in.Fd()), before) }, nil
}

func notifyResize() (changes <-chan os.Signal, stop func()) {
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGWINCH)
	return c, func() { signal.Stop(c) }
}

// terminate lets a program restore the terminal before it exits.
func terminate(p *os.Process) error { return p.Signal(syscall.SIGTERM) }

// endingSignals are the signals that by default end the process, and so leave the terminal raw.
var endingSignals = []os.Signal{syscall.SIGHUP, syscall.SIGINT, syscall.SIGTERM, syscall.SIGQUIT}
