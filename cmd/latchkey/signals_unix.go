//go:build !windows

package main

import (
	"os"
	"os/signal"
	"syscall"
	"time"
)

// endBy lets a signal have the effect it would have had, so that the parent sees what
// the process died of.
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
