package latchkey

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/latchkey-sso/latchkey/internal/connect"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/provider"
)

// plan builds the credentials of a profile. It keeps the LoadOptions it was
// given: they are complete only once LoadDefaultConfig has run every option, so
// they are read when the first request is made.
type plan struct {
	load     *config.LoadOptions
	env      config.EnvConfig
	optFns   []func(*provider.Options)
	caBundle []byte // of load, which can be read only once; nil without one
}

// credentials returns the role the profile assumes, over the credentials of
// its source, or those of its own SSO settings.
func (pl *plan) credentials(p *profile.Profile) (aws.CredentialsProvider, error) {
	if p.RoleARN == "" {
		return pl.provider(p)
	}
	var source aws.CredentialsProvider
	var err error
	if p.SourceProfile != nil {
		source, err = pl.credentials(p.SourceProfile)
	} else {
		source, err = pl.provider(p)
	}
	if err != nil {
		return nil, err
	}
	return &assumedRole{assume: sync.OnceValues(func() (*stscreds.AssumeRoleProvider, error) {
		return pl.assumeRole(p, source)
	})}, nil
}

func (pl *plan) provider(p *profile.Profile) (*provider.Provider, error) {
	optFns := append([]func(*provider.Options){func(o *provider.Options) { o.ClientConfig = pl.clientConfig }}, pl.optFns...)
	return provider.New(p, optFns...)
}

// clientConfig is what the clients of Identity Center and STS take over from
// the options of LoadDefaultConfig.
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
	if pl.caBundle != nil {
		client, err := connect.Trusting(cfg.HTTPClient, func() ([]byte, error) { return pl.caBundle, nil })
		if err == nil { // else LoadDefaultConfig has failed
			cfg.HTTPClient = client
		}
	}
	if lo.ClientLogMode != nil {
		cfg.ClientLogMode = *lo.ClientLogMode
	}
	return cfg
}

func (pl *plan) assumeRole(p *profile.Profile, source aws.CredentialsProvider) (*stscreds.AssumeRoleProvider, error) {
	cfg := connect.Defaults(p, pl.clientConfig())
	var err error
	if cfg.HTTPClient, err = connect.HTTPClient(p, cfg.HTTPClient); err != nil {
		return nil, err
	}
	cfg.Region = pl.region(p)
	cfg.Credentials = aws.NewCredentialsCache(source)
	cfg.ConfigSources = []any{*pl.load, pl.env}
	client := sts.NewFromConfig(cfg, func(o *sts.Options) {
		if p.UseFIPS {
			o.EndpointOptions.UseFIPSEndpoint = aws.FIPSEndpointStateEnabled
		}
		if p.UseDualStack {
			o.EndpointOptions.UseDualStackEndpoint = aws.DualStackEndpointStateEnabled
		}
	})
	return stscreds.NewAssumeRoleProvider(client, p.RoleARN, func(o *stscreds.AssumeRoleOptions) {
		o.RoleSessionName = p.RoleSessionName
		o.Duration = time.Duration(p.DurationSeconds) * time.Second
		if p.ExternalID != "" {
			o.ExternalID = aws.String(p.ExternalID)
		}
		if p.MFASerial != "" {
			o.SerialNumber = aws.String(p.MFASerial)
		}
		if pl.load.AssumeRoleCredentialOptions != nil {
			pl.load.AssumeRoleCredentialOptions(o)
		}
	}), nil
}

// region is where the role is assumed: the program's region, or that of the
// profile or the nearest one in its chain that names one.
func (pl *plan) region(p *profile.Profile) string {
	for _, region := range []string{pl.load.Region, pl.env.Region} {
		if region != "" {
			return region
		}
	}
	for ; p != nil; p = p.SourceProfile {
		if p.Region != "" {
			return p.Region
		}
	}
	return ""
}

// assumedRole assumes a role over the credentials of another profile.
type assumedRole struct {
	assume func() (*stscreds.AssumeRoleProvider, error)
}

func (r *assumedRole) Retrieve(ctx context.Context) (aws.Credentials, error) {
	role, err := r.assume()
	if err != nil {
		return aws.Credentials{}, fmt.Errorf("latchkey: assume role: %w", err)
	}
	creds, err := role.Retrieve(ctx)
	if err != nil {
		return aws.Credentials{}, fmt.Errorf("latchkey: assume role: %w", err)
	}
	return creds, nil
}
