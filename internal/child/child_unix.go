//go:build !windows

package child

import (
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// forwarded returns the signals to forward. An ignored signal, such as SIGHUP under nohup, stays ignored
// in both processes.
func forwarded() []os.Signal {
	list := []os.Signal{syscall.SIGTERM}
	for _, s := range []os.Signal{syscall.SIGINT, syscall.SIGQUIT, syscall.SIGHUP, syscall.SIGUSR1, syscall.SIGUSR2} {
		if !signal.Ignored(s) {
			list = append(list, s)
		}
	}
	return list
}

// sentToBoth reports whether the child has the signal already: the terminal sends Ctrl-C to the whole
// foreground process group. A second SIGINT makes terraform and others quit without cleaning up.
func sentToBoth(s os.Signal) bool {
	return (s == syscall.SIGINT || s == syscall.SIGQUIT) && inForeground()
}

// inForeground reports whether this process group is in the foreground of its terminal.
func inForeground() bool {
	tty, err := os.Open("/dev/tty")
	if err != nil {
		return false // no terminal
	}
	defer tty.Close()
	group, err := unix.IoctlGetInt(int(tty.Fd()), unix.TIOCGPGRP)
	return err == nil && group == unix.Getpgrp()
}

// Signal returns the signal that killed a program, nil if it exited by itself.
func Signal(state *os.ProcessState) os.Signal {
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return status.Signal()
	}
	return nil
}

// tie does nothing: a killed process leaves its child behind.
func tie(*os.Process) (release func()) { return func() {} }
