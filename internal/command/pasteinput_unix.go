//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package command

import (
	"errors"
	"io"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// stoppable is a file that can be read until stop. A read that went on would take input from the next prompt.
type stoppable struct {
	fd        int
	wake, end *os.File // a pipe
}

func newStoppable(f *os.File) (*stoppable, error) {
	wake, end, err := os.Pipe()
	return &stoppable{int(f.Fd()), wake, end}, err
}

// Read waits for input. After stop, it takes none and returns io.EOF.
func (s *stoppable) Read(p []byte) (int, error) {
	wake := int(s.wake.Fd())
	for {
		var ready unix.FdSet
		ready.Set(s.fd)
		ready.Set(wake)
		_, err := unix.Select(max(s.fd, wake)+1, &ready, nil, nil, nil) // poll(2) does not support terminals on macOS
		switch {
		case errors.Is(err, syscall.EINTR):
		case err != nil:
			return 0, err
		case ready.IsSet(wake):
			s.wake.Close()
			return 0, io.EOF
		default:
			n, err := unix.Read(s.fd, p)
			return max(n, 0), err
		}
	}
}

func (s *stoppable) stop() { s.end.Close() }
