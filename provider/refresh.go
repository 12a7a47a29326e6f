package provider

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/middleware"

	"github.com/latchkey-sso/latchkey/ssooidc"
	"github.com/latchkey-sso/latchkey/tokencache"
)

const (
	// adoptWait is how long a refused refresh waits for the token of whoever used
	// the refresh token first: the answer to them may still be under way.
	adoptWait = 2 * time.Second
	adoptPoll = 50 * time.Millisecond
)

// refresh renews the token seen in the cache, unless another process has by the
// time the lock is ours.
func (p *Provider) refresh(ctx context.Context, seen *tokencache.Token) (*tokencache.Token, error) {
	take := p.lockToken
	if p.valid(seen) { // nobody needs to wait for long
		take = func(ctx context.Context) (func(), error) { return p.tryLockToken(ctx, briefWait) }
	}
	unlock, lockErr := take(ctx)
	switch {
	case lockErr == nil:
		unlock = sync.OnceFunc(unlock)
		defer unlock()
	case ctx.Err() != nil:
		return nil, tooLong("refresh " + p.sessionName())
	case errors.Is(lockErr, errBusy) && p.valid(seen):
		p.session.pause(p.opts.Now().Add(retryPause))
		return seen, nil
	default:
		unlock = func() {}
	}
	tok, err := p.loadToken(ctx)
	if err != nil {
		return nil, err
	}
	switch {
	case p.fresh(tok), p.valid(tok) && tok.AccessToken != seen.AccessToken:
		p.debugf("refresh %s: done by another process", p.sessionName())
		return tok, nil
	case !p.refreshable(tok) && p.valid(tok):
		return tok, nil
	case !p.refreshable(tok):
		return nil, p.whyNotRefreshable(tok)
	}
	if p.betterWait(ctx, tok, lockErr) {
		return tok, nil
	}
	next, err := p.tradeUnlessRefused(ctx, tok)
	if err != nil {
		unlock() // nothing will be stored: the next process need not wait for what follows
		return p.afterFailedRefresh(ctx, tok, err)
	}
	p.session.obtain(next.AccessToken, p.opts.Now())
	if next = p.storeToken(ctx, tok, next); !p.fresh(next) {
		p.session.pause(p.opts.Now().Add(retryPause)) // the server gives no more than this
	}
	return next, nil
}

// betterWait looks ahead: where what a refresh brings could not be stored, a token
// that is still valid is used to its end. Refreshing it early would use up a refresh
// token that the other processes still read from the cache. Of an expired one the
// refresh is worth it all the same.
func (p *Provider) betterWait(ctx context.Context, tok *tokencache.Token, lockErr error) bool {
	err := p.checkWritable(ctx)
	switch {
	case err == nil && lockErr != nil && !errors.Is(lockErr, errBusy):
		p.warnOnce(lockTrouble, "refresh %s: going on without the lock: %v", p.sessionName(), lockErr)
	case err != nil && p.valid(tok):
		p.session.pause(p.opts.Now().Add(retryPause))
		p.debugf("refresh %s: not before it has to be: %v", p.sessionName(), err)
		return true
	}
	return false
}

// afterFailedRefresh finds the best way on: the token of a tool that takes no
// lock and won the race, the old token while it is valid, or the error.
func (p *Provider) afterFailedRefresh(ctx context.Context, tok *tokencache.Token, err error) (*tokencache.Token, error) {
	if theirs := p.theirs(ctx, tok); theirs != nil {
		return theirs, nil
	}
	if p.valid(tok) {
		p.session.pause(p.opts.Now().Add(retryPause))
		p.warnf("refresh %s: keeping the token until %s: %v", p.sessionName(), tok.ExpiresAt.Format(time.RFC3339), err)
		return tok, nil
	}
	var usedUp *usedUpError
	if errors.As(err, &usedUp) {
		if theirs := p.awaitTheirs(ctx, tok, usedUp.since.Add(adoptWait)); theirs != nil {
			return theirs, nil
		}
	}
	// A token that was turned down, and cannot be refreshed either, is a sign-in
	// that has ended, however oddly the server puts it.
	if signInEnded(err) || p.session.isRefused(tok.AccessToken) && refusedForGood(err) {
		return nil, loginRequired(p.profile, err, "Identity Center no longer accepts the refresh token: %s%s",
			inShort(err), p.clockNote(answeredAt(err)))
	}
	return nil, fmt.Errorf("provider: refresh %s%s: %w", p.sessionName(), p.clockNote(answeredAt(err)), err)
}

// awaitTheirs looks out for the token of the winner until that time.
func (p *Provider) awaitTheirs(ctx context.Context, tok *tokencache.Token, until time.Time) *tokencache.Token {
	ctx, cancel := context.WithTimeout(ctx, until.Sub(p.opts.Now()))
	defer cancel()
	poll := time.NewTicker(adoptPoll)
	defer poll.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-poll.C:
		}
		if theirs := p.theirs(ctx, tok); theirs != nil {
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
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	p.warnPlainHTTP(p.profile.Endpoints.SSOOIDC)
	p.debugf("refresh %s: calling CreateToken", p.sessionName())
	sent := p.opts.Now()
	out, err := client.CreateToken(ctx, &ssooidc.CreateTokenInput{
		GrantType:    aws.String("refresh_token"),
		ClientId:     aws.String(tok.ClientID),
		ClientSecret: aws.String(string(tok.ClientSecret)),
		RefreshToken: aws.String(string(tok.RefreshToken)),
	}, beforeEachAttempt(func(ctx context.Context) error {
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
func beforeEachAttempt(check func(context.Context) error) func(*ssooidc.Options) {
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
