package provider

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/middleware"

	"github.com/latchkey-sso/latchkey/ssooidc"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// trade makes a new token of tok's refresh token and stores it. The look whether it is
// still unused, the sending and the storing are one step: the lock around it is not
// passed by. A process that was stopped before it finds the token replaced when it
// wakes, and while one is stopped in it nobody else sends. began is when the caller
// began to wait for its turn.
func (p *Provider) trade(ctx context.Context, tok *tokencache.Token, began time.Time) (*tokencache.Token, error) {
	unlock, err := p.lockSending(ctx, p.valid(tok), p.opts.Now().Sub(began))
	switch {
	case err == nil:
		defer unlock()
	case errors.Is(err, errBusy), errors.Is(err, ErrStopped):
		return nil, err
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	default: // said already, of the other lock
		p.debugf("refresh %s: sending without the lock: %v", p.sessionName(), err)
	}
	if err := p.remembered(ctx, tok.RefreshToken, began); err != nil {
		return nil, err
	}
	if theirs := p.awaitKilled(ctx, tok); theirs != nil {
		return theirs, nil
	}
	end, err := running.beginSending(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	// What was begun is brought to its end, whenever the flight began.
	return p.redeem(context.WithoutCancel(ctx), tok)
}

// awaitKilled waits where the last process that sent the refresh token was killed
// before it knew the outcome: if its request is still on its way, ours would be the
// replay that ends the sign-in. It returns the token that appears in the cache
// meanwhile, nil if none does.
func (p *Provider) awaitKilled(ctx context.Context, tok *tokencache.Token) *tokencache.Token {
	note := p.lastRefresh(ctx, tok.RefreshToken)
	if note.Outcome != tokencache.RefreshSent {
		return nil
	}
	now := p.opts.Now()
	until := note.At.Add(p.opts.waits.arrive)
	if !until.After(now) || note.At.After(now) {
		return nil
	}
	p.debugf("refresh %s: waiting until the request of a process that was killed has arrived", p.sessionName())
	return p.awaitTheirs(ctx, tok, until)
}

// redeem sends the refresh token, notes what became of it, and stores what came.
func (p *Provider) redeem(ctx context.Context, tok *tokencache.Token) (*tokencache.Token, error) {
	before := p.lastRefresh(ctx, tok.RefreshToken)
	sent := false
	next, err := p.createToken(ctx, tok, func() {
		sent = true
		p.note(ctx, tok.RefreshToken, tokencache.RefreshNote{At: p.opts.Now(), Outcome: tokencache.RefreshSent})
	})
	switch {
	case err == nil:
		p.session.obtain(next.AccessToken, p.opts.Now())
		next = p.storeToken(ctx, tok, next)
		p.forgetNotes(ctx)
		return next, nil
	case next != nil: // a refresh token without an access token: the old one is used up
		p.storeToken(ctx, tok, next)
		p.noteFailure(ctx, next.RefreshToken, tokencache.RefreshFailed, err)
		return nil, err
	case !sent, errors.Is(err, errReplaced):
		return nil, err
	// An access token that was refused, and cannot be refreshed either, is a sign-in
	// that has ended, however oddly the server puts it.
	case signInEnded(err) || p.session.isRefused(tok.AccessToken) && refusedForGood(err):
		now := p.opts.Now()
		p.noteFailure(ctx, tok.RefreshToken, tokencache.RefreshRejected, err)
		refused := &refusedError{since: now, cause: err}
		if before.Outcome == tokencache.RefreshRejected && !before.At.After(now) {
			refused.since = before.At
		}
		return nil, refused
	}
	p.noteFailure(ctx, tok.RefreshToken, tokencache.RefreshFailed, err)
	return nil, err
}

// createToken trades the refresh token for a new access token. The answer is
// laid over the old token: a refresh token that the response leaves out stays
// in force (RFC 6749 section 6), and so does everything else in the file. A response
// with a new refresh token and no usable access token gives both a token and an error.
// sending is called each time before the refresh token is sent.
func (p *Provider) createToken(ctx context.Context, tok *tokencache.Token, sending func()) (*tokencache.Token, error) {
	client, err := p.oidc()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, p.opts.waits.call)
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
		if err := p.checkUnused(ctx, tok); err != nil {
			return err
		}
		sent = p.opts.Now()
		sending()
		return nil
	}))
	if err != nil {
		return nil, err
	}
	next := *tok
	if aws.ToString(out.RefreshToken) != "" {
		next.RefreshToken = tokencache.Secret(*out.RefreshToken)
	}
	if aws.ToString(out.AccessToken) == "" || out.ExpiresIn <= 0 {
		err := errors.New("the CreateToken response has no accessToken or no expiresIn")
		if next.RefreshToken == tok.RefreshToken {
			return nil, err
		}
		return &next, err
	}
	next.AccessToken = tokencache.Secret(*out.AccessToken)
	next.ExpiresAt = sent.Add(time.Duration(out.ExpiresIn) * time.Second).UTC().Truncate(time.Second)
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
