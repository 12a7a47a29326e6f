//go:build !windows

package command

import (
	"os"
	"os/signal"
	"syscall"
	"time"
)

// errAddressInUse is the error for a port that another program listens on.
const errAddressInUse = syscall.EADDRINUSE

// endBy kills this process with the signal that was delayed, so that the parent sees the right
// status.
func endBy(s os.Signal) {
	number, ok := s.(syscall.Signal)
	if !ok {
		return
	}
	signal.Reset(s)
	if syscall.Kill(syscall.Getpid(), number) == nil {
		time.Sleep(time.Second) // it may reach another thread first
	}
}
