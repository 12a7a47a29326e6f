//go:build !unix && !windows

package atomicfile

// This system has no such flags. See those of Unix.
const (
	nonBlocking = 0
	noFollow    = 0
	OpenFlags   = 0
)

// syncDir does nothing: this system cannot sync a directory.
func syncDir(string) error { return nil }
