package login

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/latchkey-sso/latchkey/tokencache"
)

const (
	// approvalTimeout is how long the user has to approve a sign-in, as in the AWS CLI,
	// including a second attempt or flow.
	approvalTimeout = 10 * time.Minute

	// signInLimit is longer than any sign-in takes. A process that holds the lock for longer
	// is stuck.
	signInLimit = approvalTimeout + 2*time.Minute

	// lateLock is how long a busy machine may take to acquire a free lock. Such a lock still has
	// the age of its last holder, so it may look stuck.
	lateLock = 5 * time.Second
)

var errStuck = errors.New("the process that is signing in is stuck")

// turn waits until no other process is signing in to the session, or until that process seems
// stuck. If it signed in meanwhile, turn returns its token.
func (s *signIn) turn(ctx context.Context) (*tokencache.Token, func(), error) {
	// Not the token's lock: a refresh must not wait for a user.
	key := "login " + s.session.CacheKey()
	before := s.accessToken(ctx)
	at, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
	unlock, err := s.opts.TokenCache.Lock(at, key)
	busy := errors.Is(err, context.DeadlineExceeded)
	cancel()
	switch {
	case ctx.Err() != nil:
		return nil, nil, ctx.Err()
	case err == nil:
		return nil, unlock, nil
	case !busy:
		s.warnf("signing in without a lock: %v", err)
		return nil, func() {}, nil
	}
	switch unlock, err = s.awaitTurn(ctx, key); {
	case errors.Is(err, errStuck):
		s.warnf("another process has been signing in to the same session for too long and seems to be stuck: signing in without waiting for it")
		unlock = func() {}
	case err != nil:
		return nil, nil, fmt.Errorf("login: wait for another sign-in: %w", err)
	}
	tok, err := s.opts.TokenCache.Load(ctx, s.session.CacheKey())
	if err == nil && tok.AccessToken != before && !tok.Expired(s.opts.Now()) {
		return tok, unlock, nil
	}
	return nil, unlock, nil
}

// awaitTurn locks key. It fails with errStuck if a process holds the lock longer than signInLimit.
func (s *signIn) awaitTurn(ctx context.Context, key string) (unlock func(), err error) {
	held, _ := s.heldFor(ctx, key)
	if s.ui.Waiting != nil && held < signInLimit {
		s.ui.Waiting(signInLimit - held)
	}
	for {
		at, cancel := context.WithTimeout(ctx, max(signInLimit-held, lateLock))
		unlock, err = s.opts.TokenCache.Lock(at, key)
		cancel()
		if ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded) {
			return unlock, err
		}
		var known bool
		if held, known = s.heldFor(ctx, key); !known || held >= signInLimit {
			return nil, errStuck
		} // another process has taken the lock, with its own time limit
	}
}

// heldFor returns how long a process has held the lock of key, if the cache knows.
func (s *signIn) heldFor(ctx context.Context, key string) (held time.Duration, known bool) {
	cache, ok := s.opts.TokenCache.(tokencache.LockAger)
	if !ok {
		return 0, false
	}
	since, err := cache.LockedSince(ctx, key)
	if err != nil {
		return 0, false
	}
	held = time.Since(since) // not Options.Now: file times are real
	return max(held, 0), held >= 0
}

func (s *signIn) accessToken(ctx context.Context) tokencache.Secret {
	tok, err := s.opts.TokenCache.Load(ctx, s.session.CacheKey())
	if err != nil {
		return ""
	}
	return tok.AccessToken
}
