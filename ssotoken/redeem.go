package ssotoken

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/middleware"

	"github.com/latchkey-sso/latchkey/internal/awserr"
	"github.com/latchkey-sso/latchkey/internal/flight"
	"github.com/latchkey-sso/latchkey/ssooidc"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// redeemRefreshToken exchanges the refresh token for a new token and stores it. It holds the
// sending lock from before it checks that the refresh token is unused until the new token is
// stored. So no other process sends the refresh token in between, even if this one is suspended.
// began is when the caller started to wait for the refresh lock.
func (s *Source) redeemRefreshToken(ctx context.Context, tok *tokencache.Token, began time.Time) (*tokencache.Token, error) {
	unlock, err := s.lockSending(ctx, s.valid(tok), s.opts.Now().Sub(began))
	switch {
	case err == nil:
		defer unlock()
	case errors.Is(err, errBusy), errors.Is(err, ErrStopped):
		return nil, err
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case s.locksExpire():
		return nil, err // another process may hold the lock
	default: // refreshLocked has warned that locking fails
		s.debugf("refresh %s: sending without the lock: %v", s.sessionName(), err)
	}
	if err := s.recentFailure(ctx, tok.RefreshToken, began); err != nil {
		return nil, err
	}
	if next := s.awaitKilledSender(ctx, tok); next != nil {
		return next, nil
	}
	end, err := flight.BeginSending(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	// From here on, the exchange must complete even if the call times out.
	return s.exchange(context.WithoutCancel(ctx), tok)
}

// awaitKilledSender polls the cache for a new token if the last process to send the refresh token
// was killed before it recorded the outcome. Its request may still be in flight, and the server
// may revoke the sign-in if the same refresh token arrives twice. It returns nil if no new token
// appears.
func (s *Source) awaitKilledSender(ctx context.Context, tok *tokencache.Token) *tokencache.Token {
	note := s.lastRefresh(ctx, tok.RefreshToken)
	if note.Outcome != tokencache.RefreshSent {
		return nil
	}
	now := s.opts.Now()
	until := note.At.Add(s.opts.waits.arrive)
	if !until.After(now) || note.At.After(now) {
		return nil
	}
	s.debugf("refresh %s: waiting for the request of a killed process", s.sessionName())
	return s.awaitReplacement(ctx, tok, until)
}

// exchange sends the refresh token, records the outcome, and stores the new token.
func (s *Source) exchange(ctx context.Context, tok *tokencache.Token) (*tokencache.Token, error) {
	before := s.lastRefresh(ctx, tok.RefreshToken)
	sent := false
	next, err := s.createToken(ctx, tok, func() {
		sent = true
		s.note(ctx, tok.RefreshToken, tokencache.RefreshNote{At: s.opts.Now(), Outcome: tokencache.RefreshSent})
	})
	switch {
	case err == nil:
		s.session.obtain(next.AccessToken, s.opts.Now())
		next = s.store(ctx, tok, next)
		s.deleteNote(ctx)
		return next, nil
	case next != nil: // no access token, but a new refresh token, which replaces the old one
		s.store(ctx, tok, next)
		s.noteFailure(ctx, next.RefreshToken, tokencache.RefreshFailed, err)
		return nil, err
	case !sent, errors.Is(err, errReplaced), errors.Is(err, errLockLost), errors.Is(err, tokencache.ErrNotFound):
		return nil, err
	// If the portal rejected the access token too, any permanent error means that the sign-in
	// was revoked.
	case awserr.RejectsRefresh(err) || s.session.isRejected(tok.AccessToken) && awserr.IsPermanent(err):
		s.noteFailure(ctx, tok.RefreshToken, tokencache.RefreshRejected, err)
		return nil, s.newRejection(before, err)
	}
	s.noteFailure(ctx, tok.RefreshToken, tokencache.RefreshFailed, err)
	return nil, err
}

// createToken sends the refresh token grant and merges the response into tok. If the response has
// no refresh token, the old one stays valid (RFC 6749 section 6). If the response has a new
// refresh token but no usable access token, createToken returns both a token and an error. It
// calls sending before each attempt.
func (s *Source) createToken(ctx context.Context, tok *tokencache.Token, sending func()) (*tokencache.Token, error) {
	client, err := s.oidc()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, s.opts.waits.call)
	defer cancel()
	s.warnPlainHTTP(s.signIn.Endpoints.SSOOIDC)
	s.debugf("refresh %s: calling CreateToken", s.sessionName())
	sentAt := s.opts.Now()
	out, err := client.CreateToken(ctx, &ssooidc.CreateTokenInput{
		GrantType:    aws.String("refresh_token"),
		ClientId:     aws.String(tok.ClientID),
		ClientSecret: aws.String(string(tok.ClientSecret)),
		RefreshToken: aws.String(string(tok.RefreshToken)),
	}, beforeEachAttempt(func(ctx context.Context) error {
		if err := s.checkHeld(ctx); err != nil {
			return err
		}
		if err := s.checkUnused(ctx, tok); err != nil {
			return err
		}
		sentAt = s.opts.Now()
		sending()
		return nil
	}))
	if err != nil {
		return nil, err
	}
	return merge(tok, out, sentAt)
}

func merge(tok *tokencache.Token, out *ssooidc.CreateTokenOutput, sentAt time.Time) (*tokencache.Token, error) {
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
	next.ExpiresAt = sentAt.Add(time.Duration(out.ExpiresIn) * time.Second).UTC().Truncate(time.Second)
	return &next, nil
}

// errReplaced is the error if another process has used the refresh token.
var errReplaced = errors.New("another process has replaced the token")

// checkUnused returns an error unless the refresh token is still the one in the cache. A process
// that was suspended, or that retries a request, must not send a refresh token that was used
// meanwhile: servers treat reuse as theft (RFC 9700 section 4.14.2).
func (s *Source) checkUnused(ctx context.Context, tok *tokencache.Token) error {
	now, err := s.load(ctx)
	switch {
	case errors.Is(err, tokencache.ErrNotFound):
		return err // signed out
	case err != nil && s.locksExpire():
		return notSent(err)
	case err == nil && now.RefreshToken != tok.RefreshToken:
		return errReplaced
	}
	return nil
}

// errLockLost is the error if the lock has expired, and another process has acquired it.
var errLockLost = errors.New("another process has acquired the lock, which had expired")

// checkHeld returns an error unless this process still holds the sending lock, if locks expire.
func (s *Source) checkHeld(ctx context.Context) error {
	cache, ok := s.opts.TokenCache.(tokencache.LeaseLocker)
	if !ok {
		return nil
	}
	held, err := cache.HoldsSending(ctx, s.key())
	switch {
	case err != nil:
		return notSent(err)
	case !held:
		return errLockLost
	}
	return nil
}

// locksExpire reports whether the cache may lose a lock that this process holds. If so, the refresh
// token is sent only if the cache confirms the lock: another process would send it too.
func (s *Source) locksExpire() bool {
	_, ok := s.opts.TokenCache.(tokencache.LeaseLocker)
	return ok
}

// notSent hides the type of a cache error, so that it does not count as an error of the service.
func notSent(err error) error { return fmt.Errorf("the refresh token was not sent: %v", err) }

// beforeEachAttempt returns a call option that runs check before each attempt. If check fails, the
// call fails with its error.
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
