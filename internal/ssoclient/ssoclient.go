// Package ssoclient makes the Identity Center clients that a profile asks for.
package ssoclient

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"

	"github.com/latchkey-sso/latchkey/internal/atomicfile"
	"github.com/latchkey-sso/latchkey/internal/redact"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/sso"
	"github.com/latchkey-sso/latchkey/ssooidc"
)

// Portal makes the portal client for p's session. Region, endpoint and FIPS come
// from the profile; everything else (HTTPClient, Retryer, APIOptions, Logger, ...)
// from cfg, whose HTTPClient is made to trust the profile's CA bundle: see HTTPClient. It
// fails with a *profile.Error when that bundle cannot be read, or the endpoint cannot be
// one.
func Portal(s profile.SignIn, cfg aws.Config) (*sso.Client, error) {
	cfg.Region = s.Session.Region
	cfg, err := configFor(s, "AWS_ENDPOINT_URL_SSO", s.Endpoints.SSO, cfg)
	if err != nil {
		return nil, err
	}
	return sso.NewFromConfig(cfg, func(o *sso.Options) {
		o.BaseEndpoint = configured(s.Endpoints.SSO)
		o.EndpointOptions.UseFIPSEndpoint = fips(s)
		o.EndpointOptions.UseDualStackEndpoint = dualStack(s)
	}), nil
}

// OIDC makes the OIDC client for p's session, as Portal does.
func OIDC(s profile.SignIn, cfg aws.Config) (*ssooidc.Client, error) {
	cfg.Region = s.Session.Region
	cfg, err := configFor(s, "AWS_ENDPOINT_URL_SSO_OIDC", s.Endpoints.SSOOIDC, cfg)
	if err != nil {
		return nil, err
	}
	return ssooidc.NewFromConfig(cfg, func(o *ssooidc.Options) {
		o.BaseEndpoint = configured(s.Endpoints.SSOOIDC)
		o.EndpointOptions.UseFIPSEndpoint = fips(s)
		o.EndpointOptions.UseDualStackEndpoint = dualStack(s)
	}), nil
}

// configFor adapts cfg to the profile. The endpoint may come from the variable.
func configFor(s profile.SignIn, variable, endpoint string, cfg aws.Config) (aws.Config, error) {
	if err := checkEndpoint(s, variable, endpoint); err != nil {
		return aws.Config{}, err
	}
	// Reading certificates takes as long as all the rest of a short program, and
	// over plain HTTP, to a proxy on this machine say, there are none to check.
	if !strings.HasPrefix(endpoint, "http://") {
		client, err := HTTPClient(s, cfg.HTTPClient)
		if err != nil {
			return aws.Config{}, err
		}
		cfg.HTTPClient = client
	}
	return Defaults(s, cfg), nil
}

// Defaults returns cfg with what it leaves open, and p does not, of how often to try and of
// the User-Agent.
func Defaults(s profile.SignIn, cfg aws.Config) aws.Config {
	cfg.RetryMode = cmp.Or(cfg.RetryMode, aws.RetryMode(s.RetryMode))
	cfg.RetryMaxAttempts = cmp.Or(cfg.RetryMaxAttempts, s.MaxAttempts)
	cfg.AppID = cmp.Or(cfg.AppID, s.AppID)
	return cfg
}

// checkEndpoint refuses what the client would refuse with its first request, as the
// mistake in the settings that it is.
func checkEndpoint(s profile.SignIn, variable, endpoint string) error {
	if endpoint == "" {
		return nil
	}
	u, err := url.Parse(endpoint)
	var reason, fix string
	switch {
	case err != nil || u.Host == "" && strings.Contains(endpoint, "@"): // to quote it may show a password
		reason = "is not a URL"
	case u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		reason = fmt.Sprintf("is %q, which is not an http or https URL", redact.URL(u))
	case s.UseFIPS || s.UseDualStack:
		reason = fmt.Sprintf("is %q, which FIPS and dual-stack do not allow", redact.URL(u))
		fix = "turn those off, or remove the endpoint"
	default:
		return nil
	}
	return badSetting(s, "endpoint_url", endpoint, reason, fix, variable, "AWS_ENDPOINT_URL")
}

// badSetting is the error about a setting of that value: about the first of the variables
// that holds it, else about the key in the profile.
func badSetting(s profile.SignIn, key, value, reason, fix string, variables ...string) *profile.Error {
	for _, v := range variables {
		if os.Getenv(v) == value {
			return &profile.Error{Key: v, Reason: fmt.Sprintf("environment variable %s %s", v, reason), Fix: fix}
		}
	}
	return s.NewError(key, key+" "+reason, fix)
}

// PlainHTTPHost returns the host of an endpoint that takes tokens over the network
// unencrypted: plain http, and not to this machine. For any other it returns "".
func PlainHTTPHost(endpoint string) string {
	u, err := url.Parse(endpoint)
	if err != nil || u.Scheme != "http" || IsLoopback(u.Hostname()) {
		return ""
	}
	return u.Host
}

// IsLoopback reports whether host, a name or an address, is this machine (RFC 6761
// section 6.3).
func IsLoopback(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback() || host == "localhost" || strings.HasSuffix(host, ".localhost")
}

func fips(s profile.SignIn) aws.FIPSEndpointState {
	if s.UseFIPS {
		return aws.FIPSEndpointStateEnabled
	}
	return aws.FIPSEndpointStateUnset
}

func dualStack(s profile.SignIn) aws.DualStackEndpointState {
	if s.UseDualStack {
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

// maxBundle is many times what all the authorities of the world take.
const maxBundle = 16 << 20

// HTTPClient is Trusting with the certificates in p's CABundle, if it has one. The
// error is a *profile.Error.
func HTTPClient(s profile.SignIn, client aws.HTTPClient) (aws.HTTPClient, error) {
	if s.CABundle == "" {
		return client, nil
	}
	client, err := Trusting(client, func() ([]byte, error) {
		return atomicfile.ReadShared(context.Background(), s.CABundle, maxBundle)
	})
	if err != nil {
		if file, ok := errors.AsType[*fs.PathError](err); ok {
			err = file.Err
		}
		bad := badSetting(s, "ca_bundle", s.CABundle, fmt.Sprintf("is %q: read CA bundle: %v", s.CABundle, err), "", "AWS_CA_BUNDLE")
		bad.Err = err
		return nil, bad
	}
	return client, nil
}

// Trusting returns client, the SDK's default one if it is nil, with its trust in the
// PEM certificates that bundle returns, as AWS_CA_BUNDLE means it: instead of the
// system's, and beside those that the client was given. A client of another type than
// the SDK's own is returned as it is.
func Trusting(client aws.HTTPClient, bundle func() ([]byte, error)) (aws.HTTPClient, error) {
	buildable, ok := client.(*awshttp.BuildableClient)
	switch {
	case client == nil:
		buildable = awshttp.NewBuildableClient()
	case !ok:
		return client, nil
	}
	pem, err := bundle()
	if err != nil {
		return nil, err
	}
	var found bool
	client = buildable.WithTransportOptions(func(tr *http.Transport) {
		if tr.TLSClientConfig == nil {
			tr.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
		}
		roots := x509.NewCertPool()
		if given := tr.TLSClientConfig.RootCAs; given != nil {
			roots = given.Clone()
		}
		found = roots.AppendCertsFromPEM(pem)
		tr.TLSClientConfig.RootCAs = roots
	})
	if !found {
		return nil, errors.New("no PEM certificate")
	}
	return client, nil
}
