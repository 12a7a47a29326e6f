// Package provider turns an IAM Identity Center sign-in into AWS credentials
// and bearer tokens for one profile.
//
// [Load] finds the profile in the shared config files and returns its
// [Provider], which is an aws.CredentialsProvider and a smithy
// bearer.TokenProvider:
//
//	p, err := provider.Load("dev")
//	if err != nil {
//		return err
//	}
//	client := s3.New(s3.Options{Region: "eu-west-1", Credentials: aws.NewCredentialsCache(p)})
//
// A Provider never opens a browser or prompts the user. If the user must sign in, it returns a
// [LoginRequiredError], unless Options.Login is set.
//
// All providers of a sign-in in a process share its token and role credentials. Providers have
// the same sign-in if their sessions are the same and their Options.TokenCache is equal (==).
// Processes share both through the caches.
//
// A refresh continues after its caller's context is done. If the process exits between the request
// and the store, the sign-in may be lost: call [Wait] before the program exits. This package
// installs no signal handlers. To handle Ctrl-C, pass a context from signal.NotifyContext to the
// calls and call Wait before exiting, as in the example of Wait.
package provider

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

	"github.com/latchkey-sso/latchkey/internal/ssoclient"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/rolecache"
	"github.com/latchkey-sso/latchkey/sso"
	"github.com/latchkey-sso/latchkey/ssotoken"
	"github.com/latchkey-sso/latchkey/tokencache"
	"github.com/latchkey-sso/latchkey/tokenstore"
)

// Name is the Source of the aws.Credentials that a Provider returns.
const Name = "LatchkeyProvider"

// Options configures a Provider. The zero value suits most programs.
type Options struct {
	// TokenCache holds the sign-in. Nil means the store that the session names (see
	// profile.Session.TokenStore): by default ~/.aws/sso/cache, which all AWS tools share.
	// Providers whose TokenCaches are equal (==) share their token and its
	// refreshes; caches of types that are not comparable share nothing.
	TokenCache tokencache.Cache

	// TokenStores open the stores that package tokenstore does not open itself. They are used
	// if TokenCache is nil. See latchkey.WithTokenStores.
	TokenStores []tokenstore.Driver

	// RoleCache, if not nil, stores role credentials for other processes.
	// rolecache.DefaultDir shares them with the AWS CLI, in plain files; tokenstore.Open
	// returns the role cache of the session's store. If it is nil, role credentials are kept
	// in memory only.
	RoleCache rolecache.Cache

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
	// sets it to login.Login. A function that signs in by other means must call [Forget].
	// If Login is nil, calls fail with a *LoginRequiredError.
	Login func(ctx context.Context, s profile.SignIn) error

	// RenewBefore is how long before their expiry role credentials are renewed. Zero
	// means 5 minutes. Set it to how long the returned credentials must last. Credentials
	// in the role cache may be renewed earlier: 15 minutes before their expiry, or a third
	// of their lifetime if that is shorter. Credentials whose lifetime is shorter than
	// RenewBefore are renewed every 30 seconds.
	RenewBefore time.Duration

	// LockTimeout is how long another process may take to refresh the sign-in. A process
	// that holds the lock for longer counts as stuck: the refresh then continues without
	// the lock, with a warning, or fails with [ErrStopped]. Zero means 25 seconds, which
	// is longer than a request can take.
	LockTimeout time.Duration

	// Now is the clock that expiry is checked against. Nil means time.Now. Timeouts use
	// real time: 20 seconds for a request including retries, and 2 seconds after a
	// rejected refresh to wait for the token of another tool.
	Now func() time.Time
}

// Provider provides credentials and bearer tokens for a profile. It is safe for concurrent use.
// Create one with [New] or [Load].
type Provider struct {
	profile *profile.Profile
	opts    Options
	tokens  *ssotoken.Source
	signIn  *signIn
	role    *role

	// Created on first use: most calls are served from a cache.
	settings func() aws.Config
	portal   func() (*sso.Client, error)
}

var (
	_ aws.CredentialsProvider                       = (*Provider)(nil)
	_ aws.CredentialProviderSource                  = (*Provider)(nil)
	_ aws.AdjustExpiresByCredentialsCacheStrategy   = (*Provider)(nil)
	_ aws.HandleFailRefreshCredentialsCacheStrategy = (*Provider)(nil)
	_ bearer.TokenProvider                          = (*Provider)(nil)
)

// Load loads a profile from the shared config files and returns its Provider. An empty name means
// AWS_PROFILE, or else "default". Load returns the errors of profile.Load and [New]. It also fails
// with a *profile.Error if the profile has a role_arn: this package does not call STS.
func Load(name string, optFns ...func(*Options)) (*Provider, error) {
	p, err := profile.Load(name)
	if err != nil {
		return nil, err
	}
	if p.RoleARN != "" {
		return nil, p.NewError("role_arn", "the profile assumes a role", "use the profile that it takes credentials from")
	}
	return New(p, optFns...)
}

// New returns the Provider of a loaded profile. It makes no requests and reads no files. It ignores
// role_arn. New fails with a *profile.Error if the profile has no SSO settings, or its session has
// no start URL or no region. If TokenCache is nil, it also fails if the home directory is unknown,
// with a *tokenstore.SettingError if the session's store is invalid, and with a
// *tokenstore.DriverError if TokenStores does not open it.
func New(p *profile.Profile, optFns ...func(*Options)) (*Provider, error) {
	var opts Options
	for _, fn := range optFns {
		fn(&opts)
	}
	settings := sync.OnceValue(func() aws.Config {
		return ssoclient.Settings(opts.ClientConfig, opts.HTTPClient, opts.Logger)
	})
	tokens, err := ssotoken.New(p.SignIn(), func(o *ssotoken.Options) {
		o.TokenCache, o.TokenStores = opts.TokenCache, opts.TokenStores
		o.ClientConfig, o.Login = settings, opts.Login
		o.LockTimeout, o.Now = opts.LockTimeout, opts.Now
	})
	if err != nil {
		return nil, err
	}
	if opts.Now == nil {
		opts.Now = time.Now //nolint:forbidigo // the default clock
	}
	opts.RenewBefore = cmp.Or(opts.RenewBefore, roleWindow)
	opts.LockTimeout = cmp.Or(opts.LockTimeout, callTimeout+5*time.Second)
	signIn := sharedSignIn(p, tokens.Cache())
	return &Provider{
		profile:  p,
		opts:     opts,
		tokens:   tokens,
		signIn:   signIn,
		role:     signIn.role(p, opts.RoleCache),
		settings: settings,
		portal:   sync.OnceValues(func() (*sso.Client, error) { return ssoclient.Portal(p.SignIn(), settings()) }),
	}, nil
}

// check returns an error if p is nil or the zero value.
func (p *Provider) check() error {
	if p == nil || p.profile == nil {
		return errors.New("provider: Provider was not created by New or Load")
	}
	return nil
}

// Retrieve returns credentials of the profile's role from memory, the role cache or Identity
// Center. It refreshes the token first if it expires within five minutes. Expires is the actual
// expiry of the credentials.
//
// The error is a *[LoginRequiredError] if the user must sign in, is a *profile.Error if the profile
// has no account or role, and matches [ErrStopped] if another process must be resumed or killed
// first. Otherwise it wraps the error of the request, which may be one of the types in packages sso
// and ssooidc.
//
// If ctx is done first, Retrieve returns ctx.Err(). The request continues for other callers, and
// since a refresh token may be consumed. A program must call [Wait] before it exits, or the user
// may have to sign in again.
func (p *Provider) Retrieve(ctx context.Context) (aws.Credentials, error) {
	if err := p.check(); err != nil {
		return aws.Credentials{}, err
	}
	if p.profile.AccountID == "" || p.profile.RoleName == "" {
		return aws.Credentials{}, p.profile.NewError("sso_account_id",
			"without sso_account_id and sso_role_name the profile gives a bearer token, not credentials", "add both")
	}
	// The common case, without the cost of WithLogin.
	if creds, ok := p.role.fresh(p.opts.Now(), p.opts.RenewBefore); ok {
		return creds, nil
	}
	var creds aws.Credentials
	err := p.tokens.WithLogin(ctx, func(ctx context.Context) (err error) {
		creds, err = p.retrieve(ctx)
		return err
	})
	return creds, p.forProfile(err)
}

// WithRole returns a Provider for another role of the same user. It shares the sign-in, the HTTP
// connections and the rate limit with p. Its errors name the profile of p.
func (p *Provider) WithRole(accountID, roleName string) *Provider {
	if p.check() != nil {
		return p
	}
	other, prof := *p, *p.profile
	prof.AccountID, prof.RoleName = accountID, roleName
	other.profile, other.role = &prof, p.signIn.role(&prof, p.opts.RoleCache)
	return &other
}

// RetrieveBearerToken returns the access token of the sign-in. It refreshes the token first if it
// expires within five minutes. Errors are those of [Provider.Retrieve].
func (p *Provider) RetrieveBearerToken(ctx context.Context) (bearer.Token, error) {
	if err := p.check(); err != nil {
		return bearer.Token{}, err
	}
	return p.tokens.RetrieveBearerToken(ctx)
}

// forProfile returns err with the profile of p. The error may come from a call shared with other
// profiles.
func (p *Provider) forProfile(err error) error {
	var required *LoginRequiredError
	if !errors.As(err, &required) || required.Profile == p.profile.Name {
		return err
	}
	return required.For(p.profile.SignIn())
}

// Format prints the name of the profile and no secrets, for every verb.
func (p *Provider) Format(w fmt.State, _ rune) {
	if p == nil || p.profile == nil {
		_, _ = fmt.Fprint(w, "provider.Provider")
		return
	}
	_, _ = fmt.Fprintf(w, "provider.Provider(profile %q)", p.profile.Name)
}

func (p *Provider) warnf(format string, args ...any) {
	p.settings().Logger.Logf(logging.Warn, format, args...)
}

func (p *Provider) debugf(format string, args ...any) {
	p.settings().Logger.Logf(logging.Debug, format, args...)
}
