// Package connect makes the Identity Center clients that a profile asks for.
package connect

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"

	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/sso"
	"github.com/latchkey-sso/latchkey/ssooidc"
)

// Clients are the two clients of one Identity Center.
type Clients struct {
	Portal *sso.Client
	OIDC   *ssooidc.Client
}

// To makes the clients for p's session. Region, endpoints and FIPS come from
// the profile; everything else (HTTPClient, Retryer, APIOptions, Logger, ...)
// from cfg. Without an HTTPClient in cfg it is the SDK's default one, trusting
// the profile's CA bundle. It fails when that bundle cannot be read.
func To(p *profile.Profile, cfg aws.Config) (Clients, error) {
	if cfg.HTTPClient == nil && p.CABundle != "" {
		client, err := trusting(p.CABundle)
		if err != nil {
			return Clients{}, fmt.Errorf("profile %q: %w", p.Name, err)
		}
		cfg.HTTPClient = client
	}
	cfg.Region = p.Session.Region
	cfg.BaseEndpoint = nil
	cfg.ConfigSources = nil

	fips, dual := aws.FIPSEndpointStateUnset, aws.DualStackEndpointStateUnset
	if p.UseFIPS {
		fips = aws.FIPSEndpointStateEnabled
	}
	if p.UseDualStack {
		dual = aws.DualStackEndpointStateEnabled
	}
	return Clients{
		Portal: sso.NewFromConfig(cfg, func(o *sso.Options) {
			o.BaseEndpoint = configured(p.Endpoints.SSO)
			o.EndpointOptions.UseFIPSEndpoint = fips
			o.EndpointOptions.UseDualStackEndpoint = dual
		}),
		OIDC: ssooidc.NewFromConfig(cfg, func(o *ssooidc.Options) {
			o.BaseEndpoint = configured(p.Endpoints.SSOOIDC)
			o.EndpointOptions.UseFIPSEndpoint = fips
			o.EndpointOptions.UseDualStackEndpoint = dual
		}),
	}, nil
}

func configured(endpoint string) *string {
	if endpoint == "" {
		return nil
	}
	return &endpoint
}

// trusting returns the SDK's default HTTP client, trusting the certificates in
// the PEM file at path instead of the system's, as AWS_CA_BUNDLE means it.
func trusting(path string) (*awshttp.BuildableClient, error) {
	pem, err := os.ReadFile(path) //nolint:gosec // the path is the user's own setting
	if err != nil {
		return nil, fmt.Errorf("read CA bundle: %w", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("read CA bundle: no PEM certificate in %s", path)
	}
	return awshttp.NewBuildableClient().WithTransportOptions(func(tr *http.Transport) {
		if tr.TLSClientConfig == nil {
			tr.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
		}
		tr.TLSClientConfig.RootCAs = roots
	}), nil
}
