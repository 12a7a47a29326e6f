package tokencache

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/latchkey-sso/latchkey/internal/atomicfile"
	"github.com/latchkey-sso/latchkey/internal/cachefile"
	"github.com/latchkey-sso/latchkey/internal/filelock"
)

// Lock implements [Cache] with a lock file beside the token file. The lock file is never
// removed. If the token file is a symbolic link, the lock file is beside its target, so that
// all links share a lock. Only Latchkey uses the lock: other AWS tools write tokens without
// one.
func (d Dir) Lock(ctx context.Context, key string) (unlock func(), err error) {
	return lock(ctx, d.Path(key), lockName)
}

// LockSending implements [SendLocker] with a second lock file.
func (d Dir) LockSending(ctx context.Context, key string) (unlock func(), err error) {
	return lock(ctx, d.Path(key), sendingName)
}

// LockedSince implements [LockAger]. The time comes from the clock of the file system.
func (d Dir) LockedSince(ctx context.Context, key string) (time.Time, error) {
	return lockedSince(ctx, d.Path(key), lockName)
}

// SendingSince implements [SendLocker]. The time comes from the clock of the file system.
func (d Dir) SendingSince(ctx context.Context, key string) (time.Time, error) {
	return lockedSince(ctx, d.Path(key), sendingName)
}

func lock(ctx context.Context, path string, name func(target string) string) (unlock func(), err error) {
	unlock, err = filelock.LockSibling(ctx, path, name)
	if err != nil {
		return nil, fmt.Errorf("tokencache: %w", err)
	}
	return unlock, nil
}

func lockedSince(ctx context.Context, path string, name func(target string) string) (time.Time, error) {
	info, err := atomicfile.Do(ctx, func() (fs.FileInfo, error) {
		path, err := atomicfile.Sibling(path, name)
		if err != nil {
			return nil, err
		}
		return os.Stat(path)
	}, nil)
	if err != nil {
		return time.Time{}, fmt.Errorf("tokencache: stat lock: %w", err)
	}
	return info.ModTime(), nil
}

func lockName(target string) string { return cachefile.WithExtension(target, ".lock") }

func sendingName(target string) string { return cachefile.WithExtension(target, ".sending.lock") }
