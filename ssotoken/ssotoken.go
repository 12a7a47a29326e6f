// Package ssotoken returns the access token of an IAM Identity Center sign-in, and refreshes it
// before it expires.
//
// Most programs use package provider, which uses the token to get AWS credentials. Use this
// package to call the Identity Center portal or another service that accepts the token:
//
//	source, err := ssotoken.New(p.SignIn())
//	if err != nil {
//		return err
//	}
//	tok, err := source.Token(ctx)
//
// All Sources of a sign-in in a process share its token. Processes share it through the token
// cache. Concurrent callers, in any number of processes, cause only one refresh.
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
	"github.com/latchkey-sso/latchkey/internal/tokencopy"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/ssooidc"
	"github.com/latchkey-sso/latchkey/tokencache"
	"github.com/latchkey-sso/latchkey/tokenstore"
)

// Options configures a Source. The zero value suits most programs.
type Options struct {
	// TokenCache holds the sign-in. Nil means the store that the session names (see
	// profile.Session.TokenStore): by default ~/.aws/sso/cache, which all AWS tools share.
	// Sources whose TokenCaches are equal (==) share their token and its
	// refreshes; caches of types that are not comparable share nothing.
	TokenCache tokencache.Cache

	// TokenStores open the stores that package tokenstore does not open itself. They are used
	// if TokenCache is nil.
	TokenStores []tokenstore.Driver

	// HTTPClient sends the requests to Identity Center. Nil means the HTTPClient of
	// ClientConfig, or else the SDK's default client. The default client, and any
	// awshttp.BuildableClient, also trusts the profile's CA bundle.
	HTTPClient aws.HTTPClient

	// ClientConfig, if not nil, returns settings for the Identity Center clients. Only
	// Retryer, RetryMaxAttempts, RetryMode, APIOptions, ClientLogMode, AppID, HTTPClient
	// and Logger are used. The region and the endpoints always come from the profile;
	// RetryMaxAttempts, RetryMode and AppID do if they are not set. ClientConfig is
	// called once, before the first request or log message.
	ClientConfig func() aws.Config

	// Logger receives warnings, for example about a failed refresh while the token is
	// still valid, and debug messages about each step. Messages contain no secrets. Nil
	// means the Logger of ClientConfig, or else no logging.
	Logger logging.Logger

	// Login, if not nil, is called when the user must sign in to s. The failed call is
	// then retried once. Concurrent callers share one call of Login. latchkey.WithLogin
	// sets it to login.Login. A function that signs in by other means must call
	// provider.Forget. If Login is nil, calls fail with a *LoginRequiredError.
	Login func(ctx context.Context, s profile.SignIn) error

	// LockTimeout is how long another process may take to refresh the sign-in. A process
	// that holds the lock for longer counts as stuck: the refresh then continues without
	// the lock, with a warning, or fails with [ErrStopped]. Zero means 25 seconds, which
	// is longer than a request can take.
	LockTimeout time.Duration

	// Now is the clock that expiry is checked against. Nil means time.Now. Timeouts use
	// real time: 20 seconds for a request including retries, and 2 seconds after a
	// rejected refresh to wait for the token of another tool.
	Now func() time.Time

	waits waits
	copy  tokencopy.Copy // for other tools
}

// Source provides the token of a sign-in. It is safe for concurrent use. Create one with [New].
type Source struct {
	signIn  profile.SignIn
	opts    Options
	session *session

	// Created on first use: most calls are served from the cache.
	settings func() aws.Config
	oidc     func() (*ssooidc.Client, error)
}

var _ bearer.TokenProvider = (*Source)(nil)

// New returns the Source of a sign-in. It makes no requests and reads no files. It fails with a
// *profile.Error if the sign-in has no session, or the session has no start URL or no region. If
// TokenCache is nil, it also fails if the home directory is unknown, with a
// *tokenstore.SettingError if the session's store is invalid, and with a *tokenstore.DriverError if
// TokenStores does not open it.
func New(signIn profile.SignIn, optFns ...func(*Options)) (*Source, error) {
	if err := check(signIn); err != nil {
		return nil, err
	}
	opts := Options{waits: defaultWaits()}
	for _, fn := range optFns {
		fn(&opts)
	}
	if opts.Now == nil {
		opts.Now = time.Now //nolint:forbidigo // the default clock
	}
	opts.LockTimeout = cmp.Or(opts.LockTimeout, callTimeout+5*time.Second)
	if opts.TokenCache == nil {
		store, err := tokenstore.Open(signIn.Session.TokenStore, opts.TokenStores...)
		if err != nil {
			return nil, fmt.Errorf("ssotoken: %w", err)
		}
		opts.TokenCache, opts.copy = store.Tokens, tokencopy.For(signIn.Session, store.Tokens)
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

// Token returns a valid token. It refreshes the token first if it expires within five minutes. The
// caller may modify the returned copy.
//
// The error is a *[LoginRequiredError] if the user must sign in (see Options.Login), and matches
// [ErrStopped] if another process must be resumed or killed first. Otherwise it wraps the error of
// the request, which may be one of the types in package ssooidc.
//
// If ctx is done first, Token returns ctx.Err(). A refresh that has been sent continues, since the
// refresh token may be consumed. A program must call [Wait] before it exits, or the user may have
// to sign in again.
func (s *Source) Token(ctx context.Context) (*tokencache.Token, error) {
	if s == nil || s.session == nil {
		return nil, errors.New("ssotoken: Source was not created by New")
	}
	var tok *tokencache.Token
	err := s.WithLogin(ctx, func(ctx context.Context) (err error) {
		tok, err = s.token(ctx)
		return err
	})
	if err != nil {
		return nil, s.forProfile(err)
	}
	copied := *tok
	return &copied, nil
}

// RetrieveBearerToken implements bearer.TokenProvider. It returns the token and errors of
// [Source.Token].
func (s *Source) RetrieveBearerToken(ctx context.Context) (bearer.Token, error) {
	tok, err := s.Token(ctx)
	if err != nil {
		return bearer.Token{}, err
	}
	return bearer.Token{Value: string(tok.AccessToken), CanExpire: true, Expires: tok.ExpiresAt}, nil
}

// Format prints the name of the profile and no secrets, for every verb.
func (s *Source) Format(w fmt.State, _ rune) {
	if s == nil || s.session == nil {
		_, _ = fmt.Fprint(w, "ssotoken.Source")
		return
	}
	_, _ = fmt.Fprintf(w, "ssotoken.Source(profile %q)", s.signIn.Profile)
}

// WithSendHook returns a context for calls to this package and package provider. If such a call
// refreshes the token, it calls hook right before it sends the refresh token. From then on, the
// process must not exit before [Wait] returns: the hook can start to handle signals. Before that,
// the process can be terminated safely. A call that joins the refresh of another call does not
// call its own hook.
func WithSendHook(ctx context.Context, hook func()) context.Context {
	return flight.WithSendHook(ctx, hook)
}

// Wait waits until the process can exit without losing a sign-in. A refresh continues after the
// context of its caller is done: the server may have consumed the refresh token, so the new token
// must be stored. Wait waits until the response of every refresh that was sent is stored, at most
// 20 seconds unless the token cache hangs. A refresh that was not sent yet is canceled, unless a
// caller is still waiting for it. Call Wait after the contexts of all calls are done, before the
// program exits or is frozen, as AWS Lambda does between invocations.
//
// If ctx is done first, the error matches ctx.Err().
func Wait(ctx context.Context) error {
	if err := flight.Wait(ctx); err != nil {
		return fmt.Errorf("ssotoken: wait for refresh: %w", err)
	}
	return nil
}
