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
	"os"
	"syscall"
	"time"

	"github.com/latchkey-sso/latchkey/internal/ssoclient"
	"github.com/latchkey-sso/latchkey/ssooidc"
)

// maxSkew is how far the clock may be off. AWS rejects signatures beyond five minutes.
const maxSkew = 5 * time.Minute

// requestTimeout bounds each request to Identity Center.
const requestTimeout = 10 * time.Second

// network checks that Identity Center responds: name, proxy, TLS and clock.
func (e *exam) network(ctx context.Context) {
	switch {
	case e.profile == nil:
		e.skip("network", "no profile to connect for")
		return
	case e.Offline:
		e.skip("network", "offline")
		return
	}
	endpoint, err := e.endpoint()
	if err != nil {
		e.failWith("network", err)
		return
	}
	client, err := ssoclient.HTTPClient(e.profile.SignIn(), e.Settings.HTTPClient)
	if err != nil {
		e.failWith("network", err)
		return
	}
	if client == nil {
		client = http.DefaultClient
	}
	e.reach(ctx, client, endpoint)
}

// endpoint is the address of the OIDC service for the profile.
func (e *exam) endpoint() (*url.URL, error) {
	oidc, err := ssoclient.OIDC(e.profile.SignIn(), e.Settings)
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

// reach sends one request without credentials. Any response shows that the way is clear.
func (e *exam) reach(ctx context.Context, client doer, endpoint *url.URL) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	through := ""
	if proxy, err := http.ProxyFromEnvironment(&http.Request{URL: endpoint}); err == nil && proxy != nil {
		through = " through the proxy " + proxy.Host
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodHead, endpoint.String(), nil)
	if err != nil {
		e.fail("network", err.Error(), "")
		return
	}
	resp, err := client.Do(req)
	if err != nil {
		message, fix := unreachable(err)
		e.fail("network", "cannot reach "+endpoint.Host+through+": "+message, fix)
		return
	}
	_ = resp.Body.Close()
	e.reached = true
	e.ok("network", endpoint.Host+" responds"+through)
	e.clock(resp.Header.Get("Date"))
}

// unreachable says why a request got no response, and how to fix it. It never shows the
// URL of a proxy, which may have a password.
func unreachable(err error) (message, fix string) {
	var (
		dns       *net.DNSError
		authority x509.UnknownAuthorityError
		verify    *tls.CertificateVerificationError
		number    syscall.Errno
	)
	switch {
	case errors.As(err, &dns):
		return "the name cannot be resolved", "check the network and sso_region"
	case errors.As(err, &authority):
		return "an unknown authority signed the certificate", "if a proxy intercepts TLS, set AWS_CA_BUNDLE to its CA file"
	case errors.As(err, &verify):
		return "the certificate is not valid: " + verify.Err.Error(), "check the clock, and AWS_CA_BUNDLE if a proxy intercepts TLS"
	case errors.As(err, &number):
		return number.Error(), "check the network; behind a proxy, set HTTPS_PROXY"
	case errors.Is(err, context.DeadlineExceeded), os.IsTimeout(err):
		return "no response in time", "check the network; behind a proxy, set HTTPS_PROXY"
	}
	return cause(err), "check the network; behind a proxy, set HTTPS_PROXY"
}

// clock compares this machine's clock with the Date of a response.
func (e *exam) clock(date string) {
	server, err := http.ParseTime(date)
	if err != nil {
		return
	}
	switch off := e.Now().Sub(server); {
	case off > maxSkew:
		e.fail("clock", fmt.Sprintf("the clock is %s ahead", off.Round(time.Minute)), "set the clock, for example with NTP")
	case off < -maxSkew:
		e.fail("clock", fmt.Sprintf("the clock is %s behind", (-off).Round(time.Minute)), "set the clock, for example with NTP")
	default:
		e.ok("clock", "right within five minutes")
	}
}
