package latchkey

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/smithy-go/auth/bearer"

	"github.com/latchkey-sso/latchkey/internal/ssoclient"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/provider"
)

// plan makes the providers of one WithProfile. It makes them on the first request, since the
// LoadOptions are complete only after LoadDefaultConfig has run all options.
type plan struct {
	load         *config.LoadOptions
	given, set   config.LoadOptions // load before and after WithProfile
	name         string             // as given to WithProfile
	profile      *profile.Profile   // loaded by WithProfile; nil if no file had it yet
	optFns       []func(*provider.Options)
	placeholders string // the result of placeholders
	bundle       []byte // the content of load.CustomCABundle; nil if there is none

	removePlaceholders func() // nil if there are none

	mu        sync.Mutex
	providers *providers // nil until the first request
	bySDK     bool       // a later option selected a profile that the SDK serves
}

// providers are the providers that a plan makes.
type providers struct {
	credentials aws.CredentialsProvider
	tokens      bearer.TokenProvider // nil without a session
}

// open returns the providers. The first successful call makes them from the current options.
func (pl *plan) open(ctx context.Context) (*providers, error) {
	pl.mu.Lock()
	defer pl.mu.Unlock()
	if pl.providers != nil {
		return pl.providers, nil
	}
	s, err := pl.make(ctx)
	if err != nil {
		return nil, err
	}
	pl.providers = s
	return s, nil
}

func (pl *plan) make(ctx context.Context) (*providers, error) {
	if pl.removePlaceholders != nil {
		pl.removePlaceholders()
	}
	if err := pl.readCABundle(true); err != nil {
		return nil, err
	}
	p := pl.profile
	if now, name, changed := pl.changed(); changed || p == nil {
		var err error
		if p, err = choose(&now, name); err != nil { //nolint:contextcheck // only reads files
			return nil, err
		}
		if p == nil {
			pl.bySDK = true
			cfg, err := pl.config(ctx, now)
			return &providers{credentials: cfg.Credentials, tokens: cfg.BearerAuthTokenProvider}, err
		}
	}
	credentials, err := pl.credentials(p)
	if err != nil {
		return nil, err
	}
	s := &providers{credentials: credentials}
	if p.Session != nil {
		s.tokens, err = pl.provider(p)
	}
	return s, err
}

// changed reports whether an option after WithProfile has selected another profile or other files.
// It also returns the options without the changes of WithProfile, and the name to pass to choose.
func (pl *plan) changed() (now config.LoadOptions, name string, changed bool) {
	now, name = *pl.load, pl.name
	now.Credentials = pl.given.Credentials
	if _, ours := now.BearerAuthTokenProvider.(*lazyTokens); ours {
		now.BearerAuthTokenProvider = nil
	}
	if now.SharedConfigProfile == pl.set.SharedConfigProfile {
		now.SharedConfigProfile = pl.given.SharedConfigProfile
	} else {
		name, changed = "", true
	}
	changed = changed || !slices.Equal(now.SharedConfigFiles, pl.set.SharedConfigFiles) ||
		!slices.Equal(now.SharedCredentialsFiles, pl.set.SharedCredentialsFiles)
	return now, name, changed
}

// config loads a configuration with the SDK.
func (pl *plan) config(ctx context.Context, options config.LoadOptions) (aws.Config, error) {
	if pl.bundle != nil {
		options.CustomCABundle = bytes.NewReader(pl.bundle)
	}
	if pl.placeholders != "" {
		file, err := writePlaceholders(pl.placeholders)
		if err != nil {
			return aws.Config{}, err
		}
		defer removeFile(file)
		options.SharedConfigFiles = append(slices.Clip(options.SharedConfigFiles), file)
	}
	return config.LoadDefaultConfig(ctx, func(lo *config.LoadOptions) error {
		*lo = options
		return nil
	})
}

// readCABundle reads load.CustomCABundle into memory. loaded means that the SDK has loaded the
// configuration, and so has consumed the reader of a later option.
func (pl *plan) readCABundle(loaded bool) error {
	reader := pl.load.CustomCABundle
	switch {
	case reader == nil:
		pl.bundle = nil
		return nil
	case loaded && reader == pl.set.CustomCABundle:
		return nil
	case loaded:
		seeker, ok := reader.(io.Seeker)
		if !ok {
			return fmt.Errorf("latchkey: a custom CA bundle in a %T can be read only once: "+
				"pass config.WithCustomCABundle before latchkey.WithProfile", reader)
		}
		if _, err := seeker.Seek(0, io.SeekStart); err != nil {
			return fmt.Errorf("latchkey: reread custom CA bundle: %w", err)
		}
	}
	pem, err := io.ReadAll(reader)
	if err != nil {
		return fmt.Errorf("latchkey: read custom CA bundle: %w", err)
	}
	pl.bundle = pem
	return nil
}

// cacheOptions sets the default options of the credentials cache.
func (pl *plan) cacheOptions(o *aws.CredentialsCacheOptions) {
	if !pl.bySDK {
		o.ExpiryWindow, o.ExpiryWindowJitterFrac = expiryWindow, expiryJitter
	}
}

func (pl *plan) hasDefaultWindow() bool {
	var o, ours aws.CredentialsCacheOptions
	pl.load.CredentialsCacheOptions(&o)
	pl.cacheOptions(&ours)
	return o == ours
}

// clientConfig returns the settings in LoadOptions that the Identity Center clients use.
func (pl *plan) clientConfig() aws.Config {
	lo := pl.load
	cfg := aws.Config{
		Retryer:          lo.Retryer,
		RetryMaxAttempts: lo.RetryMaxAttempts,
		RetryMode:        lo.RetryMode,
		APIOptions:       lo.APIOptions,
		Logger:           lo.Logger,
		AppID:            lo.AppID,
	}
	if lo.HTTPClient != nil {
		cfg.HTTPClient = lo.HTTPClient
	}
	if pl.bundle != nil {
		client, err := ssoclient.WithCABundle(cfg.HTTPClient, func() ([]byte, error) { return pl.bundle, nil })
		if err == nil { // with an error, LoadDefaultConfig would have failed
			cfg.HTTPClient = client
		}
	}
	if lo.ClientLogMode != nil {
		cfg.ClientLogMode = *lo.ClientLogMode
	}
	return cfg
}

func (pl *plan) provider(p *profile.Profile) (*provider.Provider, error) {
	own := *p
	own.Connection = withOptions(p.Connection, pl.load)
	optFns := append([]func(*provider.Options){func(o *provider.Options) { o.ClientConfig = pl.clientConfig }}, pl.optFns...)
	return provider.New(&own, optFns...)
}

// withOptions returns c overridden by the settings in lo.
func withOptions(c profile.Connection, lo *config.LoadOptions) profile.Connection {
	if lo.CustomCABundle != nil {
		c.CABundle = ""
	}
	if lo.UseFIPSEndpoint != aws.FIPSEndpointStateUnset {
		c.UseFIPS = lo.UseFIPSEndpoint == aws.FIPSEndpointStateEnabled
	}
	if lo.UseDualStackEndpoint != aws.DualStackEndpointStateUnset {
		c.UseDualStack = lo.UseDualStackEndpoint == aws.DualStackEndpointStateEnabled
	}
	return c
}
