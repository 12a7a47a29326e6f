package atomicfile

import (
	"errors"
	"os"
	"time"

	"golang.org/x/sys/windows"
)

// There are no such flags here; see the Unix ones.
const (
	nonBlocking = 0
	noFollow    = 0
	OpenFlags   = 0
)

// replace renames the file from over the file to.
func replace(from, to string) error {
	return retry(func() error {
		err := os.Rename(from, to)
		if errors.Is(err, windows.ERROR_ACCESS_DENIED) {
			// What a file with the read-only attribute answers, which is what
			// mode 0400 comes to here.
			_ = os.Chmod(to, 0o600)
		}
		return err
	})
}

// retry calls f until it succeeds or has failed for about a second, as long as it
// fails in the ways of a file that another process, often a virus scanner, has open
// for a moment.
func retry(f func() error) error {
	err := f()
	for delay := time.Millisecond; delay < time.Second && isBusy(err); delay *= 2 {
		time.Sleep(delay)
		err = f()
	}
	return err
}

func isBusy(err error) bool {
	return errors.Is(err, windows.ERROR_SHARING_VIOLATION) ||
		errors.Is(err, windows.ERROR_LOCK_VIOLATION) ||
		errors.Is(err, windows.ERROR_ACCESS_DENIED)
}

// syncDir does nothing: Windows keeps the order of renames by itself.
func syncDir(string) error { return nil }
