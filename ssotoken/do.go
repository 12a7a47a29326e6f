package ssotoken

import (
	"context"
	"errors"

	"github.com/latchkey-sso/latchkey/internal/awserr"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// Do calls fn, which makes a request to the Identity Center portal, with tok, a token from
// [Source.Token]. If the error of fn says that the portal rejected the token, Do calls fn once
// more with a new token: one that another process has stored since, or else a refreshed one. Do
// does not refresh a token that is less than 30 seconds old, since the portal would reject the
// next one too.
//
// Do returns the token of the last call. The error is the error of fn or of Token, or a
// *[LoginRequiredError] if the portal rejects the new token too.
func (s *Source) Do(ctx context.Context, tok *tokencache.Token, fn func(*tokencache.Token) error) (*tokencache.Token, error) {
	s.warnPlainHTTP(s.signIn.Endpoints.SSO)
	err := fn(tok)
	if !awserr.RejectsToken(err) {
		return tok, err
	}
	next, nextErr := s.replace(ctx, tok)
	if nextErr != nil {
		return nil, s.forProfile(nextErr)
	}
	if next != nil {
		if err = fn(next); !awserr.RejectsToken(err) {
			return next, err
		}
		s.reject(next)
	}
	return nil, s.loginRequired(err, "Identity Center no longer accepts the sign-in%s", awserr.ClockSkew(s.opts.Now(), err))
}

// replace returns a token to use in place of tok, which the portal has rejected, or nil if tok is
// too new to be refreshed.
func (s *Source) replace(ctx context.Context, tok *tokencache.Token) (*tokencache.Token, error) {
	if next := s.replacement(ctx, tok); next != nil {
		return next, nil
	}
	if !s.reject(tok) {
		return nil, nil
	}
	s.debugf("the portal rejected the access token, getting another one")
	next, err := s.token(ctx)
	if err == nil && s.session.isRejected(next.AccessToken) {
		next, err = s.token(ctx) // joined a refresh that started before the rejection
	}
	return next, err
}

// reject records that the portal rejected tok, unless this process obtained tok within the last
// 30 seconds. It reports whether it did.
func (s *Source) reject(tok *tokencache.Token) bool {
	if s.session.obtainedSince(tok.AccessToken, s.opts.Now().Add(-retryPause)) {
		return false
	}
	s.session.reject(tok.AccessToken)
	return true
}

// IsCurrent reports whether tok is still the token of the session. A sign-out, a new sign-in or a
// refresh replaces it. If the cache cannot be read, tok counts as current.
func (s *Source) IsCurrent(ctx context.Context, tok *tokencache.Token) bool {
	now, err := s.load(ctx)
	if err != nil {
		var required *LoginRequiredError
		return !errors.As(err, &required)
	}
	return now.AccessToken == tok.AccessToken
}

// Unsaved reports whether the token is only in memory because the cache could not be written.
func (s *Source) Unsaved() bool { return s.session.hasUnsaved() }

// Cache returns the token cache that the Source uses.
func (s *Source) Cache() tokencache.Cache { return s.opts.TokenCache }
