// Package ssotoken gives the access token of an IAM Identity Center sign-in, refreshed
// when it is about to expire.
//
// Most programs use package provider, which gets AWS credentials with that token. Use this
// package to call the Identity Center portal or another service that takes the token:
//
//	source, err := ssotoken.New(p.SignIn())
//	if err != nil {
//		return err
//	}
//	tok, err := source.Token(ctx)
//
// All Sources of one sign-in in a process share its token and its refreshes. Processes
// share them through the token cache. However many ask, one refresh is sent.
package ssotoken

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/auth/bearer"
	"github.com/aws/smithy-go/logging"

	"github.com/latchkey-sso/latchkey/internal/flight"
	"github.com/latchkey-sso/latchkey/internal/ssoclient"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/ssooidc"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// Options changes how a Source works. The zero value is what most programs want.
type Options struct {
	// TokenCache holds the sign-in. Nil means the directory that every AWS tool
	// shares, ~/.aws/sso/cache. Sources whose TokenCaches are equal (==) share one
	// token and one refresh; a cache of a type that cannot be compared shares nothing.
	TokenCache tokencache.Cache

	// HTTPClient sends the requests to Identity Center. Nil means the HTTPClient
	// of ClientConfig, else the SDK's default client. The SDK's, and one of its kind
	// (awshttp.BuildableClient), is made to trust the profile's CA bundle.
	HTTPClient aws.HTTPClient

	// ClientConfig, when not nil, returns the settings that the Identity Center
	// clients take from an aws.Config: Retryer, RetryMaxAttempts, RetryMode,
	// APIOptions, ClientLogMode, AppID, HTTPClient and Logger. It is called once,
	// before the first request or log line. Everything else in it is ignored, such as
	// ServiceOptions, Region and BaseEndpoint: the profile gives region and endpoint.
	// The profile also gives RetryMaxAttempts, RetryMode and AppID if they are not set.
	ClientConfig func() aws.Config

	// Logger receives warnings (a cache that cannot be written, a refresh that
	// failed while the token is still valid) and, at Debug, each step. Never a
	// secret. Nil means the Logger of ClientConfig, else no log.
	Logger logging.Logger

	// Login, when not nil, is called when the user has to sign in, and the call then
	// tried once more. s is what to sign in to. One call at a time is made for a
	// sign-in, however many goroutines wait. latchkey.WithLogin sets it to login.Login.
	// A function that signs in by other means calls provider.Forget. Nil means that
	// calls fail with a *LoginRequiredError.
	Login func(ctx context.Context, s profile.SignIn) error

	// LockTimeout is how long another process may take to refresh the same
	// sign-in. A process that holds the lock for longer counts as stopped or hung,
	// and the refresh goes on without the lock, with a warning. Zero means 25 seconds,
	// which is longer than a request may take.
	LockTimeout time.Duration

	// Now is the clock that decides what has expired. Nil means time.Now. Timeouts and
	// waits are in real time: 20 seconds for a request with its retries, and two
	// seconds after a rejected refresh, for the token of another tool.
	Now func() time.Time

	waits waits
}

// Source gives the token of one sign-in. It is safe for concurrent use. Make one with [New].
type Source struct {
	signIn  profile.SignIn
	opts    Options
	session *session

	// Most calls are served from the cache, so these are made when first needed.
	settings func() aws.Config
	oidc     func() (*ssooidc.Client, error)
}

var _ bearer.TokenProvider = (*Source)(nil)

// New returns the Source of a sign-in. It makes no request and reads no file. It fails with
// a *profile.Error when the sign-in has no session, or the session no start URL or region,
// and when no home directory is known for the default token cache.
func New(signIn profile.SignIn, optFns ...func(*Options)) (*Source, error) {
	if err := check(signIn); err != nil {
		return nil, err
	}
	opts := Options{waits: defaultWaits()}
	for _, fn := range optFns {
		fn(&opts)
	}
	if opts.Now == nil {
		opts.Now = time.Now //nolint:forbidigo // the default of the injected clock
	}
	opts.LockTimeout = cmp.Or(opts.LockTimeout, callTimeout+5*time.Second)
	if opts.TokenCache == nil {
		dir, err := tokencache.DefaultDir()
		if err != nil {
			return nil, fmt.Errorf("ssotoken: find token cache: %w", err)
		}
		opts.TokenCache = dir
	}
	settings := sync.OnceValue(func() aws.Config {
		return ssoclient.Settings(opts.ClientConfig, opts.HTTPClient, opts.Logger)
	})
	return &Source{
		signIn:   signIn,
		opts:     opts,
		session:  sharedSession(signIn.Session, opts.TokenCache),
		settings: settings,
		oidc:     sync.OnceValues(func() (*ssooidc.Client, error) { return ssoclient.OIDC(signIn, settings()) }),
	}, nil
}

func check(s profile.SignIn) error {
	if s.Session == nil {
		return s.NewError("sso_session", "the profile has no SSO settings", "add sso_session")
	}
	switch {
	case s.Session.StartURL == "":
		return s.NewError("sso_start_url", "the session has no start URL", "add sso_start_url")
	case s.Session.Region == "":
		return s.NewError("sso_region", "the session has no region", "add sso_region")
	}
	return nil
}

// Token returns a token that is valid now, refreshed first if it expires within five minutes.
// The token is a copy, which the caller may keep.
//
// It fails with a *[LoginRequiredError] if the user has to sign in (see Options.Login), and
// otherwise with the error of the request, whose modelled types (package ssooidc) errors.As finds. The error
// matches [ErrStopped] if another process has to be continued or ended first.
//
// If ctx ends first, Token returns its error. A refresh that was sent goes on, for the other
// callers and because the refresh token may be used up: a program that is about to exit calls
// [Wait] first, or the next one may have to sign in again.
func (s *Source) Token(ctx context.Context) (*tokencache.Token, error) {
	if s == nil || s.session == nil {
		return nil, errors.New("ssotoken: the Source was not made by New")
	}
	var tok *tokencache.Token
	err := s.WithLogin(ctx, func(ctx context.Context) (err error) {
		tok, err = s.token(ctx)
		return err
	})
	if err != nil {
		return nil, s.own(err)
	}
	copied := *tok
	return &copied, nil
}

// RetrieveBearerToken is [Source.Token] for the SDK.
func (s *Source) RetrieveBearerToken(ctx context.Context) (bearer.Token, error) {
	tok, err := s.Token(ctx)
	if err != nil {
		return bearer.Token{}, err
	}
	return bearer.Token{Value: string(tok.AccessToken), CanExpire: true, Expires: tok.ExpiresAt}, nil
}

// Format prints the profile, whatever the verb, and no secret.
func (s *Source) Format(w fmt.State, _ rune) {
	if s == nil || s.session == nil {
		_, _ = fmt.Fprint(w, "ssotoken.Source")
		return
	}
	_, _ = fmt.Fprintf(w, "ssotoken.Source(profile %q)", s.signIn.Profile)
}

// WithSendHook returns a context for calls of this package and of package provider. If such a
// call refreshes the token, hook is called right before the refresh token is sent. From then
// on the process must not exit before [Wait] has returned. The hook can take over the signals
// that would end the process; until then they can end it at once and nothing is lost. A call
// that joins the refresh of another call does not call its hook.
func WithSendHook(ctx context.Context, hook func()) context.Context {
	return flight.WithSendHook(ctx, hook)
}

// Wait returns when this process can exit without losing a sign-in. A refresh goes on after
// the caller whose context ended: the server has most likely used up the refresh token by
// then, and the new one must reach the token cache. Wait waits for every refresh that was
// sent until its response is stored. That takes 20 seconds at most if the token cache does not
// hang. A refresh that was not sent yet is called off if no call is in progress and no other
// call comes. Call Wait after the contexts of the calls in progress have ended, just before
// the program exits, or is frozen, as between two calls of an AWS Lambda function.
//
// The error says that ctx ended first, and matches ctx.Err().
func Wait(ctx context.Context) error {
	if err := flight.Wait(ctx); err != nil {
		return fmt.Errorf("ssotoken: wait for refresh: %w", err)
	}
	return nil
}
