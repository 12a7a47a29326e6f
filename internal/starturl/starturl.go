// Package starturl finds the AWS access portal behind a configured start URL, which may be
// an organization's own address that redirects to it (SPEC 6.4).
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

// timeout bounds the whole resolution, as in the AWS CLI.
const timeout = 10 * time.Second

// Client sends requests. It must hand redirects back, not follow them, and send no cookies.
type Client interface {
	Do(*http.Request) (*http.Response, error)
}

// Portal is an AWS access portal.
type Portal struct {
	StartURL string // of AWS: what the service calls the start URL, or issuer
	Region   string // of the Identity Center instance
}

// Resolve returns the portal that the configured start URL stands for. One with a host of
// AWS is returned as it is, with the configured region and without a request. Any other
// must answer with one redirect to a host of AWS, over https; the region is then that in
// the host name, if there is one, or else the configured one.
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
			return Portal{}, fmt.Errorf("start URL %q names no region, and none is configured", u.Redacted())
		}
		return Portal{StartURL: configured, Region: region}, nil
	}
	target, err := follow(ctx, client, u)
	if err != nil {
		return Portal{}, fmt.Errorf("resolve start URL %q: %w", u.Redacted(), err)
	}
	if named := Region(target.Hostname()); named != "" {
		region = named
	}
	if region == "" {
		return Portal{}, fmt.Errorf("resolve start URL %q: %s names no region, and none is configured", u.Redacted(), target)
	}
	return Portal{StartURL: target.String(), Region: region}, nil
}

// follow returns where u redirects to: a portal of AWS.
func follow(ctx context.Context, client Client, u *url.URL) (*url.URL, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	status, location, err := ask(ctx, client, http.MethodHead, u)
	if status == http.StatusMethodNotAllowed || status == http.StatusNotImplemented {
		status, location, err = ask(ctx, client, http.MethodGet, u)
	}
	if err != nil {
		return nil, err
	}
	if !isRedirect(status) {
		return nil, fmt.Errorf("it does not redirect to an AWS access portal: HTTP status %d", status)
	}
	if location == "" {
		return nil, errors.New("the redirect has no Location")
	}
	target, err := u.Parse(location)
	switch {
	case err != nil:
		return nil, errors.New("the Location of the redirect is not a URL")
	case target.Scheme != "https":
		return nil, fmt.Errorf("it redirects to %q, which is not an https URL", target.Redacted())
	case !OwnedByAWS(target.Hostname()):
		return nil, fmt.Errorf("it redirects to %q, which is not an AWS access portal", target.Redacted())
	}
	return normalize(target), nil
}

func ask(ctx context.Context, client Client, method string, u *url.URL) (status int, location string, err error) {
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

// withoutURL returns an error of net/http without the URL, which ours name.
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

// normalize removes what is not part of a start URL: query, fragment, user, default port
// and trailing slashes.
func normalize(u *url.URL) *url.URL {
	host := strings.ToLower(u.Host)
	if u.Port() == "443" {
		host = strings.TrimSuffix(host, ":443")
	}
	path := strings.TrimRight(u.EscapedPath(), "/")
	plain, err := url.PathUnescape(path)
	if err != nil {
		plain = path // EscapedPath can always be unescaped
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

// ownedHosts are issuers, which stand in for a start URL.
var ownedHosts = [...]string{
	"identitycenter.amazonaws.com",
	"identitycenter.amazonaws.com.cn",
	"identitycenter.amazonaws.eu",
	"identitycenter.us-gov.amazonaws.com",
}

// OwnedByAWS reports whether a host is one of AWS's access portals or issuers.
func OwnedByAWS(host string) bool {
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	if slices.Contains(ownedHosts[:], host) {
		return true
	}
	return slices.ContainsFunc(ownedSuffixes[:], func(suffix string) bool {
		return host == suffix || strings.HasSuffix(host, "."+suffix)
	})
}

// portalHosts are the names of portals that say which region they are in: instance, then
// region in one of two places.
const portalHosts = `^[^.]+\.(?:portal\.([a-z0-9-]+)\.(?:app\.aws|app\.amazonwebservices\.com\.cn|api\.amazonwebservices\.eu)` +
	`|([a-z0-9-]+)\.portal\.(?:amazonaws\.com|amazonaws\.com\.cn|amazonaws\.eu))$`

// Region returns the region in the host name of a portal, "" if there is none.
func Region(host string) string {
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	m := regexp.MustCompile(portalHosts).FindStringSubmatch(host)
	if m == nil {
		return ""
	}
	return m[1] + m[2]
}

// Plain returns a start URL without what may be spelled in two ways and leads to the same
// portal: upper case, a slash or "#" at the end, the backslash of an escaped "#".
func Plain(startURL string) string {
	return strings.TrimRight(strings.ToLower(strings.ReplaceAll(startURL, `\`, "")), "/#")
}
