package ssotoken

import (
	"time"

	"github.com/latchkey-sso/latchkey/tokencache"
)

// valid reports whether the token has neither expired nor been rejected by the server.
func (s *Source) valid(tok *tokencache.Token) bool {
	now := s.opts.Now()
	return !tok.Expired(now) && !s.session.isRejected(tok.AccessToken) && !s.session.hasExpired(tok, now)
}

// fresh reports whether the token is valid and not yet due for a refresh.
func (s *Source) fresh(tok *tokencache.Token) bool {
	return s.valid(tok) && !tok.Expired(s.opts.Now().Add(tokenWindow))
}

// refreshable reports whether the token can be refreshed. Tokens of legacy profiles cannot.
func (s *Source) refreshable(tok *tokencache.Token) bool {
	return s.signIn.Session.Refreshable() && tok.Refreshable(s.opts.Now())
}

// notRefreshable returns the error for a token that is not valid and cannot be refreshed.
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
		return s.loginRequired(nil, "%s, and the token has no client registration", reason)
	}
	return s.loginRequired(nil, "%s, and its client registration at %s", reason, tok.RegistrationExpiresAt.Format(time.RFC3339))
}
