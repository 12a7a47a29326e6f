package ssotoken

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/latchkey-sso/latchkey/tokencache"
)

// load returns the newest token, from the cache or from memory.
func (s *Source) load(ctx context.Context) (*tokencache.Token, error) {
	tok, err := s.opts.TokenCache.Load(ctx, s.key())
	if err != nil {
		tok = nil
	}
	missing := errors.Is(err, tokencache.ErrNotFound)
	if tok = s.session.newest(tok, missing); tok != nil {
		return tok, nil
	}
	var invalid *tokencache.InvalidError
	switch {
	case err == nil:
		return nil, fmt.Errorf("ssotoken: load token of %s: the token cache returned neither a token nor an error", s.sessionName())
	case missing:
		return nil, s.loginRequired(err, "not signed in")
	case errors.As(err, &invalid):
		return nil, s.loginRequired(err, "the token file %s is damaged: %s", invalid.Path, invalid.Reason)
	}
	return nil, fmt.Errorf("ssotoken: load token of %s: %w", s.sessionName(), err)
}

// store writes next, the result of refreshing old, to the cache and returns the token to use.
// A token that cannot be written is not lost: it stays in memory. What a tool without a lock,
// or the user, has done to the cache meanwhile stays: a fresh token may be a new sign-in, and
// no token is a sign-out.
func (s *Source) store(ctx context.Context, old, next *tokencache.Token) *tokencache.Token {
	switch now, err := s.load(ctx); {
	case errors.Is(err, tokencache.ErrNotFound):
		s.debugf("refresh %s: signed out meanwhile, not storing the token", s.sessionName())
		return next
	case err == nil && now.AccessToken != old.AccessToken && s.fresh(now):
		s.debugf("refresh %s: using the token that another tool has stored", s.sessionName())
		return now
	}
	if err := s.opts.TokenCache.Store(ctx, s.key(), next); err != nil {
		s.session.keep(next, old.AccessToken, s.opts.Now().Add(retryPause))
		s.warnOnce(tokenTrouble, "the refreshed token of %s is kept in memory only: %v", s.sessionName(), err)
		return next
	}
	s.session.saved()
	s.debugf("refresh %s: stored, valid until %s", s.sessionName(), next.ExpiresAt.Format(time.RFC3339))
	return next
}

// saveUnsaved tries again to store a token that the cache could not take. Until then every
// other process reads a token that is used up.
func (s *Source) saveUnsaved(ctx context.Context) {
	unsaved := s.session.toSave(s.opts.Now())
	if unsaved == nil {
		return
	}
	unlock, err := s.lockTurn(ctx, true)
	switch {
	case errors.Is(err, errBusy):
		return
	case err == nil:
		defer unlock()
	}
	stored, err := s.opts.TokenCache.Load(ctx, s.key())
	if err != nil || stored == nil || stored.AccessToken != unsaved.base {
		return
	}
	if s.opts.TokenCache.Store(ctx, s.key(), unsaved.token) == nil {
		s.session.saved()
		s.debugf("the token of %s is stored now", s.sessionName())
	}
}

// checkWritable reports whether the token cache could store a token now. A cache that cannot
// tell counts as writable.
func (s *Source) checkWritable(ctx context.Context) error {
	checker, ok := s.opts.TokenCache.(tokencache.WriteChecker)
	if !ok {
		return nil
	}
	return checker.CheckWritable(ctx, s.key())
}

// warnOpenCache warns about a token cache that other users can put files into.
func (s *Source) warnOpenCache(ctx context.Context) {
	cache, ok := s.opts.TokenCache.(tokencache.PrivacyChecker)
	if !ok || !s.session.firstWarning(openCache) {
		return
	}
	if err := cache.CheckPrivate(ctx); err != nil {
		s.warnf("%v", err)
	}
}
