// Package ssoclient makes the clients of the SSO services for a sign-in.
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

// Portal makes the portal client. Region, endpoint, FIPS and dual-stack come from the
// sign-in, and everything else (HTTPClient, Retryer, APIOptions, Logger, ...) from cfg. The
// sign-in also gives the retry mode, the attempts and the app id if cfg does not. The
// HTTPClient trusts the sign-in's CA bundle, see [HTTPClient]. The error is a *profile.Error
// about that bundle or the endpoint.
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

// OIDC makes the OIDC client, as Portal does.
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

// STS makes the STS client for a profile, as Portal does, with the region and the credentials
// of cfg.
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

// configFor returns cfg with the settings of the sign-in. The variable is the one that may
// hold the endpoint.
func configFor(s profile.SignIn, variable, endpoint string, cfg aws.Config) (aws.Config, error) {
	if err := checkEndpoint(s, variable, endpoint); err != nil {
		return aws.Config{}, err
	}
	// Reading certificates takes as long as the rest of a short program, and plain HTTP,
	// to a proxy on this machine for example, needs none.
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

// baseEndpoint returns nil, the regional endpoint, if none is configured.
func baseEndpoint(endpoint string) *string {
	if endpoint == "" {
		return nil
	}
	return &endpoint
}
