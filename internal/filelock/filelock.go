// Package filelock acquires advisory file locks that exclude other processes and goroutines.
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

// Lock polls, since a blocking system call cannot be canceled. It starts with short waits: a
// holder needs about as long as an HTTP request takes.
const (
	firstWait   = time.Millisecond
	longestWait = 10 * time.Millisecond
)

// Lock acquires the exclusive advisory lock on the file at path, waiting if necessary, and returns
// a function that releases it. Calling unlock again does nothing. The lock excludes other
// processes and other calls of Lock in this process, and is released when the process exits.
//
// Lock creates a missing file with mode 0600, and a missing directory with mode 0700. If root
// creates them, they get the owner of the parent directory. The file is empty. It is never
// removed: other processes would wait for the lock on the removed file. Its modification time is
// when the lock was last acquired.
//
// Once ctx is done, Lock returns an error that matches ctx.Err(), even if the file system hangs.
func Lock(ctx context.Context, path string) (unlock func(), err error) {
	return LockSibling(ctx, path, func(string) string { return path })
}

// LockSibling is Lock for the lock file of the file at path. name returns the path of the lock
// file, given path with symbolic links resolved, so that all links to a file share a lock.
func LockSibling(ctx context.Context, path string, name func(target string) string) (unlock func(), err error) {
	unlock, err = atomicfile.Do(ctx, func() (func(), error) {
		at, err := atomicfile.Sibling(path, name)
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
			// Waiting processes use this time to tell a stuck holder from a new one.
			now := time.Now() //nolint:forbidigo // file times use the system clock
			_ = os.Chtimes(path, now, now)
			return func() { _ = l.Unlock() }, nil
		}
		if err := sleep(ctx, jitter(wait)); err != nil {
			return nil, err
		}
	}
}

// openFlags returns the flags for opening a lock file. Some systems can lock only files that are
// open for writing.
func openFlags() int {
	switch runtime.GOOS {
	case "aix", "illumos", "solaris":
		return os.O_CREATE | os.O_RDWR | atomicfile.OpenFlags
	default:
		return os.O_CREATE | os.O_RDONLY | atomicfile.OpenFlags
	}
}

// jitter returns a random duration from d/2 to d, so that waiting processes do not retry in step.
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
