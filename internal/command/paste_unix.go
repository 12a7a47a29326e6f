//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package command

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// quietTerminal is a terminal without echo and line editing.
type quietTerminal struct {
	fd            int
	before, while *unix.Termios
}

// quietInput turns off the echo and the line editing of a terminal. It fails if f is not a
// terminal, or if another job is in its foreground: reading would stop this process.
func quietInput(f *os.File) (*quietTerminal, error) {
	fd := int(f.Fd())
	before, err := unix.IoctlGetTermios(fd, getTermios)
	if err != nil {
		return nil, fmt.Errorf("read terminal settings: %w", err)
	}
	if !inForeground(fd) {
		return nil, errors.New("the terminal is in use by another job")
	}
	signal.Ignore(syscall.SIGTTIN, syscall.SIGTTOU) // in the background, reading fails instead
	while := *before
	while.Lflag &^= unix.ECHO | unix.ICANON // not ISIG: Ctrl-C interrupts
	while.Cc[unix.VMIN], while.Cc[unix.VTIME] = 1, 0
	if err := unix.IoctlSetTermios(fd, setTermios, &while); err != nil {
		return nil, fmt.Errorf("change terminal settings: %w", err)
	}
	return &quietTerminal{fd, before, &while}, nil
}

func (t *quietTerminal) quiet()   { t.set(t.while) }
func (t *quietTerminal) restore() { t.set(t.before) }

func (t *quietTerminal) set(settings *unix.Termios) {
	if inForeground(t.fd) { // else the settings are another job's
		_ = unix.IoctlSetTermios(t.fd, setTermios, settings)
	}
}

func inForeground(fd int) bool {
	group, err := unix.IoctlGetInt(fd, unix.TIOCGPGRP)
	return err == nil && group == unix.Getpgrp()
}

// followJobControl calls suspend, from now on, before Ctrl-Z stops the process, and resume when it
// continues: some shells neither restore the terminal then, nor set it again for "fg".
func followJobControl(suspend, resume func()) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGCONT)
	if hasJobControl() && !signal.Ignored(syscall.SIGTSTP) {
		signal.Notify(signals, syscall.SIGTSTP)
	}
	go func() {
		for s := range signals {
			if s == syscall.SIGCONT {
				resume()
				continue
			}
			suspend()
			_ = syscall.Kill(syscall.Getpid(), syscall.SIGSTOP) // Go cannot restore the default of SIGTSTP
		}
	}()
}

// hasJobControl reports whether the parent is a shell that can continue this process: one of
// the same session, in a process group other than ours.
func hasJobControl() bool {
	parent := os.Getppid()
	session, err1 := unix.Getsid(parent)
	ours, err2 := unix.Getsid(0)
	group, err3 := unix.Getpgid(parent)
	return errors.Join(err1, err2, err3) == nil && session == ours && group != unix.Getpgrp()
}
