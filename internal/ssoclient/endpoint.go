package ssoclient

import (
	"fmt"
	"net/netip"
	"net/url"
	"os"
	"strings"

	"github.com/latchkey-sso/latchkey/internal/redact"
	"github.com/latchkey-sso/latchkey/profile"
)

// checkEndpoint rejects an endpoint on which every request would fail.
func checkEndpoint(s profile.SignIn, variable, endpoint string) error {
	if endpoint == "" {
		return nil
	}
	u, err := url.Parse(endpoint)
	reason, fix := "", "set it to the http or https URL of the service, or remove it"
	switch {
	case err != nil || u.Host == "" && strings.Contains(endpoint, "@"): // quoting it may show a password
		reason = "is not a URL"
	case u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		reason = fmt.Sprintf("is %q, which is not an http or https URL", redact.URL(u))
	case s.UseFIPS || s.UseDualStack:
		reason = fmt.Sprintf("is %q, and custom endpoints do not work with FIPS or dual-stack", redact.URL(u))
		fix = "turn off FIPS and dual-stack, or remove the endpoint"
	default:
		return nil
	}
	return settingError(s, "endpoint_url", endpoint, reason, fix, variable, "AWS_ENDPOINT_URL")
}

// settingError returns an error about the first variable that holds value, or else about the
// profile's key.
func settingError(s profile.SignIn, key, value, reason, fix string, variables ...string) *profile.Error {
	for _, v := range variables {
		if os.Getenv(v) == value {
			return &profile.Error{Key: v, Reason: fmt.Sprintf("environment variable %s %s", v, reason), Fix: fix}
		}
	}
	return s.NewError(key, key+" "+reason, fix)
}

// PlainHTTPHost returns the host of a plain http endpoint, unless it is a loopback address;
// otherwise "". Tokens would cross the network unencrypted.
func PlainHTTPHost(endpoint string) string {
	u, err := url.Parse(endpoint)
	if err != nil || u.Scheme != "http" || IsLoopback(u.Hostname()) {
		return ""
	}
	return u.Host
}

// IsLoopback reports whether host, a name or an address, is a loopback host (RFC 6761 section
// 6.3).
func IsLoopback(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback() || host == "localhost" || strings.HasSuffix(host, ".localhost")
}
