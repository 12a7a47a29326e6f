package ssotoken

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/latchkey-sso/latchkey/tokencache"
)

const (
	// briefWait is how long to wait for a lock while the token is still valid.
	briefWait = 100 * time.Millisecond

	// lateLock is how long a busy machine may take to acquire a free lock. Such a lock still has
	// the age of its last holder, so it may look stuck.
	lateLock = 2 * time.Second
)

// errBusy says that another process holds a lock.
var errBusy = errors.New("another process holds the lock")

// ErrStopped is the error if another process has been in the middle of a refresh for longer than
// Options.LockTimeout. It was probably suspended, for example with Ctrl-Z. No other process can
// take over, since that process may have used the refresh token: resume or kill it.
var ErrStopped = errors.New("another process stopped in the middle of a refresh")

// lock is a lock of the session.
type lock struct {
	acquire func(ctx context.Context, key string) (unlock func(), err error)
	since   func(ctx context.Context, key string) (time.Time, error) // when it was acquired; nil if unknown
}

// refreshLock returns the lock that makes processes refresh one after another.
func (s *Source) refreshLock() lock {
	l := lock{acquire: s.opts.TokenCache.Lock}
	if cache, ok := s.opts.TokenCache.(tokencache.LockAger); ok {
		l.since = cache.LockedSince
	}
	return l
}

// lockRefresh acquires the refresh lock. If brief is set and the lock is held, the error is
// errBusy. If a process has held the lock for longer than Options.LockTimeout, lockRefresh
// continues without it, or fails with ErrStopped if the cache has no sending lock. Any other
// error means that locking failed (a read-only directory, a file system without locks) or that
// ctx is done.
func (s *Source) lockRefresh(ctx context.Context, brief bool) (unlock func(), err error) {
	if brief {
		return s.tryLock(ctx, s.refreshLock(), briefWait)
	}
	unlock, err = s.lockUnlessStuck(ctx, s.refreshLock(), s.opts.LockTimeout)
	if !errors.Is(err, errBusy) || ctx.Err() != nil {
		return unlock, err
	}
	if _, ok := s.opts.TokenCache.(tokencache.SendLocker); !ok {
		return nil, ErrStopped
	}
	s.warnf("refresh %s: continuing without the lock: the process that holds it seems to be stuck", s.sessionName())
	return func() {}, nil
}

// lockSending acquires the lock that is held from before a refresh token is sent until the new
// token is stored. No process ever continues without it. waited is how long the caller waited for
// the refresh lock; it counts towards the timeout if the sending lock was held all that time.
// Errors are those of lockRefresh.
func (s *Source) lockSending(ctx context.Context, brief bool, waited time.Duration) (unlock func(), err error) {
	cache, ok := s.opts.TokenCache.(tokencache.SendLocker)
	if !ok {
		return func() {}, nil // the refresh lock is held, and is never ignored
	}
	l := lock{acquire: cache.LockSending, since: cache.SendingSince}
	if brief {
		return s.tryLock(ctx, l, briefWait)
	}
	wait := s.opts.LockTimeout - min(waited, s.heldFor(ctx, l))
	unlock, err = s.lockUnlessStuck(ctx, l, max(wait, lateLock))
	if errors.Is(err, errBusy) && ctx.Err() == nil {
		return nil, ErrStopped
	}
	return unlock, err
}

// lockUnlessStuck acquires a lock. It fails with errBusy if one process has held the lock for
// longer than Options.LockTimeout, but not before wait has passed.
func (s *Source) lockUnlessStuck(ctx context.Context, l lock, wait time.Duration) (unlock func(), err error) {
	for {
		unlock, err = s.tryLock(ctx, l, wait)
		if !errors.Is(err, errBusy) || ctx.Err() != nil {
			return unlock, err
		}
		if wait = s.opts.LockTimeout - s.heldFor(ctx, l); wait <= 0 {
			return nil, errBusy
		}
	}
}

// tryLock acquires a lock within wait, or fails with errBusy. Calling unlock again does nothing.
func (s *Source) tryLock(ctx context.Context, l lock, wait time.Duration) (unlock func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	unlock, err = l.acquire(ctx, s.key())
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return nil, errBusy
	case err != nil:
		return nil, err
	case unlock == nil: // the cache has no locks
		return func() {}, nil
	}
	return sync.OnceFunc(unlock), nil
}

// heldFor returns how long the current holder has held the lock, or 0 if that is unknown: many
// successive holders must not look like one that is stuck.
func (s *Source) heldFor(ctx context.Context, l lock) time.Duration {
	if l.since == nil {
		return 0
	}
	since, err := l.since(ctx, s.key())
	if err != nil {
		return 0
	}
	return max(0, time.Since(since)) // from the clock of the file system
}
