//go:build !unix && !windows

package atomicfile

import "os"

// There are no such flags here; see the Unix ones.
const (
	nonBlocking = 0
	noFollow    = 0
	OpenFlags   = 0
)

// replace renames the file from over the file to.
func replace(from, to string) error { return os.Rename(from, to) }

// retry calls f.
func retry(f func() error) error { return f() }

// syncDir does nothing: there is no way to say it here.
func syncDir(string) error { return nil }
