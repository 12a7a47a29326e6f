package provider

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/smithy-go/logging"

	"github.com/latchkey-sso/latchkey/internal/connect"
)

const (
	// briefWait is for a lock that can be done without: what is at hand is still
	// valid.
	briefWait = 100 * time.Millisecond

	// roleLockWait bounds the wait for the lock of a role. Without it a request is
	// sent twice, and nothing worse.
	roleLockWait = 10 * time.Second
)

// errBusy says that another process holds a lock.
var errBusy = errors.New("another process is at it")

// lockToken takes the cross-process lock of the sign-in. When one process has held it
// for longer than Options.LockTimeout, it is passed by, under a second lock: those who
// pass it by must not all refresh at once either. lockToken fails with errBusy when
// that one is stuck too. Any other error means that there are no locks here (a
// read-only directory, a file system without), or that ctx has ended.
func (p *Provider) lockToken(ctx context.Context) (unlock func(), err error) {
	key := p.profile.Session.CacheKey()
	unlock, err = p.lockUnlessStuck(ctx, key)
	if !errors.Is(err, errBusy) || ctx.Err() != nil {
		return unlock, err
	}
	p.warnf("refresh %s: going on without the lock: the process that holds it seems to be stuck", p.sessionName())
	return p.lockUnlessStuck(ctx, "pass by "+key)
}

// lockUnlessStuck takes the lock of key. It fails with errBusy when one process has
// held it for longer than Options.LockTimeout; who comes after that one is given its
// own time.
func (p *Provider) lockUnlessStuck(ctx context.Context, key string) (unlock func(), err error) {
	for wait := p.opts.LockTimeout; ; {
		unlock, err = p.tryLock(ctx, key, wait)
		if !errors.Is(err, errBusy) || ctx.Err() != nil {
			return unlock, err
		}
		if wait = p.opts.LockTimeout - p.heldFor(ctx, key); wait <= 0 {
			return nil, errBusy
		}
	}
}

// tryLockToken takes the lock of the sign-in if it is free within so long.
func (p *Provider) tryLockToken(ctx context.Context, wait time.Duration) (unlock func(), err error) {
	return p.tryLock(ctx, p.profile.Session.CacheKey(), wait)
}

func (p *Provider) tryLock(ctx context.Context, key string, wait time.Duration) (unlock func(), err error) {
	at, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	unlock, err = p.opts.TokenCache.Lock(at, key)
	if errors.Is(err, context.DeadlineExceeded) {
		return nil, errBusy
	}
	return unlock, err
}

// heldFor returns how long the process that holds the lock of key has held it. A cache
// that cannot tell has it be for ever.
func (p *Provider) heldFor(ctx context.Context, key string) time.Duration {
	const forEver = 1<<63 - 1
	cache, ok := p.opts.TokenCache.(interface {
		LockedSince(ctx context.Context, key string) (time.Time, error)
	})
	if !ok {
		return forEver
	}
	since, err := cache.LockedSince(ctx, key)
	if err != nil {
		return forEver
	}
	return time.Since(since) // by the clock that the file's time is of
}

// lockRole takes the cross-process lock of the role. Without it the work goes on,
// unless there are credentials to go on with: then the error is errBusy.
func (p *Provider) lockRole(ctx context.Context, haveOld bool) (unlock func(), err error) {
	wait := min(roleLockWait, p.opts.LockTimeout)
	if haveOld {
		wait = briefWait
	}
	at, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	unlock, err = p.opts.RoleCache.Lock(at, roleKey(p.profile))
	switch {
	case err == nil:
		return unlock, nil
	case errors.Is(err, context.DeadlineExceeded) && haveOld:
		return nil, errBusy
	case errors.Is(err, context.DeadlineExceeded):
		p.warnf("role credentials: going on without the lock: %v", errBusy)
	default:
		// Either the credentials cannot be stored, which will be said then, or the
		// file system has no locks, which costs a request.
		p.debugf("role credentials: going on without the lock: %v", err)
	}
	return func() {}, nil
}

// checkWritable tells whether the token cache could store a token now. A cache
// that cannot tell is taken to be writable.
func (p *Provider) checkWritable(ctx context.Context) error {
	checker, ok := p.opts.TokenCache.(interface {
		CheckWritable(ctx context.Context, key string) error
	})
	if !ok {
		return nil
	}
	return checker.CheckWritable(ctx, p.profile.Session.CacheKey())
}

// sessionName names the sign-in in logs and errors.
func (p *Provider) sessionName() string {
	if name := p.profile.Session.Name; name != "" {
		return fmt.Sprintf("sso-session %q", name)
	}
	return fmt.Sprintf("the sign-in at %s", p.profile.Session.StartURL)
}

// What is warned about once for a sign-in: what stays broken is not worth a line
// per call. A home directory that cannot be written shows in both caches; where
// it was said of the token, the role credentials go without saying.
const (
	tokenTrouble = "token cache"
	roleTrouble  = "role cache"
	lockTrouble  = "locks"
	plainHTTP    = "plain http"
)

// warnPlainHTTP warns about an endpoint to which tokens travel unencrypted. It is not
// refused: an emulator in a container has no certificate.
func (p *Provider) warnPlainHTTP(endpoint string) {
	if host := connect.PlainHTTPHost(endpoint); host != "" {
		p.warnOnce(plainHTTP, "the tokens of %s are sent to %s unencrypted, over plain http", p.sessionName(), host)
	}
}

func (p *Provider) warnOnce(what, format string, args ...any) {
	if p.session.firstWarning(what) {
		p.warnf(format, args...)
	}
}

func (p *Provider) warnf(format string, args ...any) {
	p.settings().Logger.Logf(logging.Warn, format, args...)
}

func (p *Provider) debugf(format string, args ...any) {
	p.settings().Logger.Logf(logging.Debug, format, args...)
}
