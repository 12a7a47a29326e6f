package ssotoken

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/latchkey-sso/latchkey/tokencache"
)

// load returns the newest token from the cache or memory.
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
		what := "the stored token"
		if invalid.Path != "" {
			what = "the token file " + invalid.Path
		}
		return nil, s.loginRequired(err, "%s is damaged: %s", what, invalid.Reason)
	}
	return nil, fmt.Errorf("ssotoken: load token of %s: %w", s.sessionName(), err)
}

// store stores next, the result of refreshing old, and returns the token to use. If next cannot be
// stored, it is kept in memory. store does not overwrite a fresh token, which may be a new sign-in,
// and does not write after a sign-out.
func (s *Source) store(ctx context.Context, old, next *tokencache.Token) *tokencache.Token {
	switch now, err := s.load(ctx); {
	case errors.Is(err, tokencache.ErrNotFound):
		s.debugf("refresh %s: not storing the token: signed out during the refresh", s.sessionName())
		return next
	case err == nil && now.AccessToken != old.AccessToken && s.fresh(now):
		s.debugf("refresh %s: using the token that another tool has stored", s.sessionName())
		return now
	}
	err := s.storeRefreshed(ctx, s.session.redeemed(old), next)
	switch {
	case err == nil:
		s.session.saved()
		s.share(ctx, next)
		s.debugf("refresh %s: stored, valid until %s", s.sessionName(), next.ExpiresAt.Format(time.RFC3339))
	case errors.Is(err, tokencache.ErrReplaced), errors.Is(err, tokencache.ErrNotFound):
		s.debugf("refresh %s: not storing the token: %v", s.sessionName(), err)
		if now := s.replacement(ctx, old); now != nil {
			return now
		}
	default:
		s.session.keep(next, old, s.opts.Now().Add(retryPause))
		s.warnOnce(cacheWarning, "the refreshed token of %s is kept in memory only: %v", s.sessionName(), err)
	}
	return next
}

// storeRefreshed stores a refreshed token. A cache that can compare stores it only in place of the
// token with the refresh token redeemed.
func (s *Source) storeRefreshed(ctx context.Context, redeemed tokencache.Secret, next *tokencache.Token) error {
	if cache, ok := s.opts.TokenCache.(tokencache.CompareAndStorer); ok {
		return cache.CompareAndStore(ctx, s.key(), redeemed, next)
	}
	return s.opts.TokenCache.Store(ctx, s.key(), next)
}

// saveUnsaved tries again to store a token that could not be stored. Until then, other processes
// read a consumed refresh token from the cache.
func (s *Source) saveUnsaved(ctx context.Context) {
	unsaved := s.session.toSave(s.opts.Now())
	if unsaved == nil {
		return
	}
	unlock, err := s.lockRefresh(ctx, true)
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
	if s.storeRefreshed(ctx, unsaved.redeemed, unsaved.token) == nil {
		s.session.saved()
		s.share(ctx, unsaved.token)
		s.debugf("stored the unsaved token of %s", s.sessionName())
	}
}

// share gives other tools the access token, if the session shares it.
func (s *Source) share(ctx context.Context, tok *tokencache.Token) {
	if err := s.opts.copy.Update(ctx, tok, s.opts.Now()); err != nil {
		s.warnOnce(shareWarning, "%v", err)
	}
}

// checkWritable returns an error if the token cache cannot store a token now. A cache without
// WriteChecker counts as writable.
func (s *Source) checkWritable(ctx context.Context) error {
	checker, ok := s.opts.TokenCache.(tokencache.WriteChecker)
	if !ok {
		return nil
	}
	return checker.CheckWritable(ctx, s.key())
}

// warnOpenCache warns if other users can write to the token cache.
func (s *Source) warnOpenCache(ctx context.Context) {
	cache, ok := s.opts.TokenCache.(tokencache.PrivacyChecker)
	if !ok || !s.session.firstWarning(openCacheWarning) {
		return
	}
	if err := cache.CheckPrivate(ctx); err != nil {
		s.warnf("%v", err)
	}
}
