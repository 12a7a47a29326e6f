//go:build unix

package atomicfile

import (
	"errors"
	"os"
	"syscall"
)

// Flags of open: not to wait for the writer of a named pipe, and not to follow a symbolic
// link that has taken the place of the file.
const (
	nonBlocking = syscall.O_NONBLOCK | syscall.O_NOCTTY
	noFollow    = syscall.O_NOFOLLOW
)

// OpenFlags are the flags of open that keep whoever opens a file for a lock from waiting
// and from being led elsewhere.
const OpenFlags = nonBlocking | noFollow

// replace renames the file from over the file to.
func replace(from, to string) error { return os.Rename(from, to) }

// retry calls f. Nothing that others do with a file makes f fail for a moment here, as
// it does on Windows.
func retry(f func() error) error { return f() }

// syncDir brings the names in dir to the disk, so that a rename outlasts a crash.
func syncDir(dir string) error {
	d, err := os.Open(dir) //nolint:gosec // G304: the directory of a file just written
	if errors.Is(err, os.ErrPermission) {
		return nil // a directory that may be written and not read
	}
	if err != nil {
		return err
	}
	defer d.Close()
	err = d.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported) {
		return nil // a file system without it
	}
	return err
}
