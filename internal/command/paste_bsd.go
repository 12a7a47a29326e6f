//go:build darwin || freebsd || netbsd || openbsd || dragonfly

package command

import "golang.org/x/sys/unix"

// Setting flushes the input: the shell would run the rest of an address.
const getTermios, setTermios = unix.TIOCGETA, unix.TIOCSETAF
