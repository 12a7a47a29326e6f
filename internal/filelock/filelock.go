// Package filelock makes one process, and one goroutine in it, wait for another.
package filelock

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// The lock is polled, since waiting for it in the system could not be given up. The
// first waits are short because what the lock guards takes about as long as one call
// to a server.
const (
	firstWait   = time.Millisecond
	longestWait = 10 * time.Millisecond
)

// Lock takes the exclusive advisory lock on the file at path and returns the function
// that releases it, which may be called more than once. The lock excludes other
// processes and other calls of Lock in this one, and ends with the process that holds
// it. The file is made if it is missing, mode 0600, in a directory of mode 0700. It is
// empty and is never removed: who waits for a removed file waits for nobody. Its
// modification time is when the lock was last taken.
//
// Lock waits for as long as ctx allows. After that it returns an error that matches
// ctx.Err().
func Lock(ctx context.Context, path string) (unlock func(), err error) {
	unlock, err = lock(ctx, path)
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return unlock, nil
}

func lock(ctx context.Context, path string) (unlock func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	if err := checkRegular(path); err != nil {
		return nil, err
	}
	l := flock.New(path, flock.SetPermissions(0o600))
	for wait := firstWait; ; wait = min(2*wait, longestWait) {
		locked, err := l.TryLock()
		if err != nil {
			return nil, err
		}
		if locked {
			// So that whoever waits can tell a lock that changes hands from one that
			// is stuck. Where the time cannot be set, it looks stuck.
			now := time.Now() //nolint:forbidigo // the time of a file is by the system's clock
			_ = os.Chtimes(path, now, now)
			return func() { _ = l.Unlock() }, nil
		}
		if err := sleep(ctx, jitter(wait)); err != nil {
			return nil, err
		}
	}
}

// checkRegular refuses what is no file to lock. Opening a named pipe would wait for
// its other end.
func checkRegular(path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return errors.New("not a regular file")
	}
	return nil
}

// jitter returns a time between half of d and d, so that many who wait do not all try
// at the same moments.
func jitter(d time.Duration) time.Duration {
	return d/2 + rand.N(d/2+1) //nolint:gosec // G404: nothing is kept secret by it
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
