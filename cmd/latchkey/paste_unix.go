//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package main

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// quietInput turns off the echo and the line editing of a terminal. It fails if f is none,
// or is that of another job: reading would stop this process.
func quietInput(f *os.File) (restore func(), err error) {
	fd := int(f.Fd())
	before, err := unix.IoctlGetTermios(fd, getTermios)
	if err != nil {
		return nil, fmt.Errorf("read terminal settings: %w", err)
	}
	if !inForeground(fd) {
		return nil, errors.New("the terminal is in use by another job")
	}
	signal.Ignore(syscall.SIGTTIN, syscall.SIGTTOU) // moved to the background, the reading fails instead
	quiet := *before
	quiet.Lflag &^= unix.ECHO | unix.ICANON // not ISIG: Ctrl-C interrupts
	quiet.Cc[unix.VMIN], quiet.Cc[unix.VTIME] = 1, 0
	if err := unix.IoctlSetTermios(fd, setTermios, &quiet); err != nil {
		return nil, fmt.Errorf("change terminal settings: %w", err)
	}
	return func() {
		if inForeground(fd) { // else they are those of another job
			_ = unix.IoctlSetTermios(fd, setTermios, before)
		}
	}, nil
}

func inForeground(fd int) bool {
	group, err := unix.IoctlGetInt(fd, unix.TIOCGPGRP)
	return err == nil && group == unix.Getpgrp()
}
