//go:build !linux && !darwin && !freebsd && !netbsd && !openbsd && !dragonfly && !windows

package command

import "os"

// stoppable is a file. On this system, a read that waits for input cannot be stopped.
type stoppable struct{ *os.File }

func newStoppable(f *os.File) (*stoppable, error) { return &stoppable{f}, nil }

func (*stoppable) stop() {}
