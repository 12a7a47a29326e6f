package ssotoken

import (
	"context"
	"errors"

	"github.com/latchkey-sso/latchkey/internal/awserr"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// Do calls fn, a request to the Identity Center portal, with tok, which [Source.Token]
// returned. If the portal rejects the token, as the error of fn says, Do calls fn once more
// with another token: one that another process has stored since, or else a refreshed one. A
// token that a refresh brought within the last 30 seconds is not refreshed again, since the
// next one would fare no better.
//
// Do returns the token that fn was called with last. The error is that of fn, that of Token,
// or a *[LoginRequiredError] if the portal accepts no token.
func (s *Source) Do(ctx context.Context, tok *tokencache.Token, fn func(*tokencache.Token) error) (*tokencache.Token, error) {
	s.warnPlainHTTP(s.signIn.Endpoints.SSO)
	err := fn(tok)
	if !awserr.RejectsToken(err) {
		return tok, err
	}
	next, nextErr := s.replace(ctx, tok)
	if nextErr != nil {
		return nil, s.own(nextErr)
	}
	if next != nil {
		if err = fn(next); !awserr.RejectsToken(err) {
			return next, err
		}
		s.reject(next)
	}
	return nil, s.loginRequired(err, "Identity Center no longer accepts the sign-in%s", awserr.ClockSkew(s.opts.Now(), err))
}

// replace returns another token than tok, which the portal has rejected, or nil if tok is too
// new to be refreshed.
func (s *Source) replace(ctx context.Context, tok *tokencache.Token) (*tokencache.Token, error) {
	if next := s.replacement(ctx, tok); next != nil {
		return next, nil
	}
	if !s.reject(tok) {
		return nil, nil
	}
	s.debugf("access token rejected, looking for another")
	next, err := s.token(ctx)
	if err == nil && s.session.isRejected(next.AccessToken) {
		next, err = s.token(ctx) // joined a refresh that had begun before
	}
	return next, err
}

// reject records that the portal rejects tok, and reports whether it did: not if this process
// got tok within the last 30 seconds.
func (s *Source) reject(tok *tokencache.Token) bool {
	if s.session.obtainedSince(tok.AccessToken, s.opts.Now().Add(-retryPause)) {
		return false
	}
	s.session.reject(tok.AccessToken)
	return true
}

// IsCurrent reports whether tok is still the token of the session: not after a sign-out,
// another sign-in, or a refresh. A cache that cannot be read counts as unchanged.
func (s *Source) IsCurrent(ctx context.Context, tok *tokencache.Token) bool {
	now, err := s.load(ctx)
	if err != nil {
		var required *LoginRequiredError
		return !errors.As(err, &required)
	}
	return now.AccessToken == tok.AccessToken
}

// Unsaved reports whether the token is in memory only, because the cache could not be written.
func (s *Source) Unsaved() bool { return s.session.hasUnsaved() }

// Cache returns the token cache that the Source uses.
func (s *Source) Cache() tokencache.Cache { return s.opts.TokenCache }
