package doctor

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/latchkey-sso/latchkey/internal/awserr"
	"github.com/latchkey-sso/latchkey/internal/ssoclient"
	"github.com/latchkey-sso/latchkey/ssooidc"
)

// maxSkew is the clock skew beyond which AWS rejects signatures.
const maxSkew = 5 * time.Minute

// requestTimeout limits each request to Identity Center.
const requestTimeout = 10 * time.Second

// network checks that Identity Center responds: DNS, proxy, TLS and clock.
func (c *checker) network(ctx context.Context) {
	switch {
	case c.profile == nil:
		c.skip("network", "no profile to connect for")
		return
	case c.Offline:
		c.skip("network", notChecked)
		return
	}
	endpoint, err := c.endpoint()
	if err != nil {
		c.failWith("network", err)
		return
	}
	client, err := ssoclient.HTTPClient(c.profile.SignIn(), c.Settings.HTTPClient)
	if err != nil {
		c.failWith("network", err)
		return
	}
	if client == nil {
		client = http.DefaultClient
	}
	c.reach(ctx, client, endpoint)
}

// endpoint returns the URL of the profile's OIDC service.
func (c *checker) endpoint() (*url.URL, error) {
	oidc, err := ssoclient.OIDC(c.profile.SignIn(), c.Settings)
	if err != nil {
		return nil, err
	}
	address, err := oidc.AuthorizeURL(ssooidc.AuthorizeInput{ClientId: "-", RedirectUri: "-", State: "-", CodeChallenge: "-", Scopes: []string{"-"}})
	if err != nil {
		return nil, err
	}
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host, Path: "/"}, nil
}

type doer interface {
	Do(*http.Request) (*http.Response, error)
}

// reach sends one request without credentials. Any response counts.
func (c *checker) reach(ctx context.Context, client doer, endpoint *url.URL) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	through := ""
	if proxy, err := http.ProxyFromEnvironment(&http.Request{URL: endpoint}); err == nil && proxy != nil {
		through = " through the proxy " + proxy.Host
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodHead, endpoint.String(), nil)
	if err != nil {
		c.fail("network", err.Error(), "")
		return
	}
	resp, err := client.Do(req)
	if err != nil {
		c.fail("network", "cannot reach "+endpoint.Host+through+": "+awserr.NetworkCause(err), networkFix(err))
		return
	}
	_ = resp.Body.Close()
	c.reached = true
	c.ok("network", endpoint.Host+" responds"+through)
	c.clock(resp.Header.Get("Date"))
}

// networkFix returns how to fix a request that got no response.
func networkFix(err error) string {
	var (
		dns         *net.DNSError
		authority   x509.UnknownAuthorityError
		certificate *tls.CertificateVerificationError
	)
	switch {
	case errors.As(err, &dns):
		return "check the network and sso_region"
	case errors.As(err, &authority):
		return "if a proxy intercepts TLS, set AWS_CA_BUNDLE to its CA file"
	case errors.As(err, &certificate):
		return "check the clock, and AWS_CA_BUNDLE if a proxy intercepts TLS"
	}
	return "check the network; behind a proxy, set HTTPS_PROXY"
}

// clock compares the local clock with the Date header of a response.
func (c *checker) clock(date string) {
	server, err := http.ParseTime(date)
	if err != nil {
		return
	}
	switch off := c.Now().Sub(server); {
	case off > maxSkew:
		c.fail("clock", fmt.Sprintf("the clock is %s ahead", off.Round(time.Minute)), "set the clock, for example with NTP")
	case off < -maxSkew:
		c.fail("clock", fmt.Sprintf("the clock is %s behind", (-off).Round(time.Minute)), "set the clock, for example with NTP")
	default:
		c.ok("clock", "accurate to five minutes")
	}
}
