package ssotoken

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/latchkey-sso/latchkey/tokencache"
)

// briefWait is for a lock that is not needed, since the token at hand is still valid.
const briefWait = 100 * time.Millisecond

// errBusy says that another process holds a lock.
var errBusy = errors.New("another process holds the lock")

// ErrStopped says that another process has been in the middle of a refresh for longer than
// Options.LockTimeout. Most likely it was stopped, as by Ctrl-Z. Nobody can take its place,
// since it may have used the refresh token: continue that process or end it.
var ErrStopped = errors.New("another process stopped in the middle of a refresh")

// lock is a lock of the session.
type lock struct {
	take  func(ctx context.Context, key string) (unlock func(), err error)
	since func(ctx context.Context, key string) (time.Time, error) // when it was taken; nil if not known
}

// turnLock is the lock that makes processes refresh one after another.
func (s *Source) turnLock() lock {
	l := lock{take: s.opts.TokenCache.Lock}
	if cache, ok := s.opts.TokenCache.(tokencache.LockAger); ok {
		l.since = cache.LockedSince
	}
	return l
}

// lockTurn takes the turn lock. If brief is true and the lock is taken, the error is errBusy.
// A process that has held it for longer than Options.LockTimeout is ignored, if it cannot be
// in the middle of a refresh without the sending lock; otherwise the error is ErrStopped. Any
// other error means that there are no locks (a read-only directory, a file system without
// them), or that ctx is done.
func (s *Source) lockTurn(ctx context.Context, brief bool) (unlock func(), err error) {
	if brief {
		return s.tryLock(ctx, s.turnLock(), briefWait)
	}
	unlock, err = s.lockUnlessStuck(ctx, s.turnLock(), s.opts.LockTimeout)
	if !errors.Is(err, errBusy) || ctx.Err() != nil {
		return unlock, err
	}
	if _, ok := s.opts.TokenCache.(tokencache.SendLocker); !ok {
		return nil, ErrStopped
	}
	s.warnf("refresh %s: going on without the lock: the process that holds it seems to be stuck", s.sessionName())
	return func() {}, nil
}

// lockSending takes the lock that is held while a refresh token is sent and its successor
// stored. One live process at a time holds it, even if the turn lock was ignored. waited is
// how long the caller waited for the turn lock; a process that held the sending lock all that
// time gets no more. Errors are those of lockTurn.
func (s *Source) lockSending(ctx context.Context, brief bool, waited time.Duration) (unlock func(), err error) {
	cache, ok := s.opts.TokenCache.(tokencache.SendLocker)
	if !ok {
		return func() {}, nil // the turn lock is held, and is never ignored
	}
	l := lock{take: cache.LockSending, since: cache.SendingSince}
	if brief {
		return s.tryLock(ctx, l, briefWait)
	}
	wait := s.opts.LockTimeout - min(waited, s.heldFor(ctx, l))
	unlock, err = s.lockUnlessStuck(ctx, l, max(wait, briefWait))
	if errors.Is(err, errBusy) && ctx.Err() == nil {
		return nil, ErrStopped
	}
	return unlock, err
}

// lockUnlessStuck takes a lock. It fails with errBusy when one process has held the lock for
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

// tryLock takes a lock if it is free within wait. unlock may be called more than once.
func (s *Source) tryLock(ctx context.Context, l lock, wait time.Duration) (unlock func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	unlock, err = l.take(ctx, s.key())
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return nil, errBusy
	case err != nil:
		return nil, err
	case unlock == nil: // a cache without locks
		return func() {}, nil
	}
	return sync.OnceFunc(unlock), nil
}

// heldFor returns how long the current holder has held the lock, 0 if that is unknown:
// many holders that take turns must not count as one that is stuck.
func (s *Source) heldFor(ctx context.Context, l lock) time.Duration {
	if l.since == nil {
		return 0
	}
	since, err := l.since(ctx, s.key())
	if err != nil {
		return 0
	}
	return max(0, time.Since(since)) // by the clock of the file system
}
