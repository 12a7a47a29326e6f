// Package connect makes the Identity Center clients that a profile asks for.
package connect

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"

	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/sso"
	"github.com/latchkey-sso/latchkey/ssooidc"
)

// Portal makes the portal client for p's session. Region, endpoint and FIPS come
// from the profile; everything else (HTTPClient, Retryer, APIOptions, Logger, ...)
// from cfg. Without an HTTPClient in cfg it is the SDK's default one, trusting
// the profile's CA bundle. It fails with a
// *profile.Error when that bundle cannot be read.
func Portal(p *profile.Profile, cfg aws.Config) (*sso.Client, error) {
	cfg, err := configFor(p, p.Endpoints.SSO, cfg)
	if err != nil {
		return nil, err
	}
	return sso.NewFromConfig(cfg, func(o *sso.Options) {
		o.BaseEndpoint = configured(p.Endpoints.SSO)
		o.EndpointOptions.UseFIPSEndpoint = fips(p)
		o.EndpointOptions.UseDualStackEndpoint = dualStack(p)
	}), nil
}

// OIDC makes the OIDC client for p's session, as Portal does.
func OIDC(p *profile.Profile, cfg aws.Config) (*ssooidc.Client, error) {
	cfg, err := configFor(p, p.Endpoints.SSOOIDC, cfg)
	if err != nil {
		return nil, err
	}
	return ssooidc.NewFromConfig(cfg, func(o *ssooidc.Options) {
		o.BaseEndpoint = configured(p.Endpoints.SSOOIDC)
		o.EndpointOptions.UseFIPSEndpoint = fips(p)
		o.EndpointOptions.UseDualStackEndpoint = dualStack(p)
	}), nil
}

// configFor adapts cfg to the profile.
func configFor(p *profile.Profile, endpoint string, cfg aws.Config) (aws.Config, error) {
	// Reading certificates takes as long as all the rest of a short program, and
	// over plain HTTP, to a proxy on this machine say, there are none to check.
	if cfg.HTTPClient == nil && p.CABundle != "" && !strings.HasPrefix(endpoint, "http://") {
		client, err := HTTPClient(p)
		if err != nil {
			return aws.Config{}, err
		}
		cfg.HTTPClient = client
	}
	cfg.Region = p.Session.Region
	return cfg, nil
}

func fips(p *profile.Profile) aws.FIPSEndpointState {
	if p.UseFIPS {
		return aws.FIPSEndpointStateEnabled
	}
	return aws.FIPSEndpointStateUnset
}

func dualStack(p *profile.Profile) aws.DualStackEndpointState {
	if p.UseDualStack {
		return aws.DualStackEndpointStateEnabled
	}
	return aws.DualStackEndpointStateUnset
}

func configured(endpoint string) *string {
	if endpoint == "" {
		return nil
	}
	return &endpoint
}

// HTTPClient returns the SDK's default HTTP client, trusting the certificates in
// p's CABundle instead of the system's, as AWS_CA_BUNDLE means it. The error is a
// *profile.Error.
func HTTPClient(p *profile.Profile) (*awshttp.BuildableClient, error) {
	roots, err := certificates(p.CABundle)
	if err != nil {
		return nil, &profile.Error{Profile: p.Name, Key: "ca_bundle", Reason: err.Error(), Err: err}
	}
	return awshttp.NewBuildableClient().WithTransportOptions(func(tr *http.Transport) {
		if tr.TLSClientConfig == nil {
			tr.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
		}
		tr.TLSClientConfig.RootCAs = roots
	}), nil
}

func certificates(path string) (*x509.CertPool, error) {
	pem, err := os.ReadFile(path) //nolint:gosec // the path is the user's own setting
	if err != nil {
		return nil, fmt.Errorf("read CA bundle: %w", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("read CA bundle: no PEM certificate in %s", path)
	}
	return roots, nil
}
