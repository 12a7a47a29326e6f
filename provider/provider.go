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
// A Provider never opens a browser and never asks anything. Where only a person
// can help, it returns a [LoginRequiredError].
//
// All providers of one sign-in in a process share its token, its refreshes and
// its role credentials, for as long as the process lives; processes share them
// through the token cache.
//
// A refresh goes on after its caller gave up, and one that is cut off between the
// request and the store may end the sign-in. A program that may exit meanwhile calls
// [Wait] first. This package installs no signal handlers: a program that Ctrl-C may end
// during a refresh takes its signals with signal.NotifyContext, hands that context to
// the calls, and calls Wait before it exits, as in the example of Wait.
package provider

import (
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
	"github.com/latchkey-sso/latchkey/ssooidc"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// Name is the Source of the aws.Credentials a Provider returns.
const Name = "LatchkeyProvider"

// Options changes how a Provider works. The zero value is what most programs
// want.
type Options struct {
	// TokenCache holds the sign-in. Nil means the directory that every AWS tool
	// shares, ~/.aws/sso/cache.
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
	// called once, before the first request. Its Region and endpoint are not
	// used: those come from the profile, and so does what it leaves open of
	// RetryMaxAttempts, RetryMode and AppID.
	ClientConfig func() aws.Config

	// Logger receives warnings (a cache that cannot be written, a refresh that
	// failed while the token is still good) and, at Debug, each step. Never a
	// secret. Nil means the Logger of ClientConfig, else silence.
	Logger logging.Logger

	// LockTimeout is how long another process may take to refresh the same
	// sign-in. One that holds the lock for longer is taken to be stopped or hung,
	// and passed by with a warning. Zero means 25 seconds, which is longer than
	// the request may take.
	LockTimeout time.Duration

	// Now is the clock. Nil means time.Now.
	Now func() time.Time

	waits waits
}

// settings are what ClientConfig gives, overridden by the fields beside it.
func (o Options) settings() aws.Config {
	var cfg aws.Config
	if o.ClientConfig != nil {
		cfg = o.ClientConfig()
	}
	if o.HTTPClient != nil {
		cfg.HTTPClient = o.HTTPClient
	}
	if o.Logger != nil {
		cfg.Logger = o.Logger
	}
	if cfg.Logger == nil {
		cfg.Logger = logging.Nop{}
	}
	return cfg
}

// Provider gives credentials and bearer tokens for one profile. It is safe for
// concurrent use. Make one with [New] or [Load].
type Provider struct {
	profile *profile.Profile
	opts    Options
	session *session
	role    *role

	// Most calls are answered from a cache: these are made when first needed.
	settings func() aws.Config
	portal   func() (*sso.Client, error)
	oidc     func() (*ssooidc.Client, error)
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
// profile that assumes a role: this package does not speak to STS.
func Load(name string, optFns ...func(*Options)) (*Provider, error) {
	p, err := profile.Load(name)
	if err != nil {
		return nil, err
	}
	if p.RoleARN != "" {
		return nil, p.NewError("role_arn", "the profile assumes a role", "use its source profile")
	}
	return New(p, optFns...)
}

// New returns the Provider of a profile that was already read. It makes no
// request and reads no file. The role of role_arn, if the profile has one, is not
// assumed. New fails with a *profile.Error when the profile has no SSO settings or its
// session has no start URL or region, and when no home directory is known for the default token cache.
func New(p *profile.Profile, optFns ...func(*Options)) (*Provider, error) {
	if p == nil || p.Session == nil {
		return nil, p.NewError("sso_session", "the profile has no SSO settings", "add sso_session")
	}
	switch {
	case p.Session.StartURL == "":
		return nil, p.NewError("sso_start_url", "the session has no start URL", "add sso_start_url")
	case p.Session.Region == "":
		return nil, p.NewError("sso_region", "the session has no region", "add sso_region")
	}
	opts := Options{waits: defaultWaits()}
	for _, fn := range optFns {
		fn(&opts)
	}
	if opts.Now == nil {
		opts.Now = time.Now //nolint:forbidigo // the default of the injected clock
	}
	if opts.LockTimeout == 0 {
		opts.LockTimeout = callTimeout + 5*time.Second
	}
	if opts.TokenCache == nil {
		dir, err := tokencache.DefaultDir()
		if err != nil {
			return nil, fmt.Errorf("provider: find token cache: %w", err)
		}
		opts.TokenCache = dir
	}
	settings := sync.OnceValue(opts.settings)
	session := sharedSession(p, opts)
	return &Provider{
		profile:  p,
		opts:     opts,
		session:  session,
		role:     session.role(p, opts),
		settings: settings,
		portal:   sync.OnceValues(func() (*sso.Client, error) { return ssoclient.Portal(p, settings()) }),
		oidc:     sync.OnceValues(func() (*ssooidc.Client, error) { return ssoclient.OIDC(p, settings()) }),
	}, nil
}

// made reports a Provider that is nil or the zero value as an error.
func (p *Provider) made() error {
	if p == nil || p.profile == nil {
		return errors.New("provider: the Provider was not made by New or Load")
	}
	return nil
}

// Retrieve returns credentials of the profile's role, from memory, from the
// role cache, or from Identity Center, refreshing the sign-in first when it is
// about to end. Expires is the true end of the credentials, AccountID the
// account they belong to.
//
// It fails with a *LoginRequiredError where a person must sign in, with a
// *profile.Error for a profile without account and role, and otherwise with the
// error of the request, whose modelled types (of packages
// sso and ssooidc) errors.As finds; it matches [ErrStopped] if another process has to
// be ended first.
//
// If ctx ends first, it returns ctx's error. The work goes on, for the other callers
// that wait for it, and since the refresh token may be used up: a program that exits
// soon after calls [Wait] first, or the next one may have to sign in.
func (p *Provider) Retrieve(ctx context.Context) (aws.Credentials, error) {
	if err := p.made(); err != nil {
		return aws.Credentials{}, err
	}
	if p.profile.AccountID == "" {
		return aws.Credentials{}, p.profile.NewError("sso_account_id",
			"without sso_account_id and sso_role_name the profile gives a bearer token, not credentials", "add both")
	}
	if creds, ok := p.role.fresh(p.opts.Now()); ok {
		return creds, nil
	}
	switch stored, err := p.storedRole(ctx); {
	case err != nil:
		return aws.Credentials{}, err
	case stored != nil:
		return *stored, nil
	}
	creds, err := share(ctx, &p.role.flights, "get credentials of role "+p.profile.RoleName, p.obtainRole)
	return creds, p.own(err)
}

// RetrieveBearerToken returns the access token of the sign-in, refreshed first
// when it is about to end. The errors are those of [Provider.Retrieve], and so is what
// goes on when ctx ends first: see [Wait].
func (p *Provider) RetrieveBearerToken(ctx context.Context) (bearer.Token, error) {
	if err := p.made(); err != nil {
		return bearer.Token{}, err
	}
	tok, err := p.token(ctx)
	if err != nil {
		return bearer.Token{}, p.own(err)
	}
	return bearer.Token{Value: string(tok.AccessToken), CanExpire: true, Expires: tok.ExpiresAt}, nil
}

// ProviderSources tells the SDK where the credentials come from; it reports
// this in its user agent.
func (p *Provider) ProviderSources() []aws.CredentialSource {
	if p.made() == nil && p.profile.Session.Refreshable() {
		return []aws.CredentialSource{aws.CredentialSourceProfileSSO, aws.CredentialSourceSSO}
	}
	return []aws.CredentialSource{aws.CredentialSourceProfileSSOLegacy, aws.CredentialSourceSSOLegacy}
}

// AdjustExpiresBy moves the expiry that aws.CredentialsCache goes by. It never
// takes away more than half of the time that is left: credentials that are
// served while Identity Center cannot be reached stay cached for a while,
// instead of being asked for on every call.
func (p *Provider) AdjustExpiresBy(creds aws.Credentials, d time.Duration) (aws.Credentials, error) {
	if made := p.made() == nil; !made || !creds.CanExpire {
		return creds, nil
	}
	if half := creds.Expires.Sub(p.opts.Now()) / 2; half > 0 && d < -half {
		d = -half
	}
	creds.Expires = creds.Expires.Add(d)
	return creds, nil
}

// HandleFailToRefresh lets aws.CredentialsCache go on with credentials that are
// still truly valid although new ones could not be had; otherwise it returns
// err.
func (p *Provider) HandleFailToRefresh(_ context.Context, _ aws.Credentials, err error) (aws.Credentials, error) {
	if p.made() != nil {
		return aws.Credentials{}, err
	}
	if creds, ok := p.role.valid(p.opts.Now()); ok {
		p.warnf("profile %q: keeping credentials until %s: %v", p.profile.Name, creds.Expires.Format(time.RFC3339), err)
		return creds, nil
	}
	return aws.Credentials{}, err
}
