package login

import (
	"fmt"
	"io"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/logging"

	"github.com/latchkey-sso/latchkey/internal/ssoclient"
	"github.com/latchkey-sso/latchkey/internal/tokencopy"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/rolecache"
	"github.com/latchkey-sso/latchkey/tokencache"
	"github.com/latchkey-sso/latchkey/tokenstore"
)

// Options configures signing in and out. The zero value suits most programs.
type Options struct {
	// TokenCache keeps the token and, if it is a tokencache.RegistrationCache, the
	// client registration. Nil means the store that the session names (see
	// profile.Session.TokenStore): by default ~/.aws/sso/cache.
	TokenCache tokencache.Cache

	// TokenStores open the stores that package tokenstore does not open itself. They are
	// used if TokenCache is nil.
	TokenStores []tokenstore.Driver

	// RoleCache is the cache to delete the session's role credentials from. Nil means
	// that of the store if TokenCache is nil, ~/.aws/cli/cache if TokenCache is
	// ~/.aws/sso/cache, or else no cache. The files of a rolecache.Dir do not name their
	// session, so all Identity Center credentials in it
	// are deleted, except for roles that the config files assign to other sessions. In
	// any other cache, only roles that the config files assign to this session are
	// deleted.
	RoleCache rolecache.Cache

	// Flow is the sign-in flow. The zero value is FlowAuto.
	Flow Flow

	// CallbackPort is the port on 127.0.0.1 for the redirect URI. Zero means any free
	// port.
	CallbackPort int

	// HTTPClient sends the requests to Identity Center. Nil means the HTTPClient of
	// ClientConfig, or else the SDK's default client. An *awshttp.BuildableClient, such
	// as the default, trusts the profile's CA bundle.
	HTTPClient aws.HTTPClient

	// ClientConfig, if not nil, returns settings for the Identity Center clients:
	// Retryer, RetryMaxAttempts, RetryMode, APIOptions, ClientLogMode, AppID,
	// HTTPClient and Logger. It is called once. All other fields are ignored: the region
	// and the endpoint come from the profile, and so do RetryMaxAttempts, RetryMode and
	// AppID if they are not set. A sign-out makes two attempts unless RetryMaxAttempts
	// is set here.
	ClientConfig func() aws.Config

	// Logger receives warnings and, at Debug level, each step, without secrets. Nil means
	// the Logger of ClientConfig, or else no logs.
	Logger logging.Logger

	// Now is the clock. Nil means time.Now.
	Now func() time.Time

	reader   tokencache.Cache // TokenCache for a sign-out; see keyOnce
	settings aws.Config       // from ClientConfig, HTTPClient and Logger
	copy     tokencopy.Copy   // for other tools
}

// Format prints only the type name, for every verb: the clients may hold secrets.
func (o Options) Format(w fmt.State, _ rune) { _, _ = io.WriteString(w, "login.Options") }

func newOptions(session *profile.Session, optFns []func(*Options)) (Options, error) {
	var o Options
	for _, fn := range optFns {
		fn(&o)
	}
	if o.Now == nil {
		o.Now = time.Now //nolint:forbidigo // the default of the injected clock
	}
	o.settings = ssoclient.Settings(o.ClientConfig, o.HTTPClient, o.Logger)
	if o.TokenCache == nil {
		err := o.openStore(session)
		return o, err
	}
	if o.RoleCache == nil && isDefault(o.TokenCache) {
		if dir, err := rolecache.DefaultDir(); err == nil {
			o.RoleCache = dir
		}
	}
	return o, nil
}

// openStore sets the caches to those of the session's store.
func (o *Options) openStore(session *profile.Session) error {
	store, err := tokenstore.Open(session.TokenStore, o.TokenStores...)
	if err != nil {
		return fmt.Errorf("login: %w", err)
	}
	o.TokenCache, o.copy = store.Tokens, tokencopy.For(session, store.Tokens)
	if o.RoleCache == nil {
		o.RoleCache = store.Roles
	}
	return nil
}

func isDefault(cache tokencache.Cache) bool {
	dir, ok := cache.(tokencache.Dir)
	usual, err := tokencache.DefaultDir()
	return ok && err == nil && dir == usual
}

func (o *Options) warnf(format string, args ...any) {
	o.settings.Logger.Logf(logging.Warn, format, args...)
}

func (o *Options) debugf(format string, args ...any) {
	o.settings.Logger.Logf(logging.Debug, format, args...)
}

// warnPlainHTTP warns if tokens are sent unencrypted over the network.
func (o *Options) warnPlainHTTP(startURL string, endpoints ...string) {
	for _, endpoint := range endpoints {
		if host := ssoclient.PlainHTTPHost(endpoint); host != "" {
			o.warnf("tokens for %s are sent to %s unencrypted, over plain HTTP", startURL, host)
			return
		}
	}
}
