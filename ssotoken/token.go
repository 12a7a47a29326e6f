package ssotoken

import (
	"context"
	"errors"
	"time"

	"github.com/latchkey-sso/latchkey/internal/flight"
	"github.com/latchkey-sso/latchkey/tokencache"
)

const (
	// tokenWindow is how long before its expiry a token is refreshed, as in the AWS SDKs for
	// JavaScript, Rust and Kotlin.
	tokenWindow = 5 * time.Minute

	// retryPause is the minimum time between attempts to refresh a valid token.
	retryPause = 30 * time.Second

	// callTimeout is the time limit of a request, including retries.
	callTimeout = 20 * time.Second
)

// token returns a valid token, and refreshes it first if it is due.
//
// If the token has expired, the cache is read four times: here, without the lock; under the lock,
// since another process may have refreshed the token; right before the request is sent, since
// other tools use no lock; and before the new token is stored, to not overwrite a new sign-in or
// undo a sign-out.
func (s *Source) token(ctx context.Context) (*tokencache.Token, error) {
	tok, err := flight.Read(ctx, s.session.reads, s.name("load token of"), func() (*tokencache.Token, error) {
		s.saveUnsaved(ctx)
		return s.load(context.WithoutCancel(ctx)) // flight.Read respects ctx
	})
	if err != nil {
		return s.lastToken(ctx, err)
	}
	s.session.remember(tok)
	switch {
	case s.fresh(tok):
		return tok, nil
	case s.valid(tok) && (!s.refreshable(tok) || s.session.isPaused(s.opts.Now())):
		return tok, nil
	case !s.refreshable(tok):
		return nil, s.notRefreshable(tok)
	}
	tok, err = flight.Do(ctx, &s.session.flights, s.name("refresh"), func(ctx context.Context) (*tokencache.Token, error) {
		return s.refresh(ctx, tok)
	})
	if err == nil {
		s.session.remember(tok)
	}
	return tok, err
}

// lastToken returns the token that was loaded before the cache failed with err, while it is valid. It
// returns err if the user must sign in, or ctx is done.
func (s *Source) lastToken(ctx context.Context, err error) (*tokencache.Token, error) {
	var required *LoginRequiredError
	if errors.As(err, &required) {
		s.session.remember(nil)
		return nil, err
	}
	tok := s.session.remembered()
	if tok == nil || !s.valid(tok) || ctx.Err() != nil {
		return nil, err
	}
	s.warnOnce(unreadableWarning, "using the token of %s in memory until %s: %v", s.sessionName(), tok.ExpiresAt.Format(time.RFC3339), err)
	return tok, nil
}
