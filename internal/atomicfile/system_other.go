//go:build !unix && !windows

package atomicfile

// See system_unix.go. This system has no such flags.
const (
	nonBlocking = 0
	noFollow    = 0
	OpenFlags   = 0
)

// syncDir does nothing: this system cannot sync directories.
func syncDir(string) error { return nil }
