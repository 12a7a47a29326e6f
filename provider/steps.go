package provider

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/smithy-go/logging"

	"github.com/latchkey-sso/latchkey/internal/ssoclient"
	"github.com/latchkey-sso/latchkey/tokencache"
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

// ErrStopped says that another process has been in the middle of a refresh for longer
// than Options.LockTimeout: most likely it was stopped, as by Ctrl-Z. Nobody can take
// its place, since its refresh token may be used up. It has to go on or be ended.
var ErrStopped = errors.New("another process stopped in the middle of a refresh")

// lock is a lock of the sign-in.
type lock struct {
	take  func(ctx context.Context, key string) (unlock func(), err error)
	since func(ctx context.Context, key string) (time.Time, error) // when it was taken; nil if nobody can tell
}

// turnLock makes those who want to refresh take turns.
func (p *Provider) turnLock() lock {
	l := lock{take: p.opts.TokenCache.Lock}
	if cache, ok := p.opts.TokenCache.(tokencache.LockAger); ok {
		l.since = cache.LockedSince
	}
	return l
}

// lockTurn takes the cross-process lock of the sign-in, only if it is free if brief is
// true: the error is errBusy if it is not. A process that has held it for longer than
// Options.LockTimeout is passed by, if that cannot be in the middle of a refresh
// without holding the second lock too. Otherwise the error is ErrStopped. Any other
// error means that there are no locks here (a read-only directory, a file system
// without), or that ctx has ended.
func (p *Provider) lockTurn(ctx context.Context, brief bool) (unlock func(), err error) {
	if brief {
		return p.tryLock(ctx, p.turnLock(), briefWait)
	}
	unlock, err = p.lockUnlessStuck(ctx, p.turnLock(), p.opts.LockTimeout)
	if !errors.Is(err, errBusy) || ctx.Err() != nil {
		return unlock, err
	}
	if _, ok := p.opts.TokenCache.(tokencache.SendLocker); !ok {
		return nil, ErrStopped
	}
	p.warnf("refresh %s: going on without the lock: the process that holds it seems to be stuck", p.sessionName())
	return func() {}, nil
}

// lockSending takes the lock that is held while a refresh token is sent and its
// successor stored. Of the processes that live, one at a time sends, also when another
// has passed it by. waited is how long the caller has waited for its turn: who held this
// lock all the time is not given more. Errors are those of lockTurn.
func (p *Provider) lockSending(ctx context.Context, brief bool, waited time.Duration) (unlock func(), err error) {
	cache, ok := p.opts.TokenCache.(tokencache.SendLocker)
	if !ok {
		return func() {}, nil // the other lock is held, and nobody is passed by
	}
	l := lock{take: cache.LockSending, since: cache.SendingSince}
	if brief {
		return p.tryLock(ctx, l, briefWait)
	}
	wait := p.opts.LockTimeout - min(waited, p.heldFor(ctx, l))
	unlock, err = p.lockUnlessStuck(ctx, l, max(wait, briefWait))
	if errors.Is(err, errBusy) && ctx.Err() == nil {
		return nil, ErrStopped
	}
	return unlock, err
}

// lockUnlessStuck takes a lock. It fails with errBusy when one process has held it for
// longer than Options.LockTimeout, and not before wait has passed; who comes after that
// process is given as long.
func (p *Provider) lockUnlessStuck(ctx context.Context, l lock, wait time.Duration) (unlock func(), err error) {
	for {
		unlock, err = p.tryLock(ctx, l, wait)
		if !errors.Is(err, errBusy) || ctx.Err() != nil {
			return unlock, err
		}
		if wait = p.opts.LockTimeout - p.heldFor(ctx, l); wait <= 0 {
			return nil, errBusy
		}
	}
}

// tryLock takes a lock if it is free within so long.
func (p *Provider) tryLock(ctx context.Context, l lock, wait time.Duration) (unlock func(), err error) {
	at, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	unlock, err = l.take(at, p.profile.Session.CacheKey())
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return nil, errBusy
	case err == nil && unlock == nil: // a cache without locks
		return func() {}, nil
	}
	return unlock, err
}

// heldFor returns how long the current holder has held the lock, 0 if that is unknown:
// many holders that take turns must not count as one that is stuck.
func (p *Provider) heldFor(ctx context.Context, l lock) time.Duration {
	if l.since == nil {
		return 0
	}
	since, err := l.since(ctx, p.profile.Session.CacheKey())
	if err != nil {
		return 0
	}
	return max(0, time.Since(since)) // by the clock that the file's time is of
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
	case err == nil && unlock != nil:
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
	checker, ok := p.opts.TokenCache.(tokencache.WriteChecker)
	if !ok {
		return nil
	}
	return checker.CheckWritable(ctx, p.profile.Session.CacheKey())
}

// warnOpen warns about a token cache that other users can put files into.
func (p *Provider) warnOpen(ctx context.Context) {
	cache, ok := p.opts.TokenCache.(tokencache.PrivacyChecker)
	if !ok || !p.session.firstWarning(openCache) {
		return
	}
	if err := cache.CheckPrivate(ctx); err != nil {
		p.warnf("%v", err)
	}
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
	openCache    = "open cache"
)

// warnPlainHTTP warns about an endpoint to which tokens travel unencrypted. It is not
// refused: an emulator in a container has no certificate.
func (p *Provider) warnPlainHTTP(endpoint string) {
	if host := ssoclient.PlainHTTPHost(endpoint); host != "" {
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
