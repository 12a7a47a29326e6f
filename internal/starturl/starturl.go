// Package starturl finds the AWS access portal of a start URL, which may be an organization's
// vanity URL that redirects to the portal.
package starturl

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

// timeout limits the whole resolution, as in the AWS CLI.
const timeout = 10 * time.Second

// Client sends requests. It must not follow redirects or send cookies.
type Client interface {
	Do(*http.Request) (*http.Response, error)
}

// Portal is an AWS access portal.
type Portal struct {
	StartURL string // start URL or issuer on an AWS host, as the service expects it
	Region   string // region of the Identity Center instance
}

// Resolve returns the portal of the configured start URL. A start URL on an AWS host is the
// portal itself: Resolve sends no request and returns the configured region. Any other start
// URL must redirect once to an AWS host over https. The region is then the one in that host
// name, or else the configured one.
func Resolve(ctx context.Context, client Client, configured, region string) (Portal, error) {
	u, err := url.Parse(configured)
	switch {
	case err != nil || u.Hostname() == "":
		return Portal{}, fmt.Errorf("start URL %q is not a URL", configured)
	case u.Scheme != "https":
		return Portal{}, fmt.Errorf("start URL %q is not an https URL", u.Redacted())
	case OwnedByAWS(u.Hostname()):
		if region == "" {
			region = Region(u.Hostname())
		}
		if region == "" {
			return Portal{}, fmt.Errorf("start URL %q has no region, and none is configured", u.Redacted())
		}
		return Portal{StartURL: configured, Region: region}, nil
	}
	target, err := redirect(ctx, client, u)
	if err != nil {
		return Portal{}, fmt.Errorf("resolve start URL %q: %w", u.Redacted(), err)
	}
	if named := Region(target.Hostname()); named != "" {
		region = named
	}
	if region == "" {
		return Portal{}, fmt.Errorf("resolve start URL %q: %s has no region, and none is configured", u.Redacted(), target)
	}
	return Portal{StartURL: target.String(), Region: region}, nil
}

// redirect returns the AWS access portal that u redirects to.
func redirect(ctx context.Context, client Client, u *url.URL) (*url.URL, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	status, location, err := send(ctx, client, http.MethodHead, u)
	if status == http.StatusMethodNotAllowed || status == http.StatusNotImplemented {
		status, location, err = send(ctx, client, http.MethodGet, u)
	}
	if err != nil {
		return nil, err
	}
	if !isRedirect(status) {
		return nil, fmt.Errorf("no redirect to an AWS access portal: HTTP status %d", status)
	}
	if location == "" {
		return nil, errors.New("redirect has no Location header")
	}
	target, err := u.Parse(location)
	switch {
	case err != nil:
		return nil, errors.New("redirect has an invalid Location header")
	case target.Scheme != "https":
		return nil, fmt.Errorf("redirects to %q, which is not an https URL", target.Redacted())
	case !OwnedByAWS(target.Hostname()):
		return nil, fmt.Errorf("redirects to %q, which is not an AWS access portal", target.Redacted())
	}
	return normalize(target), nil
}

func send(ctx context.Context, client Client, method string, u *url.URL) (status int, location string, err error) {
	sent := *u
	sent.Fragment, sent.RawFragment = "", ""
	req, err := http.NewRequestWithContext(ctx, method, sent.String(), nil)
	if err != nil {
		return 0, "", err
	}
	resp, err := client.Do(req)
	if err != nil {
		return 0, "", withoutURL(err)
	}
	_ = resp.Body.Close()
	return resp.StatusCode, resp.Header.Get("Location"), nil
}

// withoutURL removes the URL from a net/http error: the caller adds it.
func withoutURL(err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		return wrapped.Err
	}
	return err
}

func isRedirect(status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}

// normalize removes the query, fragment, user, default port and trailing slashes.
func normalize(u *url.URL) *url.URL {
	host := strings.ToLower(u.Host)
	if u.Port() == "443" {
		host = strings.TrimSuffix(host, ":443")
	}
	path := strings.TrimRight(u.EscapedPath(), "/")
	plain, err := url.PathUnescape(path)
	if err != nil {
		plain = path // cannot happen: EscapedPath is valid
	}
	return &url.URL{Scheme: u.Scheme, Host: host, Path: plain, RawPath: path}
}

// ownedSuffixes are the domains of AWS access portals.
var ownedSuffixes = [...]string{
	"app.aws",
	"portal.amazonaws.com",
	"portal.amazonaws.com.cn",
	"app.amazonwebservices.com.cn",
	"portal.amazonaws.eu",
	"api.amazonwebservices.eu",
	"awsapps.com",
	"awsapps.cn",
}

// ownedHosts are issuer hosts. An issuer may serve as a start URL.
var ownedHosts = [...]string{
	"identitycenter.amazonaws.com",
	"identitycenter.amazonaws.com.cn",
	"identitycenter.amazonaws.eu",
	"identitycenter.us-gov.amazonaws.com",
}

// OwnedByAWS reports whether host belongs to an AWS access portal or issuer.
func OwnedByAWS(host string) bool {
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	if slices.Contains(ownedHosts[:], host) {
		return true
	}
	return slices.ContainsFunc(ownedSuffixes[:], func(suffix string) bool {
		return host == suffix || strings.HasSuffix(host, "."+suffix)
	})
}

// portalHosts matches portal host names with a region before or after "portal".
const portalHosts = `^[^.]+\.(?:portal\.([a-z0-9-]+)\.(?:app\.aws|app\.amazonwebservices\.com\.cn|api\.amazonwebservices\.eu)` +
	`|([a-z0-9-]+)\.portal\.(?:amazonaws\.com|amazonaws\.com\.cn|amazonaws\.eu))$`

// Region returns the region in a portal's host name, or "".
func Region(host string) string {
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	m := regexp.MustCompile(portalHosts).FindStringSubmatch(host)
	if m == nil {
		return ""
	}
	return m[1] + m[2]
}

// Plain returns a canonical form of a start URL for comparison: in lower case, without trailing
// "/" and "#", and without the backslash of an escaped "#".
func Plain(startURL string) string {
	return strings.TrimRight(strings.ToLower(strings.ReplaceAll(startURL, `\`, "")), "/#")
}
