package provider

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/middleware"

	"github.com/latchkey-sso/latchkey/ssooidc"
	"github.com/latchkey-sso/latchkey/tokencache"
)

const (
	// tokenWindow is how long before its end the token is refreshed, as in the
	// JavaScript, Rust and Kotlin SDKs.
	tokenWindow = 5 * time.Minute

	// retryPause is the least time between attempts to renew what is still valid.
	retryPause = 30 * time.Second

	// adoptWait is how long a refused refresh waits for the token of whoever used
	// the refresh token first: the answer to them may still be under way.
	adoptWait = 2 * time.Second
	adoptPoll = 50 * time.Millisecond

	// callTimeout bounds one request, its retries included.
	callTimeout = 20 * time.Second
)

// token returns a token that is good to use, refreshing the sign-in where that
// is due. refused, when not empty, is an access token that the server has
// turned down: it counts as expired whatever its date.
func (p *Provider) token(ctx context.Context, refused tokencache.Secret) (*tokencache.Token, error) {
	tok, err := p.loadToken(ctx)
	if err != nil {
		return nil, err
	}
	now := p.opts.Now()
	switch {
	case p.fresh(tok, refused):
		return tok, nil
	case p.valid(tok, refused) && (!p.refreshable(tok) || p.session.pausedAt(now)):
		return tok, nil
	case !p.refreshable(tok):
		return nil, p.whyNotRefreshable(tok, refused)
	}
	return share(ctx, p.session, flightOf("token", string(refused)), func(ctx context.Context) (*tokencache.Token, error) {
		return p.refresh(ctx, refused)
	})
}

// refresh renews the token, unless another process has by the time the lock is
// ours.
func (p *Provider) refresh(ctx context.Context, refused tokencache.Secret) (*tokencache.Token, error) {
	defer p.lock(ctx, "refresh", func(ctx context.Context) (func(), error) {
		return p.opts.TokenCache.Lock(ctx, p.profile.Session.CacheKey())
	})()

	tok, err := p.loadToken(ctx)
	if err != nil {
		return nil, err
	}
	switch {
	case p.fresh(tok, refused):
		p.debugf("refresh %s: done by another process", p.sessionName())
		return tok, nil
	case !p.refreshable(tok) && p.valid(tok, refused):
		return tok, nil
	case !p.refreshable(tok):
		return nil, p.whyNotRefreshable(tok, refused)
	}
	if err := p.checkWritable(ctx); err != nil {
		p.warnOnce(cacheTrouble, "the refreshed token of %s will be kept in memory only: %v", p.sessionName(), err)
		if p.valid(tok, refused) {
			// Refreshing early would use up a refresh token that the other
			// processes still read from the cache.
			p.session.pause(p.opts.Now().Add(retryPause))
			return tok, nil
		}
	}
	next, err := p.createToken(ctx, tok)
	if err != nil {
		return p.afterFailedRefresh(ctx, tok, refused, err)
	}
	return p.storeToken(ctx, tok, next), nil
}

// afterFailedRefresh finds the best way on: the token of a tool that takes no
// lock and won the race, the old token while it is valid, or the error.
func (p *Provider) afterFailedRefresh(ctx context.Context, tok *tokencache.Token, refused tokencache.Secret, err error) (*tokencache.Token, error) {
	if theirs := p.theirs(ctx, tok, refused); theirs != nil {
		return theirs, nil
	}
	if p.valid(tok, refused) {
		p.session.pause(p.opts.Now().Add(retryPause))
		p.warnf("refresh %s: keeping the token until %s: %v", p.sessionName(), tok.ExpiresAt.Format(time.RFC3339), err)
		return tok, nil
	}
	if usedUp(err) {
		if theirs := p.awaitTheirs(ctx, tok, refused); theirs != nil {
			return theirs, nil
		}
	}
	// A token that was turned down, and cannot be refreshed either, is a sign-in
	// that has ended, however oddly the server puts it.
	if signInEnded(err) || refused != "" && refusedForGood(err) {
		return nil, loginRequired(p.profile, err, "Identity Center no longer accepts the refresh token: %s%s",
			inShort(err), p.clockNote(answeredAt(err)))
	}
	return nil, fmt.Errorf("provider: refresh %s%s: %w", p.sessionName(), p.clockNote(answeredAt(err)), err)
}

// theirs returns the token that another tool has stored since tok was loaded,
// nil if there is none.
func (p *Provider) theirs(ctx context.Context, tok *tokencache.Token, refused tokencache.Secret) *tokencache.Token {
	now, err := p.loadToken(ctx)
	if err != nil || now.AccessToken == tok.AccessToken || !p.valid(now, refused) {
		return nil
	}
	p.debugf("refresh %s: using the token another tool has stored meanwhile", p.sessionName())
	return now
}

// awaitTheirs looks out for such a token for a while.
func (p *Provider) awaitTheirs(ctx context.Context, tok *tokencache.Token, refused tokencache.Secret) *tokencache.Token {
	ctx, cancel := context.WithTimeout(ctx, adoptWait)
	defer cancel()
	poll := time.NewTicker(adoptPoll)
	defer poll.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-poll.C:
		}
		if theirs := p.theirs(ctx, tok, refused); theirs != nil {
			return theirs
		}
	}
}

// createToken trades the refresh token for a new access token. The answer is
// laid over the old token: a refresh token that the response leaves out stays
// in force (RFC 6749 section 6), and so does everything else in the file.
func (p *Provider) createToken(ctx context.Context, tok *tokencache.Token) (*tokencache.Token, error) {
	client, err := p.oidc()
	if err != nil {
		return nil, fmt.Errorf("provider: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	p.debugf("refresh %s: calling CreateToken", p.sessionName())
	sent := p.opts.Now()
	out, err := client.CreateToken(ctx, &ssooidc.CreateTokenInput{
		GrantType:    aws.String("refresh_token"),
		ClientId:     aws.String(tok.ClientID),
		ClientSecret: aws.String(string(tok.ClientSecret)),
		RefreshToken: aws.String(string(tok.RefreshToken)),
	}, p.beforeEachAttempt(func(ctx context.Context) error {
		sent = p.opts.Now()
		return p.checkUnused(ctx, tok)
	}))
	if err != nil {
		return nil, err
	}
	if aws.ToString(out.AccessToken) == "" || out.ExpiresIn <= 0 {
		return nil, errors.New("the CreateToken response has no accessToken or no expiresIn")
	}
	next := *tok
	next.AccessToken = tokencache.Secret(*out.AccessToken)
	next.ExpiresAt = sent.Add(time.Duration(out.ExpiresIn) * time.Second).UTC().Truncate(time.Second)
	if aws.ToString(out.RefreshToken) != "" {
		next.RefreshToken = tokencache.Secret(*out.RefreshToken)
	}
	return &next, nil
}

// errReplaced ends a refresh whose refresh token another process has used.
var errReplaced = errors.New("the token was replaced meanwhile")

// checkUnused makes sure, at the last moment, that the refresh token is still the
// one in the cache. A process that was stopped for a while, or whose request had to
// be repeated, must not send one that was used since: to the server that is theft.
func (p *Provider) checkUnused(ctx context.Context, tok *tokencache.Token) error {
	now, err := p.loadToken(ctx)
	if err == nil && now.RefreshToken != tok.RefreshToken {
		return errReplaced
	}
	return nil
}

// beforeEachAttempt is an option of a call: check runs before each time the
// request is sent, and an error of it ends the call.
func (p *Provider) beforeEachAttempt(check func(context.Context) error) func(*ssooidc.Options) {
	run := middleware.FinalizeMiddlewareFunc("BeforeAttempt", func(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (
		middleware.FinalizeOutput, middleware.Metadata, error,
	) {
		if err := check(ctx); err != nil {
			return middleware.FinalizeOutput{}, middleware.Metadata{}, err
		}
		return next.HandleFinalize(ctx, in)
	})
	return func(o *ssooidc.Options) {
		o.APIOptions = append(o.APIOptions, func(s *middleware.Stack) error {
			return s.Finalize.Add(run, middleware.After)
		})
	}
}

// storeToken writes the token that came of refreshing old to the cache, and
// returns the one to use. What was obtained is never given up for a failed write:
// it then lives in memory. A fresh token that a tool without a lock has stored
// meanwhile is not overwritten: it may be that of a new sign-in.
func (p *Provider) storeToken(ctx context.Context, old, next *tokencache.Token) *tokencache.Token {
	if theirs := p.theirs(ctx, old, ""); theirs != nil && p.fresh(theirs, "") {
		return theirs
	}
	if err := p.opts.TokenCache.Store(ctx, p.profile.Session.CacheKey(), next); err != nil {
		p.session.keep(next)
		p.warnOnce(cacheTrouble, "the refreshed token of %s is kept in memory only: %v", p.sessionName(), err)
		return next
	}
	p.session.keep(nil)
	p.debugf("refresh %s: stored, good until %s", p.sessionName(), next.ExpiresAt.Format(time.RFC3339))
	return next
}

// loadToken returns the newest token there is, from the cache or from memory.
func (p *Provider) loadToken(ctx context.Context) (*tokencache.Token, error) {
	tok, err := p.opts.TokenCache.Load(ctx, p.profile.Session.CacheKey())
	if err != nil {
		tok = nil
	}
	if tok = p.session.newer(tok); tok != nil {
		return tok, nil
	}
	var invalid *tokencache.InvalidError
	switch {
	case errors.Is(err, tokencache.ErrNotFound):
		return nil, loginRequired(p.profile, err, "not signed in")
	case errors.As(err, &invalid):
		return nil, loginRequired(p.profile, err, "the token file %s is damaged: %s", invalid.Path, invalid.Reason)
	}
	return nil, fmt.Errorf("provider: load token of %s: %w", p.sessionName(), err)
}

func (p *Provider) valid(tok *tokencache.Token, refused tokencache.Secret) bool {
	return tok.AccessToken != refused && !tok.Expired(p.opts.Now())
}

func (p *Provider) fresh(tok *tokencache.Token, refused tokencache.Secret) bool {
	return tok.AccessToken != refused && !tok.Expired(p.opts.Now().Add(tokenWindow))
}

// refreshable tells whether a refresh can be tried. The token of a legacy
// profile is never refreshed, by any AWS tool.
func (p *Provider) refreshable(tok *tokencache.Token) bool {
	return p.profile.Session.Refreshable() && tok.Refreshable(p.opts.Now())
}

func (p *Provider) whyNotRefreshable(tok *tokencache.Token, refused tokencache.Secret) error {
	now, ended := p.opts.Now(), "the sign-in ended at "+tok.ExpiresAt.Format(time.RFC3339)
	if tok.AccessToken == refused && !tok.Expired(now) {
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
