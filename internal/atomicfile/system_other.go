//go:build !unix && !windows

package atomicfile

import "os"

// This system has no such flags. See those of Unix.
const (
	nonBlocking = 0
	noFollow    = 0
	OpenFlags   = 0
)

// replace renames the file from over the file to.
func replace(from, to string) error { return os.Rename(from, to) }

// retry calls f.
func retry(f func() error) error { return f() }

// syncDir does nothing: this system cannot sync a directory.
func syncDir(string) error { return nil }
