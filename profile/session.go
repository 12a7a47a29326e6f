package profile

import (
	"fmt"
	"strings"

	"github.com/latchkey-sso/latchkey/internal/configfile"
)

// Session is an [sso-session] section, or the SSO settings of a legacy profile, which has no
// sso_session.
type Session struct {
	// Name is the section name; empty for a legacy profile.
	Name string
	// StartURL and Region are sso_start_url and sso_region, verbatim.
	StartURL, Region string
	// RegistrationScopes is sso_registration_scopes: the OAuth scopes to request. Nil means
	// unset and empty means set without a value; AWS tools register a different client for
	// each.
	RegistrationScopes []string
	// LatchkeyLogin is latchkey_login, verbatim: how the latchkey command signs in. AWS
	// tools ignore it.
	LatchkeyLogin string
	// TokenStore is LATCHKEY_TOKEN_STORE, or else latchkey_token_store: where the sign-in is
	// kept (see package tokenstore). Empty means the files that AWS tools share. AWS tools
	// ignore it.
	TokenStore string
	// ShareAccessToken is latchkey_share_access_token: whether AWS tools find a copy of the
	// access token, without the refresh token, in ~/.aws/sso/cache. AWS tools ignore it.
	ShareAccessToken bool
}

// CacheKey returns the key under which AWS tools cache the session's token: the session name,
// or the start URL of a legacy profile.
func (s *Session) CacheKey() string {
	if s.Name != "" {
		return s.Name
	}
	return s.StartURL
}

// Refreshable reports whether the session's tokens may be refreshed. AWS tools do not refresh
// those of a legacy profile.
func (s *Session) Refreshable() bool { return s.Name != "" }

func (r *resolver) loadSession(name string) (*Section, *Session, *Error) {
	section, bad := r.find(configfile.Session, name)
	switch {
	case bad != nil:
	case section == nil:
		bad = r.missing(configfile.Session, name)
		bad.Err = ErrNotFound
	default:
		var s *Session
		if s, bad = r.newSession(section); bad == nil {
			return section, s, nil
		}
	}
	bad.Session = name
	return nil, nil, bad
}

// newSession validates an sso-session section.
func (r *resolver) newSession(section *Section) (*Session, *Error) {
	v := values{section: section}
	s := &Session{
		Name:     section.Name,
		StartURL: v.text("sso_start_url"),
		Region:   v.text("sso_region"),

		LatchkeyLogin:    v.text("latchkey_login"),
		TokenStore:       r.tokenStore(&v),
		ShareAccessToken: v.flag(shareKey),
	}
	if _, ok := section.Get("sso_registration_scopes"); ok {
		s.RegistrationScopes = scopes(v.text("sso_registration_scopes"))
	}
	v.require(configfile.Session.Header(s.Name), "sso_start_url", "sso_region")
	v.checkRegion("sso_region")
	if v.err != nil {
		return nil, v.err
	}
	return s, nil
}

// scopes splits a comma-separated list. It never returns nil.
func scopes(list string) []string {
	all := []string{}
	for scope := range strings.SplitSeq(list, ",") {
		if scope = strings.TrimSpace(scope); scope != "" {
			all = append(all, scope)
		}
	}
	return all
}

// namedSession resolves a profile's sso_session. Settings in both must be equal.
func (r *resolver) namedSession(name string, v *values) *Session {
	section, bad := r.find(configfile.Session, name)
	var s *Session
	switch {
	case bad != nil:
	case section == nil:
		v.missing("sso_session", fmt.Sprintf("sso_session is %q", name), r.missing(configfile.Session, name))
		v.err.Session = name
		return nil
	default:
		s, bad = r.newSession(section)
	}
	if bad != nil {
		bad.Session = name
		v.keep(bad)
		return nil
	}
	for _, key := range []string{"sso_start_url", "sso_region"} {
		want, _ := section.Get(key)
		if got := v.text(key); got != "" && got != want.Value {
			v.fail(key, fmt.Sprintf("%s is %q here and %q in %s (%s:%d)",
				key, got, want.Value, configfile.Session.Header(name), want.File, want.Line),
				"remove it here, or make them equal")
		}
	}
	return s
}

// legacySession resolves the session of a legacy profile, with or without a role.
func (r *resolver) legacySession(v *values) *Session {
	keys := []string{"sso_start_url", "sso_region"}
	if v.text("sso_account_id") != "" || v.text("sso_role_name") != "" {
		keys = legacyKeys
	}
	s := requireLegacy(v, keys)
	s.TokenStore = r.tokenStore(v)
	return s
}

var legacyKeys = []string{"sso_start_url", "sso_region", "sso_account_id", "sso_role_name"}

func requireLegacy(v *values, keys []string) *Session {
	if v.text("sso_start_url") == "" && v.text("sso_region") == "" {
		v.fail("sso_session", "sso_start_url and sso_region are missing from the profile",
			"add them, or sso_session = <name of an [sso-session] section>")
	}
	v.require("the profile", keys...)
	return &Session{StartURL: v.text("sso_start_url"), Region: v.text("sso_region")}
}
