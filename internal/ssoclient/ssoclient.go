// Package ssoclient creates SSO, OIDC and STS clients for a sign-in.
package ssoclient

import (
	"cmp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/latchkey-sso/latchkey/internal/awsrest"
	"github.com/latchkey-sso/latchkey/internal/sts"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/sso"
	"github.com/latchkey-sso/latchkey/ssooidc"
)

// Portal returns a portal client. Region, endpoint, FIPS and dual-stack come from the sign-in,
// everything else from cfg. The sign-in's retry mode, attempts and app ID are defaults. The
// client trusts the sign-in's CA bundle. The error is a *profile.Error about the CA bundle or
// the endpoint.
func Portal(s profile.SignIn, cfg aws.Config) (*sso.Client, error) {
	cfg.Region = s.Session.Region
	cfg, err := configFor(s, "AWS_ENDPOINT_URL_SSO", s.Endpoints.SSO, cfg)
	if err != nil {
		return nil, err
	}
	return sso.NewFromConfig(cfg, func(o *sso.Options) {
		o.BaseEndpoint = baseEndpoint(s.Endpoints.SSO)
		o.EndpointOptions = endpointOptions(s.Connection)
	}), nil
}

// OIDC returns an OIDC client, configured like [Portal].
func OIDC(s profile.SignIn, cfg aws.Config) (*ssooidc.Client, error) {
	cfg.Region = s.Session.Region
	cfg, err := configFor(s, "AWS_ENDPOINT_URL_SSO_OIDC", s.Endpoints.SSOOIDC, cfg)
	if err != nil {
		return nil, err
	}
	return ssooidc.NewFromConfig(cfg, func(o *ssooidc.Options) {
		o.BaseEndpoint = baseEndpoint(s.Endpoints.SSOOIDC)
		o.EndpointOptions = endpointOptions(s.Connection)
	}), nil
}

// STS returns an STS client, configured like [Portal], with the region and credentials of cfg.
func STS(p *profile.Profile, cfg aws.Config) (*sts.Client, error) {
	cfg, err := configFor(p.SignIn(), "AWS_ENDPOINT_URL_STS", p.Endpoints.STS, cfg)
	if err != nil {
		return nil, err
	}
	o := awsrest.OptionsFromConfig(cfg, sts.ServiceID)
	o.BaseEndpoint = baseEndpoint(p.Endpoints.STS)
	o.EndpointOptions = endpointOptions(p.Connection)
	return sts.New(o), nil
}

// configFor returns cfg with the settings of the sign-in. variable is the service's endpoint
// variable.
func configFor(s profile.SignIn, variable, endpoint string, cfg aws.Config) (aws.Config, error) {
	if err := checkEndpoint(s, variable, endpoint); err != nil {
		return aws.Config{}, err
	}
	// Parsing certificates is slow, and plain HTTP does not need them.
	if !strings.HasPrefix(endpoint, "http://") {
		client, err := HTTPClient(s, cfg.HTTPClient)
		if err != nil {
			return aws.Config{}, err
		}
		cfg.HTTPClient = client
	}
	cfg.RetryMode = cmp.Or(cfg.RetryMode, aws.RetryMode(s.RetryMode))
	cfg.RetryMaxAttempts = cmp.Or(cfg.RetryMaxAttempts, s.MaxAttempts)
	cfg.AppID = cmp.Or(cfg.AppID, s.AppID)
	return cfg, nil
}

func endpointOptions(c profile.Connection) awsrest.EndpointOptions {
	var o awsrest.EndpointOptions
	if c.UseFIPS {
		o.UseFIPSEndpoint = aws.FIPSEndpointStateEnabled
	}
	if c.UseDualStack {
		o.UseDualStackEndpoint = aws.DualStackEndpointStateEnabled
	}
	return o
}

// baseEndpoint returns nil, which means the regional endpoint, if endpoint is empty.
func baseEndpoint(endpoint string) *string {
	if endpoint == "" {
		return nil
	}
	return &endpoint
}
