//go:build !windows

package atomicfile

import (
	"context"
	"os"
	"time"
)

// openFile opens a file for reading.
func openFile(path string, flag int) (*os.File, error) {
	return os.OpenFile(path, os.O_RDONLY|flag, 0) //nolint:gosec // G304: the caller chooses the path
}

// replace renames oldpath to newpath, replacing any file there.
func replace(_ context.Context, oldpath, newpath string) error { return os.Rename(oldpath, newpath) }

// Only on Windows can another process prevent a file from being opened or replaced.
const readWait, replaceWait = 0, 0

// retry calls f once. On Windows, f may fail while another process has the file open.
func retry(_ context.Context, _ time.Duration, f func() error) error { return f() }
