package provider

import (
	"context"
	"errors"
	"time"

	"github.com/latchkey-sso/latchkey/ssooidc"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// usedUpError says that the refresh token is no longer good, which may be because
// another tool has just used it.
type usedUpError struct {
	since time.Time // by then the server had refused it
	cause error     // the server's; nil if it was not asked again
}

func (e *usedUpError) Error() string {
	if e.cause == nil {
		return "refused at " + e.since.UTC().Format(time.RFC3339)
	}
	return e.cause.Error()
}

func (e *usedUpError) Unwrap() error { return e.cause }

// refusals is a token cache that lets the next process know which refresh token the
// server refuses, as tokencache.Dir does.
type refusals interface {
	MarkRefused(ctx context.Context, key string, refreshToken tokencache.Secret, at time.Time) error
	RefusedAt(ctx context.Context, key string, refreshToken tokencache.Secret) time.Time
}

// refusedAt returns when the server last refused the refresh token: to this process, or
// by the note of another one. It is the zero time if nothing is known of that.
func (p *Provider) refusedAt(ctx context.Context, refreshToken tokencache.Secret) time.Time {
	at := p.session.usedUpAt(refreshToken)
	if cache, ok := p.opts.TokenCache.(refusals); ok {
		if noted := cache.RefusedAt(ctx, p.profile.Session.CacheKey(), refreshToken); noted.After(at) {
			return noted
		}
	}
	return at
}

// noteRefused keeps that the server refused the refresh token at that time: for this
// process in any case, and for the others where the cache takes notes.
func (p *Provider) noteRefused(ctx context.Context, refreshToken tokencache.Secret, at time.Time) {
	p.session.useUp(refreshToken, at)
	cache, ok := p.opts.TokenCache.(refusals)
	if !ok {
		return
	}
	if err := cache.MarkRefused(ctx, p.profile.Session.CacheKey(), refreshToken, at); err != nil {
		p.debugf("refresh %s: the next process will have to ask again: %v", p.sessionName(), err)
	}
}

// tradeUnlessRefused is createToken of a refresh token that the server has not refused
// a moment ago, here or in another process. A refused one is a *usedUpError.
func (p *Provider) tradeUnlessRefused(ctx context.Context, tok *tokencache.Token) (*tokencache.Token, error) {
	since := p.refusedAt(ctx, tok.RefreshToken)
	if ago := p.opts.Now().Sub(since); 0 <= ago && ago < retryPause {
		return nil, &usedUpError{since: since}
	}
	next, err := p.createToken(ctx, tok)
	var refused *ssooidc.InvalidGrantException
	if !errors.As(err, &refused) {
		return next, err
	}
	now := p.opts.Now()
	if since.IsZero() || since.After(now) {
		since = now
	}
	p.noteRefused(ctx, tok.RefreshToken, now)
	return nil, &usedUpError{since: since, cause: err}
}
