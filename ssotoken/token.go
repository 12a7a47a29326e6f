package ssotoken

import (
	"context"
	"time"

	"github.com/latchkey-sso/latchkey/internal/flight"
	"github.com/latchkey-sso/latchkey/tokencache"
)

const (
	// tokenWindow is how long before it expires the token is refreshed, as in the
	// JavaScript, Rust and Kotlin SDKs.
	tokenWindow = 5 * time.Minute

	// retryPause is the least time between attempts to refresh a token that is still valid.
	retryPause = 30 * time.Second

	// callTimeout bounds one request, its retries included.
	callTimeout = 20 * time.Second
)

// token returns a valid token, refreshed if that is due.
//
// On an expired token it reads the cache four times, each for a reason: here, without a lock;
// under the lock, since another process may have refreshed it while this one waited; right
// before the request is sent, for the tools that take no lock; and before the new token is
// stored, so that it overwrites neither a new sign-in nor a sign-out.
func (s *Source) token(ctx context.Context) (*tokencache.Token, error) {
	tok, err := flight.Read(ctx, s.session.reads, s.name("load token of"), func() (*tokencache.Token, error) {
		s.saveUnsaved(ctx)
		return s.load(context.WithoutCancel(ctx)) // flight.Read is the bound
	})
	if err != nil {
		return nil, err
	}
	switch {
	case s.fresh(tok):
		return tok, nil
	case s.valid(tok) && (!s.refreshable(tok) || s.session.isPaused(s.opts.Now())):
		return tok, nil
	case !s.refreshable(tok):
		return nil, s.notRefreshable(tok)
	}
	return flight.Do(ctx, &s.session.flights, s.name("refresh"), func(ctx context.Context) (*tokencache.Token, error) {
		return s.refresh(ctx, tok)
	})
}
