package provider

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/latchkey-sso/latchkey/tokencache"
)

const (
	// tokenWindow is how long before its end the token is refreshed, as in the
	// JavaScript, Rust and Kotlin SDKs.
	tokenWindow = 5 * time.Minute

	// retryPause is the least time between attempts to renew what is still valid.
	retryPause = 30 * time.Second

	// callTimeout bounds one request, its retries included.
	callTimeout = 20 * time.Second
)

// token returns a token that is good to use, refreshing the sign-in where that
// is due.
func (p *Provider) token(ctx context.Context) (*tokencache.Token, error) {
	tok, err := bounded(ctx, p.session.reads, "load token of "+p.sessionName(), func() (*tokencache.Token, error) {
		p.saveUnsaved(ctx)
		return p.loadToken(context.WithoutCancel(ctx)) // bounded already
	})
	if err != nil {
		return nil, err
	}
	switch {
	case p.fresh(tok):
		return tok, nil
	case p.valid(tok) && (!p.refreshable(tok) || p.session.pausedAt(p.opts.Now())):
		return tok, nil
	case !p.refreshable(tok):
		return nil, p.whyNotRefreshable(tok)
	}
	return share(ctx, &p.session.flights, "refresh "+p.sessionName(), func(ctx context.Context) (*tokencache.Token, error) {
		return p.refresh(ctx, tok)
	})
}

// loadToken returns the newest token there is, from the cache or from memory.
func (p *Provider) loadToken(ctx context.Context) (*tokencache.Token, error) {
	tok, err := p.opts.TokenCache.Load(ctx, p.profile.Session.CacheKey())
	if err != nil {
		tok = nil
	}
	missing := errors.Is(err, tokencache.ErrNotFound)
	if tok = p.session.newest(tok, missing); tok != nil {
		return tok, nil
	}
	var invalid *tokencache.InvalidError
	switch {
	case err == nil:
		return nil, fmt.Errorf("provider: load token of %s: the token cache returned neither a token nor an error", p.sessionName())
	case missing:
		return nil, loginRequired(p.profile, err, "not signed in")
	case errors.As(err, &invalid):
		return nil, loginRequired(p.profile, err, "the token file %s is damaged: %s", invalid.Path, invalid.Reason)
	}
	return nil, fmt.Errorf("provider: load token of %s: %w", p.sessionName(), err)
}

// storeToken writes the token that came of refreshing old to the cache, and
// returns the one to use. What was obtained is never given up for a failed write,
// nor for a context that has ended: it then lives in memory. What a tool without a
// lock, or a person, has done to the cache meanwhile stays: a fresh token may be
// that of a new sign-in, and no token is a sign-out.
func (p *Provider) storeToken(ctx context.Context, old, next *tokencache.Token) *tokencache.Token {
	ctx = context.WithoutCancel(ctx)
	if theirs := p.theirs(ctx, old); theirs != nil && p.fresh(theirs) {
		return theirs
	}
	key := p.profile.Session.CacheKey()
	if _, err := p.opts.TokenCache.Load(ctx, key); errors.Is(err, tokencache.ErrNotFound) {
		p.debugf("refresh %s: signed out meanwhile, not storing", p.sessionName())
		return next
	}
	if err := p.opts.TokenCache.Store(ctx, key, next); err != nil {
		p.session.keep(next, old.AccessToken, p.opts.Now().Add(retryPause))
		p.session.firstWarning(roleTrouble) // the role cache has most likely the same
		p.warnOnce(tokenTrouble, "the refreshed token of %s is kept in memory only: %v", p.sessionName(), err)
		return next
	}
	p.session.saved()
	p.debugf("refresh %s: stored, good until %s", p.sessionName(), next.ExpiresAt.Format(time.RFC3339))
	return next
}

// saveUnsaved tries again to store a token that the cache could not take. As long
// as it is only in memory, every other process goes by one that is used up.
func (p *Provider) saveUnsaved(ctx context.Context) {
	unsaved := p.session.toSave(p.opts.Now())
	if unsaved == nil {
		return
	}
	unlock, err := p.lockTurn(ctx, true)
	switch {
	case errors.Is(err, errBusy):
		return
	case err == nil:
		defer unlock()
	}
	key := p.profile.Session.CacheKey()
	stored, err := p.opts.TokenCache.Load(ctx, key)
	if err != nil || stored == nil || stored.AccessToken != unsaved.base {
		return
	}
	if p.opts.TokenCache.Store(ctx, key, unsaved.token) == nil {
		p.session.saved()
		p.debugf("the token of %s is stored after all", p.sessionName())
	}
}

// theirs returns the token that another tool has stored since tok was loaded,
// nil if there is none.
func (p *Provider) theirs(ctx context.Context, tok *tokencache.Token) *tokencache.Token {
	now, err := p.loadToken(ctx)
	if err != nil || now.AccessToken == tok.AccessToken || !p.valid(now) {
		return nil
	}
	p.debugf("refresh %s: using the token another tool has stored meanwhile", p.sessionName())
	return now
}

// valid tells whether the token can be used: its time is not up, and the server
// has not turned it down.
func (p *Provider) valid(tok *tokencache.Token) bool {
	now := p.opts.Now()
	return !tok.Expired(now) && !p.session.isRefused(tok.AccessToken) && !p.session.ended(tok, now)
}

// fresh tells whether the token can be used, and need not be refreshed yet.
func (p *Provider) fresh(tok *tokencache.Token) bool {
	return p.valid(tok) && !tok.Expired(p.opts.Now().Add(tokenWindow))
}

// refreshable tells whether a refresh can be tried. The token of a legacy
// profile is never refreshed, by any AWS tool.
func (p *Provider) refreshable(tok *tokencache.Token) bool {
	return p.profile.Session.Refreshable() && tok.Refreshable(p.opts.Now())
}

func (p *Provider) whyNotRefreshable(tok *tokencache.Token) error {
	ended := "the sign-in ended at " + tok.ExpiresAt.Format(time.RFC3339)
	if !tok.Expired(p.opts.Now()) {
		ended = "Identity Center no longer accepts the sign-in"
	}
	switch {
	case !p.profile.Session.Refreshable():
		return loginRequired(p.profile, nil, "%s, and that of a profile without sso_session cannot be refreshed", ended)
	case tok.RefreshToken == "":
		return loginRequired(p.profile, nil, "%s, and there is no refresh token", ended)
	case tok.ClientID == "" || tok.ClientSecret == "":
		return loginRequired(p.profile, nil, "%s, and the token file names no client to refresh it with", ended)
	}
	return loginRequired(p.profile, nil, "%s, and its client registration at %s", ended, tok.RegistrationExpiresAt.Format(time.RFC3339))
}
