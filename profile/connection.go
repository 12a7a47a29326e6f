package profile

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/latchkey-sso/latchkey/internal/configfile"
	"github.com/latchkey-sso/latchkey/internal/userhome"
)

// Connection holds the settings for connecting to the SSO services and STS. A nonempty
// environment variable takes precedence over the profile's key.
type Connection struct {
	// Endpoints are the configured endpoint URLs.
	Endpoints Endpoints
	// UseFIPS is AWS_USE_FIPS_ENDPOINT or use_fips_endpoint. UseDualStack is
	// AWS_USE_DUALSTACK_ENDPOINT or use_dualstack_endpoint.
	UseFIPS, UseDualStack bool
	// CABundle is the path of a PEM file with the trusted root certificates: AWS_CA_BUNDLE
	// or ca_bundle. Empty means the system's roots.
	CABundle string
	// RetryMode is AWS_RETRY_MODE or retry_mode: "standard", "adaptive", or empty if unset
	// or "legacy", which newer SDKs do not support.
	RetryMode string
	// MaxAttempts is AWS_MAX_ATTEMPTS or max_attempts. 0 means unset; a negative number
	// means unlimited.
	MaxAttempts int
	// AppID is AWS_SDK_UA_APP_ID or sdk_ua_app_id, sent in the User-Agent; may be empty.
	AppID string
}

// Endpoints are the base URLs of the services; empty means the regional endpoint. Each is
// the first one set of AWS_ENDPOINT_URL_SSO, AWS_ENDPOINT_URL_SSO_OIDC or
// AWS_ENDPOINT_URL_STS; AWS_ENDPOINT_URL; the profile's services section; and its
// endpoint_url. AWS_IGNORE_CONFIGURED_ENDPOINT_URLS or ignore_configured_endpoint_urls
// disables all of them.
type Endpoints struct{ SSO, SSOOIDC, STS string }

// Override returns c with the settings of o that are set. FIPS and dual-stack are on if
// either has them on. Endpoints always come from c, so that one profile cannot redirect
// another profile's tokens.
func (c Connection) Override(o Connection) Connection {
	return Connection{
		Endpoints:    c.Endpoints,
		UseFIPS:      o.UseFIPS || c.UseFIPS,
		UseDualStack: o.UseDualStack || c.UseDualStack,
		CABundle:     cmp.Or(o.CABundle, c.CABundle),
		RetryMode:    cmp.Or(o.RetryMode, c.RetryMode),
		MaxAttempts:  cmp.Or(o.MaxAttempts, c.MaxAttempts),
		AppID:        cmp.Or(o.AppID, c.AppID),
	}
}

// common returns the settings that c and other agree on, and those of fallback otherwise.
func (c Connection) common(other, fallback Connection) Connection {
	return Connection{
		Endpoints:    common(c.Endpoints, other.Endpoints, fallback.Endpoints),
		UseFIPS:      common(c.UseFIPS, other.UseFIPS, fallback.UseFIPS),
		UseDualStack: common(c.UseDualStack, other.UseDualStack, fallback.UseDualStack),
		CABundle:     common(c.CABundle, other.CABundle, fallback.CABundle),
		RetryMode:    common(c.RetryMode, other.RetryMode, fallback.RetryMode),
		MaxAttempts:  common(c.MaxAttempts, other.MaxAttempts, fallback.MaxAttempts),
		AppID:        common(c.AppID, other.AppID, fallback.AppID),
	}
}

func common[T comparable](setting, other, fallback T) T {
	if setting == other {
		return setting
	}
	return fallback
}

func (r *resolver) connection(v *values) Connection {
	c := Connection{
		UseFIPS:      r.flag("AWS_USE_FIPS_ENDPOINT", v, "use_fips_endpoint"),
		UseDualStack: r.flag("AWS_USE_DUALSTACK_ENDPOINT", v, "use_dualstack_endpoint"),
		CABundle:     userhome.Expand(r.text("AWS_CA_BUNDLE", v, "ca_bundle"), r.getenv),
		RetryMode:    r.retryMode(v),
		MaxAttempts:  r.maxAttempts(v),
		AppID:        r.text("AWS_SDK_UA_APP_ID", v, "sdk_ua_app_id"),
	}
	if !r.flag("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", v, "ignore_configured_endpoint_urls") {
		c.Endpoints = r.endpoints(v)
	}
	return c
}

func (r *resolver) flag(variable string, v *values, key string) bool {
	return parseFlag(r.setting(variable, v, key))
}

// flag is the flag of a key that has no environment variable.
func (v *values) flag(key string) bool { return parseFlag(v.setting(key)) }

func parseFlag(text string, bad func(valid string)) bool {
	on := strings.EqualFold(text, "true")
	if !on && text != "" && !strings.EqualFold(text, "false") {
		bad("true or false")
	}
	return on
}

func (r *resolver) retryMode(v *values) string {
	text, bad := r.setting("AWS_RETRY_MODE", v, "retry_mode")
	switch mode := strings.ToLower(text); mode {
	case "standard", "adaptive":
		return mode
	case "", "legacy":
	default:
		bad("standard or adaptive")
	}
	return ""
}

// maxAttempts parses as the Go SDK does: 0 means unset, and only the profile may use a base
// other than 10.
func (r *resolver) maxAttempts(v *values) int {
	text, bad := r.variable("AWS_MAX_ATTEMPTS", v)
	n, err := strconv.ParseInt(cmp.Or(text, "0"), 10, 64)
	if err == nil && n == 0 {
		text, bad = v.setting("max_attempts")
		n, err = strconv.ParseInt(cmp.Or(text, "0"), 0, 64)
	}
	if err != nil {
		bad("a whole number, such as 3")
		return 0
	}
	return int(n)
}

// text returns the value of the variable, or else of the key.
func (r *resolver) text(variable string, v *values, key string) string {
	if text := r.getenv(variable); text != "" {
		return text
	}
	return v.text(key)
}

// setting is text plus a function that reports the value as invalid.
func (r *resolver) setting(variable string, v *values, key string) (text string, bad func(valid string)) {
	if text, bad = r.variable(variable, v); text != "" {
		return text, bad
	}
	return v.setting(key)
}

// variable is setting for an environment variable alone.
func (r *resolver) variable(name string, v *values) (text string, bad func(valid string)) {
	text = r.getenv(name)
	return text, func(valid string) {
		v.keep(&Error{Key: name, Reason: fmt.Sprintf("invalid %s %q in the environment", name, text), Fix: "set it to " + valid + ", or unset it"})
	}
}

// setting returns the value of a key and a function that reports it as invalid.
func (v *values) setting(key string) (text string, bad func(valid string)) {
	text = v.text(key)
	return text, func(valid string) { v.invalid(key, text, valid) }
}

func (r *resolver) endpoints(v *values) Endpoints {
	e := Endpoints{
		SSO:     r.getenv("AWS_ENDPOINT_URL_SSO"),
		SSOOIDC: r.getenv("AWS_ENDPOINT_URL_SSO_OIDC"),
		STS:     r.getenv("AWS_ENDPOINT_URL_STS"),
	}
	if e.SSO != "" && e.SSOOIDC != "" && e.STS != "" {
		return e
	}
	if all := r.getenv("AWS_ENDPOINT_URL"); all != "" {
		return e.or(Endpoints{all, all, all})
	}
	if name := v.text("services"); name != "" {
		e = e.or(r.services(name, v))
	}
	all := v.text("endpoint_url")
	return e.or(Endpoints{all, all, all})
}

// or returns e with its empty endpoints taken from other.
func (e Endpoints) or(other Endpoints) Endpoints {
	return Endpoints{
		SSO:     cmp.Or(e.SSO, other.SSO),
		SSOOIDC: cmp.Or(e.SSOOIDC, other.SSOOIDC),
		STS:     cmp.Or(e.STS, other.STS),
	}
}

// services returns the endpoints in [services name].
func (r *resolver) services(name string, v *values) Endpoints {
	section, bad := r.find(configfile.Services, name)
	switch {
	case bad != nil:
		v.keep(bad)
		return Endpoints{}
	case section == nil:
		v.missing("services", fmt.Sprintf("services is %q", name), r.missing(configfile.Services, name))
		return Endpoints{}
	}
	endpoint := func(service string) string {
		settings, _ := section.Get(service)
		return settings.Nested("endpoint_url")
	}
	return Endpoints{SSO: endpoint("sso"), SSOOIDC: endpoint("sso_oidc"), STS: endpoint("sts")}
}
