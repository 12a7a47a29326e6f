//go:build !windows

package atomicfile

import (
	"context"
	"os"
	"time"
)

// openFile opens a file for reading.
func openFile(path string, flag int) (*os.File, error) {
	return os.OpenFile(path, os.O_RDONLY|flag, 0) //nolint:gosec // G304: the caller says which file
}

// replace renames the file from over the file to.
func replace(_ context.Context, from, to string) error { return os.Rename(from, to) }

// No other process can keep a file from being opened or replaced.
const readWait, replaceWait = 0, 0

// retry calls f. On Windows, f may fail while another process has the file open.
func retry(_ context.Context, _ time.Duration, f func() error) error { return f() }
