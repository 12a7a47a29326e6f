// Package login signs users in to IAM Identity Center and out again.
//
// [Login] runs the authorization code flow with PKCE (RFC 6749, RFC 7636, RFC 8252) or
// the device authorization flow (RFC 8628) and writes the token where every AWS tool
// looks for it. What the user sees is up to a [UI].
//
// Signing in and signing out both delete the role credentials of the session, which
// may be those of another user: on disk in Options.RoleCache, and in the memory of
// this process. Other processes keep what they hold until they renew it.
package login

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/logging"

	"github.com/latchkey-sso/latchkey/internal/ssoclient"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/provider"
	"github.com/latchkey-sso/latchkey/rolecache"
	"github.com/latchkey-sso/latchkey/ssooidc"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// UI is how a sign-in talks to the user. Every function may be nil.
type UI struct {
	// ShowURL tells the user which page to open, in the authorization code flow. It must
	// return at once, and is called again if the first page turns out to be of no use.
	ShowURL func(AuthorizationRequest)

	// ShowCode tells the user where to approve the sign-in, in the device code flow.
	// Without it nobody can compare the code.
	ShowCode func(DeviceCode)

	// OpenBrowser opens the URL in the user's browser: that of a web page, over
	// https unless it is on this machine. Its error is not fatal: the user has been
	// shown the URL.
	OpenBrowser func(url string) error

	// Waiting says that another process is signing in to the same session and
	// that its token will be used. If that process is stuck, Login goes on by
	// itself, with a warning, after atMost.
	Waiting func(atMost time.Duration)
}

// DeviceCode is what the user needs to approve a sign-in on any device. The
// strings come from the server: they are printable ASCII, the URLs of at most 2048
// bytes, without a user name, and with the scheme http or https.
type DeviceCode struct {
	// VerificationURI is the page that asks for the code. It is empty only if
	// VerificationURIComplete is not.
	VerificationURI string
	// VerificationURIComplete is the same page with the code filled in; empty if the
	// server sends none.
	VerificationURIComplete string
	// UserCode is the code, of at most 64 bytes; the page shows it too, and the two
	// must be equal.
	UserCode string
	// ExpiresAt is when the code stops working, or when Login gives up if that is earlier.
	ExpiresAt time.Time
}

// Options changes how signing in and out work. The zero value is what most
// programs want.
type Options struct {
	// TokenCache keeps the token and, if it is a tokencache.RegistrationCache, the
	// client registration. Nil means ~/.aws/sso/cache.
	TokenCache tokencache.Cache

	// RoleCache is where the role credentials of the session are deleted. Nil means
	// ~/.aws/cli/cache if TokenCache is the default, and otherwise none. In a rolecache.Dir
	// that is every file of IAM Identity Center credentials but those of the roles
	// that the shared config files name for another session, since the files do not
	// tell their session; in any other cache, the roles that the config files name for
	// the session.
	RoleCache rolecache.Cache

	// Flow is how to sign in.
	Flow Flow

	// CallbackPort is the port on 127.0.0.1 that the browser is sent back to. 0 means any
	// free one.
	CallbackPort int

	// HTTPClient sends the requests to Identity Center. Nil means the HTTPClient
	// of ClientConfig, else the SDK's default client. The SDK's, and one of its kind
	// (awshttp.BuildableClient), is made to trust the profile's CA bundle.
	HTTPClient aws.HTTPClient

	// ClientConfig, when not nil, returns the settings that the Identity Center
	// clients take from an aws.Config: Retryer, RetryMaxAttempts, RetryMode,
	// APIOptions, ClientLogMode, AppID, HTTPClient and Logger. It is called once.
	// Everything else in it is ignored, such as ServiceOptions, Region and
	// BaseEndpoint: the profile gives region and endpoint. The profile also gives
	// RetryMaxAttempts, RetryMode and AppID if they are not set. A sign-out is tried
	// twice unless RetryMaxAttempts is set here.
	ClientConfig func() aws.Config

	// Logger receives warnings and, at Debug, each step. Never a secret. Nil means the
	// Logger of ClientConfig, else no log.
	Logger logging.Logger

	// Now is the clock. Nil means time.Now.
	Now func() time.Time

	settings aws.Config // of ClientConfig, HTTPClient and Logger
}

func newOptions(optFns []func(*Options)) (Options, error) {
	var o Options
	for _, fn := range optFns {
		fn(&o)
	}
	if o.Now == nil {
		o.Now = time.Now //nolint:forbidigo // the default of the injected clock
	}
	o.settings = ssoclient.Settings(o.ClientConfig, o.HTTPClient, o.Logger)
	if o.TokenCache == nil {
		dir, err := tokencache.DefaultDir()
		if err != nil {
			return Options{}, fmt.Errorf("login: find token cache: %w", err)
		}
		o.TokenCache = dir
	}
	if o.RoleCache == nil && isDefault(o.TokenCache) {
		if dir, err := rolecache.DefaultDir(); err == nil {
			o.RoleCache = dir
		}
	}
	return o, nil
}

func isDefault(cache tokencache.Cache) bool {
	dir, ok := cache.(tokencache.Dir)
	usual, err := tokencache.DefaultDir()
	return ok && err == nil && dir == usual
}

// checkProfile returns an error unless p says what to sign in to, or out of.
func checkProfile(p profile.SignIn) error {
	switch {
	case p.Session == nil:
		return p.NewError("sso_session", "no SSO settings", "add sso_session")
	case p.Session.StartURL == "":
		return p.NewError("sso_start_url", "sso_start_url is missing", "add sso_start_url = <https address of your AWS access portal>")
	case p.Session.Region == "":
		return p.NewError("sso_region", "sso_region is missing", "add sso_region = <region of your Identity Center>")
	}
	return nil
}

// checkStartURL refuses what the AWS CLI refuses to sign in to.
func checkStartURL(p profile.SignIn) error {
	u, err := url.Parse(p.Session.StartURL)
	if err != nil || u.Scheme != "https" || u.Host == "" {
		return p.NewError("sso_start_url", "sso_start_url is not an https URL", "set it to the https address of your AWS access portal")
	}
	return nil
}

// ErrDenied says that the user, or their administrator, refused the sign-in.
var ErrDenied = errors.New("login: the sign-in was denied")

// ErrExpired says that nobody approved the sign-in in time.
var ErrExpired = errors.New("login: the sign-in was not approved in time")

// Login signs in to the session of p and stores its token, whatever token is
// there already. When another process is signing in to the same session, Login
// waits and returns the token that one stored. It waits no longer than a sign-in
// can take, twelve minutes. Role credentials of the session are
// deleted: see Options.RoleCache. Where that fails, Login warns.
//
// A start URL that is not AWS's must redirect, once, to one that is, unless the profile
// has an endpoint for SSO OIDC. The files of the sign-in are named after the configured URL.
//
// It fails with an error that matches [ErrDenied] or [ErrExpired], with a
// *profile.Error about the session's settings, such as a [*RegionError], with ctx's
// error, with the error of a cache that cannot store the token, before the user is asked
// anything, or with the error of the request.
func Login(ctx context.Context, p profile.SignIn, ui UI, optFns ...func(*Options)) (*tokencache.Token, error) {
	opts, err := newOptions(optFns)
	if err != nil {
		return nil, err
	}
	if err := checkProfile(p); err != nil {
		return nil, err
	}
	if err := checkStartURL(p); err != nil {
		return nil, err
	}
	if err := checkFlow(p, opts.Flow); err != nil {
		return nil, err
	}
	oidc, err := ssoclient.OIDC(p, opts.settings)
	if err != nil {
		return nil, err
	}
	s := &signIn{session: p.Session, startURL: p.Session.StartURL, oidc: oidc, ui: ui, opts: opts}
	opts.warnPlainHTTP(p.Session.StartURL, p.Endpoints.SSOOIDC)
	if cache, ok := s.opts.TokenCache.(tokencache.WriteChecker); ok {
		if err := cache.CheckWritable(ctx, s.session.CacheKey()); err != nil {
			return nil, fmt.Errorf("login: the token could not be stored: %w", err)
		}
	}
	if cache, ok := s.opts.TokenCache.(tokencache.PrivacyChecker); ok {
		if err := cache.CheckPrivate(ctx); err != nil {
			s.opts.warnf("%v", err)
		}
	}
	theirs, unlock, err := s.turn(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if theirs != nil {
		provider.Forget(opts.TokenCache, s.session.CacheKey()) // on disk, that process has deleted them
		return theirs, nil
	}
	if err := s.resolve(ctx, p); err != nil {
		return nil, err
	}
	tok, err := s.run(ctx)
	if err != nil {
		return nil, err
	}
	if err := opts.deleteRoles(ctx, p.Session); err != nil {
		s.warnf("role credentials of the sign-in before could not be deleted: %v", err)
	}
	return tok, nil
}

// signIn is one sign-in to one session.
type signIn struct {
	session  *profile.Session
	startURL string           // as AWS knows it
	oidc     *ssooidc.Client
	deadline time.Time // for the user to approve, in whichever flow
	ui       UI
	opts     Options
}

// store writes the token of a new sign-in. It takes the token's lock, so that a
// refresh under way does not put the end of the old sign-in over it.
func (s *signIn) store(ctx context.Context, tok *tokencache.Token) error {
	key := s.session.CacheKey()
	at, cancel := context.WithTimeout(ctx, storeLockWait)
	defer cancel()
	unlock, err := s.opts.TokenCache.Lock(at, key)
	if err == nil {
		defer unlock()
	}
	if err := s.opts.TokenCache.Store(ctx, key, tok); err != nil {
		return fmt.Errorf("login: store token: %w", err)
	}
	if cache, ok := s.opts.TokenCache.(tokencache.NoteCache); ok {
		if err := cache.DeleteNote(ctx, key); err != nil {
			s.debugf("the note about the refresh token of before stays: %v", err)
		}
	}
	return nil
}

func (s *signIn) warnf(format string, args ...any)  { s.opts.warnf(format, args...) }
func (s *signIn) debugf(format string, args ...any) { s.opts.debugf(format, args...) }

func (o *Options) warnf(format string, args ...any) {
	o.settings.Logger.Logf(logging.Warn, format, args...)
}

func (o *Options) debugf(format string, args ...any) {
	o.settings.Logger.Logf(logging.Debug, format, args...)
}

// warnPlainHTTP warns, once, if one of the endpoints takes tokens over the network
// unencrypted.
func (o *Options) warnPlainHTTP(startURL string, endpoints ...string) {
	for _, endpoint := range endpoints {
		if host := ssoclient.PlainHTTPHost(endpoint); host != "" {
			o.warnf("the tokens of the sign-in at %s are sent to %s unencrypted, over plain http", startURL, host)
			return
		}
	}
}

// storeLockWait bounds the wait for a refresh under way before the token is
// replaced or deleted all the same.
const storeLockWait = 30 * time.Second
