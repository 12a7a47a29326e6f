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
// A Provider opens no browser and asks the user nothing. If the user has to sign in, it returns
// a [LoginRequiredError], unless Options.Login is set.
//
// All providers of one sign-in in a process share its token, its refreshes and its role
// credentials for as long as the process lives. Which sign-ins are one is decided by equality
// (==) of Options.TokenCache, and by the session. Processes share them through the caches.
//
// A refresh goes on after its caller gave up, and one that is cut off between the request and
// the store may end the sign-in. A program that may exit meanwhile calls [Wait] first. This
// package installs no signal handlers: a program that Ctrl-C may end during a refresh passes a
// context from signal.NotifyContext to the calls, and calls Wait before it exits, as in the
// example of Wait.
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
)

// Name is the Source of the aws.Credentials a Provider returns.
const Name = "LatchkeyProvider"

// Options changes how a Provider works. The zero value is what most programs
// want.
type Options struct {
	// TokenCache holds the sign-in. Nil means the directory that every AWS tool
	// shares, ~/.aws/sso/cache. Providers whose TokenCaches are equal (==) share one
	// token and one refresh; a cache of a type that cannot be compared shares nothing.
	TokenCache tokencache.Cache

	// RoleCache, when not nil, also keeps role credentials on disk, so that the
	// next process needs no request. rolecache.DefaultDir shares them with the
	// AWS CLI. Nil keeps them in memory only.
	RoleCache rolecache.Cache

	// HTTPClient sends the requests to Identity Center. Nil means the HTTPClient
	// of ClientConfig, else the SDK's default client. The SDK's, and one of its kind
	// (awshttp.BuildableClient), is made to trust the profile's CA bundle.
	HTTPClient aws.HTTPClient

	// ClientConfig, when not nil, returns the settings that the two Identity
	// Center clients take from an aws.Config: Retryer, RetryMaxAttempts,
	// RetryMode, APIOptions, ClientLogMode, AppID, HTTPClient and Logger. It is
	// called once, before the first request or log line. Everything else in it is
	// ignored, such as ServiceOptions, Region and BaseEndpoint: the profile gives region
	// and endpoint. The profile also gives RetryMaxAttempts, RetryMode and AppID if they
	// are not set.
	ClientConfig func() aws.Config

	// Logger receives warnings (a cache that cannot be written, a refresh that
	// failed while the token is still valid) and, at Debug, each step. Never a
	// secret. Nil means the Logger of ClientConfig, else no log.
	Logger logging.Logger

	// Login, when not nil, is called when the user has to sign in, and the call then
	// tried once more. s is what to sign in to. One call at a time is made for a
	// sign-in, however many goroutines wait. latchkey.WithLogin sets it to login.Login.
	// A function that signs in by other means calls [Forget]. Nil means that
	// calls fail with a *LoginRequiredError.
	Login func(ctx context.Context, s profile.SignIn) error

	// RenewBefore is how long before they expire role credentials are renewed. Zero means
	// five minutes. Those in the role cache are renewed 15 minutes before, or RenewBefore
	// if that is longer, or a third of their lifetime if that is shorter. A program that
	// hands credentials on sets it to how long they must last. Credentials that live for
	// less than RenewBefore are renewed every 30 seconds.
	RenewBefore time.Duration

	// LockTimeout is how long another process may take to refresh the same
	// sign-in. A process that holds the lock for longer counts as stopped or hung,
	// and the refresh goes on without the lock, with a warning. Zero means 25 seconds,
	// which is longer than a request may take.
	LockTimeout time.Duration

	// Now is the clock that decides what has expired. Nil means time.Now. Timeouts and
	// waits are in real time: 20 seconds for a request with its retries, and two
	// seconds after a rejected refresh, for the token of another tool.
	Now func() time.Time
}

// Provider gives credentials and bearer tokens for one profile. It is safe for
// concurrent use. Make one with [New] or [Load].
type Provider struct {
	profile *profile.Profile
	opts    Options
	tokens  *ssotoken.Source
	signIn  *signIn
	role    *role

	// Most calls are served from a cache, so these are made when first needed.
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

// Load reads the profile called name from the shared config files and returns
// its Provider. An empty name means the one AWS_PROFILE selects, else
// "default". It fails with the errors of profile.Load and of [New], and for a
// profile that assumes a role: this package does not call STS.
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

// New returns the Provider of a profile that was already read. It makes no
// request and reads no file. It does not assume the role of role_arn. New fails with a
// *profile.Error when the profile has no SSO settings or its session has no start URL or
// region, and when no home directory is known for the default token cache.
func New(p *profile.Profile, optFns ...func(*Options)) (*Provider, error) {
	var opts Options
	for _, fn := range optFns {
		fn(&opts)
	}
	settings := sync.OnceValue(func() aws.Config {
		return ssoclient.Settings(opts.ClientConfig, opts.HTTPClient, opts.Logger)
	})
	tokens, err := ssotoken.New(p.SignIn(), func(o *ssotoken.Options) {
		o.TokenCache, o.ClientConfig, o.Login = opts.TokenCache, settings, opts.Login
		o.LockTimeout, o.Now = opts.LockTimeout, opts.Now
	})
	if err != nil {
		return nil, err
	}
	if opts.Now == nil {
		opts.Now = time.Now //nolint:forbidigo // the default of the injected clock
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
		return errors.New("provider: the Provider was not made by New or Load")
	}
	return nil
}

// Retrieve returns credentials of the profile's role, from memory, from the
// role cache, or from Identity Center, refreshing the sign-in first when it is
// about to expire. Expires is when the credentials really expire, AccountID the
// account they belong to.
//
// It fails with a *[LoginRequiredError] if the user has to sign in, with a
// *profile.Error for a profile without account and role, and otherwise with the
// error of the request, whose modelled types (of packages
// sso and ssooidc) errors.As finds; it matches [ErrStopped] if another process has to
// be continued or ended first.
//
// If ctx ends first, it returns ctx's error. The work goes on, for the other callers
// that wait for it, and since the refresh token may be used up: a program that exits
// soon after calls [Wait] first, or the next one may have to sign in.
func (p *Provider) Retrieve(ctx context.Context) (aws.Credentials, error) {
	if err := p.check(); err != nil {
		return aws.Credentials{}, err
	}
	if p.profile.AccountID == "" || p.profile.RoleName == "" {
		return aws.Credentials{}, p.profile.NewError("sso_account_id",
			"without sso_account_id and sso_role_name the profile gives a bearer token, not credentials", "add both")
	}
	// The usual case needs no retry.
	if creds, ok := p.role.fresh(p.opts.Now(), p.opts.RenewBefore); ok {
		return creds, nil
	}
	var creds aws.Credentials
	err := p.tokens.WithLogin(ctx, func(ctx context.Context) (err error) {
		creds, err = p.retrieve(ctx)
		return err
	})
	return creds, p.own(err)
}

// WithRole returns a Provider for another role that the same user may have. It shares the
// sign-in, the HTTP connections and the pace of the requests with p, and what its errors say
// about the profile is about the profile of p.
func (p *Provider) WithRole(accountID, roleName string) *Provider {
	if p.check() != nil {
		return p
	}
	other, prof := *p, *p.profile
	prof.AccountID, prof.RoleName = accountID, roleName
	other.profile, other.role = &prof, p.signIn.role(&prof, p.opts.RoleCache)
	return &other
}

// RetrieveBearerToken returns the access token of the sign-in, refreshed first
// when it is about to expire. Errors and contexts are as for [Provider.Retrieve].
func (p *Provider) RetrieveBearerToken(ctx context.Context) (bearer.Token, error) {
	if err := p.check(); err != nil {
		return bearer.Token{}, err
	}
	return p.tokens.RetrieveBearerToken(ctx)
}

// own returns err as an error of this profile. It may come from a call shared with others.
func (p *Provider) own(err error) error {
	var required *LoginRequiredError
	if !errors.As(err, &required) || required.Profile == p.profile.Name {
		return err
	}
	return required.For(p.profile.SignIn())
}

// Format prints the profile, whatever the verb, and no secret.
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
