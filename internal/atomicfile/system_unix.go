//go:build unix

package atomicfile

import (
	"errors"
	"os"
	"syscall"
)

// Flags for opening a file that may have been replaced.
const (
	nonBlocking = syscall.O_NONBLOCK | syscall.O_NOCTTY // do not block on a named pipe
	noFollow    = syscall.O_NOFOLLOW                    // do not follow a symbolic link
)

// OpenFlags are the flags for opening a lock file. They keep open from blocking on a named pipe
// and from following a symbolic link.
const OpenFlags = nonBlocking | noFollow

// syncDir syncs a directory, so that renames in it survive a crash.
func syncDir(dir string) error {
	d, err := os.Open(dir) //nolint:gosec // G304: the directory of a file just written
	if errors.Is(err, os.ErrPermission) {
		return nil // the directory is writable but not readable
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
