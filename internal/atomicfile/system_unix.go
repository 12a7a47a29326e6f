//go:build unix

package atomicfile

import (
	"errors"
	"os"
	"syscall"
)

// Flags of open that keep it from blocking on a named pipe, and from following a symbolic link
// that has replaced the file.
const (
	nonBlocking = syscall.O_NONBLOCK | syscall.O_NOCTTY
	noFollow    = syscall.O_NOFOLLOW
)

// OpenFlags are the flags to open a lock file with: they keep open from blocking on a named
// pipe and from following a symbolic link.
const OpenFlags = nonBlocking | noFollow

// syncDir syncs a directory, so that a rename in it survives a crash.
func syncDir(dir string) error {
	d, err := os.Open(dir) //nolint:gosec // G304: the directory of a file just written
	if errors.Is(err, os.ErrPermission) {
		return nil // a directory that can be written but not read
	}
	if err != nil {
		return err
	}
	defer d.Close()
	err = d.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported) {
		return nil // the file system does not support it
	}
	return err
}
