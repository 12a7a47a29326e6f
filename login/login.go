// Package login signs people in to IAM Identity Center and out again.
//
// [Login] runs the device authorization flow (RFC 8628) and writes the token
// where every AWS tool looks for it. What the person sees is up to a [UI].
package login

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/logging"

	"github.com/latchkey-sso/latchkey/internal/connect"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/ssooidc"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// UI is how a sign-in talks to the person. Every function may be nil.
type UI struct {
	// ShowCode tells the person where to approve the sign-in. Without it nobody
	// can compare the code, so only OpenBrowser being set makes sense then.
	ShowCode func(DeviceCode)

	// OpenBrowser opens the URL, of a web page always, in the person's browser.
	// Its error is not fatal: the person has been shown the URL.
	OpenBrowser func(url string) error

	// Waiting says that another process is signing in to the same session and
	// that its token will be used.
	Waiting func()
}

// DeviceCode is what the person needs to approve a sign-in on any device.
type DeviceCode struct {
	// VerificationURI is the page that asks for the code.
	VerificationURI string
	// VerificationURIComplete is the same page with the code filled in.
	VerificationURIComplete string
	// UserCode is the code; the page shows it too, and the two must be equal.
	UserCode string
	// ExpiresAt is when the code stops working.
	ExpiresAt time.Time
}

// Cache is where a sign-in is kept: the token, and the client registration that
// it can be refreshed with. tokencache.Dir is one.
type Cache interface {
	tokencache.Cache
	CheckWritable(ctx context.Context, key string) error
	LoadRegistration(ctx context.Context, key tokencache.RegistrationKey) (*tokencache.Registration, error)
	StoreRegistration(ctx context.Context, key tokencache.RegistrationKey, r *tokencache.Registration) error
}

// Options changes how signing in and out work. The zero value is what most
// programs want.
type Options struct {
	// Cache keeps the sign-in. Nil means ~/.aws/sso/cache.
	Cache Cache

	// ClientConfig gives the settings of the Identity Center clients (HTTPClient,
	// Retryer, Logger, ...). Its Region and endpoint are not used: those come
	// from the profile, and so does what it leaves open of RetryMaxAttempts,
	// RetryMode and AppID. A sign-out is tried twice unless it says otherwise.
	ClientConfig aws.Config

	// Now is the clock. Nil means time.Now.
	Now func() time.Time
}

func newOptions(optFns []func(*Options)) (Options, error) {
	var o Options
	for _, fn := range optFns {
		fn(&o)
	}
	if o.Now == nil {
		o.Now = time.Now //nolint:forbidigo // the default of the injected clock
	}
	if o.ClientConfig.Logger == nil {
		o.ClientConfig.Logger = logging.Nop{}
	}
	if o.Cache == nil {
		dir, err := tokencache.DefaultDir()
		if err != nil {
			return Options{}, fmt.Errorf("login: find token cache: %w", err)
		}
		o.Cache = dir
	}
	return o, nil
}

// ErrDenied says that the person, or their administrator, refused the sign-in.
var ErrDenied = errors.New("login: the sign-in was denied")

// ErrExpired says that nobody approved the sign-in in time.
var ErrExpired = errors.New("login: the code expired before the sign-in was approved")

// Login signs in to the session of p and stores its token, whatever token is
// there already. When another process is signing in to the same session, Login
// waits and returns the token that one stored.
//
// It fails with an error that matches [ErrDenied] or [ErrExpired], with ctx's
// error, with the error of the cache, found before the person is asked
// anything, or with the error of the request.
func Login(ctx context.Context, p *profile.Profile, ui UI, optFns ...func(*Options)) (*tokencache.Token, error) {
	opts, err := newOptions(optFns)
	if err != nil {
		return nil, err
	}
	if p.Session == nil {
		return nil, fmt.Errorf("login: profile %q has no SSO settings", p.Name)
	}
	oidc, err := connect.OIDC(p, opts.ClientConfig)
	if err != nil {
		return nil, fmt.Errorf("login: %w", err)
	}
	s := &signIn{session: p.Session, oidc: oidc, ui: ui, opts: opts}
	if err := s.opts.Cache.CheckWritable(ctx, s.session.CacheKey()); err != nil {
		return nil, fmt.Errorf("login: the token could not be stored: %w", err)
	}
	theirs, unlock, err := s.turn(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if theirs != nil {
		return theirs, nil
	}
	return s.device(ctx)
}

// signIn is one sign-in to one session.
type signIn struct {
	session *profile.Session
	oidc    *ssooidc.Client
	ui      UI
	opts    Options
}

// turn waits until no other process signs in to the session. If one did while
// we waited, its token is returned.
func (s *signIn) turn(ctx context.Context) (*tokencache.Token, func(), error) {
	// Not the lock of the token: a refresh must not wait for a person.
	key := "login " + s.session.CacheKey()
	before := s.accessToken(ctx)
	at, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
	unlock, err := s.opts.Cache.Lock(at, key)
	busy := errors.Is(err, context.DeadlineExceeded)
	cancel()
	switch {
	case ctx.Err() != nil:
		return nil, nil, ctx.Err()
	case err == nil:
		return nil, unlock, nil
	case !busy:
		s.warnf("signing in without a lock: %v", err)
		return nil, func() {}, nil
	}
	if s.ui.Waiting != nil {
		s.ui.Waiting()
	}
	if unlock, err = s.opts.Cache.Lock(ctx, key); err != nil {
		return nil, nil, fmt.Errorf("login: wait for another sign-in: %w", err)
	}
	tok, err := s.opts.Cache.Load(ctx, s.session.CacheKey())
	if err == nil && tok.AccessToken != before && !tok.Expired(s.opts.Now()) {
		return tok, unlock, nil
	}
	return nil, unlock, nil
}

func (s *signIn) accessToken(ctx context.Context) tokencache.Secret {
	tok, err := s.opts.Cache.Load(ctx, s.session.CacheKey())
	if err != nil {
		return ""
	}
	return tok.AccessToken
}

// store writes the token of a new sign-in. It takes the token's lock, so that a
// refresh under way does not put the end of the old sign-in over it.
func (s *signIn) store(ctx context.Context, tok *tokencache.Token) error {
	key := s.session.CacheKey()
	at, cancel := context.WithTimeout(ctx, storeLockWait)
	defer cancel()
	unlock, err := s.opts.Cache.Lock(at, key)
	if err == nil {
		defer unlock()
	}
	if err := s.opts.Cache.Store(ctx, key, tok); err != nil {
		return fmt.Errorf("login: store token: %w", err)
	}
	return nil
}

func (s *signIn) warnf(format string, args ...any) {
	s.opts.ClientConfig.Logger.Logf(logging.Warn, format, args...)
}

func (s *signIn) debugf(format string, args ...any) {
	s.opts.ClientConfig.Logger.Logf(logging.Debug, format, args...)
}

// storeLockWait bounds the wait for a refresh under way before the token is
// replaced or deleted all the same.
const storeLockWait = 30 * time.Second
