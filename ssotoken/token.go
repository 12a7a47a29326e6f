package ssotoken

import (
	"context"
	"errors"
	"fmt"
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

// valid reports whether the token can be used: it has not expired and the server has not
// rejected it.
func (s *Source) valid(tok *tokencache.Token) bool {
	now := s.opts.Now()
	return !tok.Expired(now) && !s.session.isRejected(tok.AccessToken) && !s.session.hasExpired(tok, now)
}

// fresh reports whether the token is valid and not yet due for a refresh.
func (s *Source) fresh(tok *tokencache.Token) bool {
	return s.valid(tok) && !tok.Expired(s.opts.Now().Add(tokenWindow))
}

// refreshable reports whether a refresh can be tried. No AWS tool refreshes the token of a
// legacy profile.
func (s *Source) refreshable(tok *tokencache.Token) bool {
	return s.signIn.Session.Refreshable() && tok.Refreshable(s.opts.Now())
}

// notRefreshable returns the error about a token that is not valid and cannot be refreshed.
func (s *Source) notRefreshable(tok *tokencache.Token) error {
	reason := "the sign-in expired at " + tok.ExpiresAt.Format(time.RFC3339)
	if !tok.Expired(s.opts.Now()) {
		reason = "Identity Center no longer accepts the sign-in"
	}
	switch {
	case !s.signIn.Session.Refreshable():
		return s.loginRequired(nil, "%s, and a sign-in without sso_session cannot be refreshed", reason)
	case tok.RefreshToken == "":
		return s.loginRequired(nil, "%s, and there is no refresh token", reason)
	case tok.ClientID == "" || tok.ClientSecret == "":
		return s.loginRequired(nil, "%s, and the token file names no client to refresh it with", reason)
	}
	return s.loginRequired(nil, "%s, and its client registration at %s", reason, tok.RegistrationExpiresAt.Format(time.RFC3339))
}

// name names a call about the session in errors.
func (s *Source) name(verb string) flight.Name {
	return flight.Name{Package: "ssotoken", Call: verb + " " + s.sessionName()}
}

// sessionName names the session in logs and errors.
func (s *Source) sessionName() string {
	if name := s.signIn.Session.Name; name != "" {
		return fmt.Sprintf("sso-session %q", name)
	}
	return "the sign-in at " + s.signIn.Session.StartURL
}

// own returns err as an error of this Source's profile. It may come from a call shared with
// other profiles.
func (s *Source) own(err error) error {
	var required *LoginRequiredError
	if !errors.As(err, &required) || required.Profile == s.signIn.Profile {
		return err
	}
	return required.For(s.signIn)
}
