// Package filelock takes advisory locks that exclude other processes and other goroutines.
package filelock

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/gofrs/flock"

	"github.com/latchkey-sso/latchkey/internal/atomicfile"
)

// The lock is polled: a blocking system call could not be canceled. The first waits are
// short, since a holder needs about as long as one request to a server.
const (
	firstWait   = time.Millisecond
	longestWait = 10 * time.Millisecond
)

// Lock takes the exclusive advisory lock on the file at path and returns the function that
// releases it, which may be called more than once. The lock excludes other processes and
// other calls of Lock in this one, and is released when its process exits.
//
// Lock creates a missing file with mode 0600, and a missing directory with mode 0700. Root
// creates them for the owner of the directory above. The file is empty and is never removed,
// since processes would go on waiting for the removed file. Its modification time is when
// the lock was last taken.
//
// Lock waits until ctx is done, even if the file system hangs. It then returns an error that
// matches ctx.Err().
func Lock(ctx context.Context, path string) (unlock func(), err error) {
	return LockBeside(ctx, path, func(string) string { return path })
}

// LockBeside is Lock for the lock file of the file at path. name returns the path of the lock
// file for the target of path, with symbolic links resolved, so that all links to a file
// share a lock.
func LockBeside(ctx context.Context, path string, name func(target string) string) (unlock func(), err error) {
	unlock, err = atomicfile.Within(ctx, func() (func(), error) {
		at, err := atomicfile.Beside(path, name)
		if err != nil {
			return nil, err
		}
		return lock(ctx, at)
	}, func(unlock func()) { unlock() })
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return unlock, nil
}

func lock(ctx context.Context, path string) (unlock func(), err error) {
	if err := atomicfile.MkdirAll(filepath.Dir(path)); err != nil {
		return nil, err
	}
	if path, err = atomicfile.Resolve(path); err != nil {
		return nil, err
	}
	if err := atomicfile.Create(path); err != nil {
		return nil, err
	}
	l := flock.New(path, flock.SetPermissions(0o600), flock.SetFlag(openFlags()))
	for wait := firstWait; ; wait = min(2*wait, longestWait) {
		locked, err := l.TryLock()
		if err != nil {
			return nil, err
		}
		if locked {
			// For those who wait: a lock that changes hands is not stuck. If the time
			// cannot be set, it looks stuck.
			now := time.Now() //nolint:forbidigo // file times are the system clock's
			_ = os.Chtimes(path, now, now)
			return func() { _ = l.Unlock() }, nil
		}
		if err := sleep(ctx, jitter(wait)); err != nil {
			return nil, err
		}
	}
}

// openFlags returns the flags to open a lock file with. Some systems lock only files that are
// open for writing.
func openFlags() int {
	switch runtime.GOOS {
	case "aix", "illumos", "solaris":
		return os.O_CREATE | os.O_RDWR | atomicfile.OpenFlags
	default:
		return os.O_CREATE | os.O_RDONLY | atomicfile.OpenFlags
	}
}

// jitter returns a time between d/2 and d, so that those who wait do not all try at once.
func jitter(d time.Duration) time.Duration {
	return d/2 + rand.N(d/2+1) //nolint:gosec // G404: jitter needs no secret
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
