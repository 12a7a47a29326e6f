package ssotoken

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/latchkey-sso/latchkey/internal/awserr"
	"github.com/latchkey-sso/latchkey/internal/flight"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/ssooidc"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// waits are durations in real time. Tests shorten them.
type waits struct {
	// adopt is how long to poll, after a rejected refresh, for the token of a process that
	// used the refresh token first and may not have stored its new token yet.
	adopt time.Duration

	// arrive is how long a request of a killed process may take to reach the server.
	arrive time.Duration

	// call is the time limit of CreateToken, including retries.
	call time.Duration
}

func defaultWaits() waits {
	return waits{adopt: 2 * time.Second, arrive: 2500 * time.Millisecond, call: callTimeout}
}

// refresh replaces seen, the token in the cache, unless another process has done so before this
// one acquires the lock.
func (s *Source) refresh(ctx context.Context, seen *tokencache.Token) (*tokencache.Token, error) {
	began := s.opts.Now()
	unlock, lockErr := s.lockRefresh(ctx, s.valid(seen)) // wait only briefly while the token is valid
	switch {
	case lockErr == nil:
	case ctx.Err() != nil:
		return nil, s.timeout()
	case errors.Is(lockErr, errBusy): // the token is still valid
		s.pause()
		return seen, nil
	case errors.Is(lockErr, ErrStopped):
		return nil, fmt.Errorf("ssotoken: refresh %s: %w", s.sessionName(), lockErr)
	default:
		unlock = func() {}
	}
	defer unlock()
	tok, err := s.load(ctx)
	if err != nil {
		return nil, err
	}
	switch {
	case s.fresh(tok), s.valid(tok) && tok.AccessToken != seen.AccessToken:
		s.debugf("refresh %s: done by another process", s.sessionName())
		return tok, nil
	case !s.refreshable(tok) && s.valid(tok):
		return tok, nil
	case !s.refreshable(tok):
		return nil, s.notRefreshable(tok)
	}
	next, err := s.refreshLocked(ctx, tok, began, lockErr)
	if err == nil {
		if !s.fresh(next) {
			s.pause() // the server issues tokens with a shorter lifetime
		}
		return next, nil
	}
	unlock() // fallback may poll, and stores nothing
	if (errors.Is(err, errReplaced) || errors.Is(err, errLockLost)) && s.replacement(ctx, tok) == nil {
		return s.refresh(ctx, seen) // with the new refresh token in the cache, or the new holder
	}
	return s.fallback(ctx, tok, err)
}

// refreshLocked refreshes tok under the refresh lock. lockErr is not nil if locking failed.
func (s *Source) refreshLocked(ctx context.Context, tok *tokencache.Token, began time.Time, lockErr error) (*tokencache.Token, error) {
	s.warnOpenCache(ctx)
	if err := s.recentFailure(ctx, tok.RefreshToken, began); err != nil {
		return nil, err
	}
	err := s.checkWritable(ctx)
	switch {
	case err != nil && s.valid(tok):
		// A refresh would consume the refresh token that other processes still read from
		// the cache. Take that risk only once the token has expired.
		s.debugf("refresh %s: postponed, since the new token could not be stored: %v", s.sessionName(), err)
		return tok, nil
	case err == nil && lockErr != nil:
		s.warnOnce(lockWarning, "refresh %s: continuing without the lock: %v", s.sessionName(), lockErr)
	}
	return s.redeemRefreshToken(ctx, tok, began)
}

// fallback returns a token to use after a refresh has failed: one that another tool has stored, or
// the old token while it is valid. Otherwise it returns the error for the caller.
func (s *Source) fallback(ctx context.Context, tok *tokencache.Token, err error) (*tokencache.Token, error) {
	if next := s.replacement(ctx, tok); next != nil {
		return next, nil
	}
	if s.valid(tok) {
		s.pause()
		if !errors.Is(err, errBusy) {
			s.warnf("refresh %s: keeping the token until %s: %v", s.sessionName(), tok.ExpiresAt.Format(time.RFC3339), err)
		}
		return tok, nil
	}
	var (
		required *LoginRequiredError
		conf     *profile.Error // from making the client; complete as it is
		rejected *rejectedError
	)
	switch {
	case errors.As(err, &required):
		return nil, required
	case errors.As(err, &conf):
		return nil, conf
	case errors.Is(err, flight.ErrTimeout):
		return nil, s.timeout()
	case !errors.As(err, &rejected):
		return nil, fmt.Errorf("ssotoken: refresh %s%s: %w", s.sessionName(), awserr.ClockSkew(s.opts.Now(), err), err)
	}
	if used := (*ssooidc.InvalidGrantException)(nil); errors.As(err, &used) { // perhaps by another tool
		if next := s.awaitReplacement(ctx, tok, rejected.since.Add(s.opts.waits.adopt)); next != nil {
			return next, nil
		}
	}
	return nil, s.loginRequired(err, "Identity Center no longer accepts the refresh token: %s%s",
		rejected.summary(), awserr.ClockSkew(s.opts.Now(), err))
}

// pause postpones the next refresh of a token that is still valid.
func (s *Source) pause() { s.session.pause(s.opts.Now().Add(retryPause)) }

func (s *Source) timeout() error {
	name := s.name("refresh")
	return flight.TimeoutError(name.Package, name.Call)
}
