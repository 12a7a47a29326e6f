// Package filelock makes one process, and one goroutine in it, wait for another.
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
// it. The file is made if it is missing, mode 0600, in a directory of mode 0700; what root
// makes belongs to the owner of the directory. It is empty and is never removed: who waits
// for a removed file waits for nobody. Its modification time is when the lock was last
// taken.
//
// Lock waits for as long as ctx allows, also for a file system that hangs. After that it
// returns an error that matches ctx.Err().
func Lock(ctx context.Context, path string) (unlock func(), err error) {
	return LockBeside(ctx, path, func(string) string { return path })
}

// LockBeside is Lock for the lock of the file at path: name makes the path of the lock of
// that of the file that the symbolic links at path lead to, so that it is the same by
// whichever link one comes.
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

// openFlags are those of opening a lock: some systems lock only what is open for writing.
func openFlags() int {
	switch runtime.GOOS {
	case "aix", "illumos", "solaris":
		return os.O_CREATE | os.O_RDWR | atomicfile.OpenFlags
	default:
		return os.O_CREATE | os.O_RDONLY | atomicfile.OpenFlags
	}
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
