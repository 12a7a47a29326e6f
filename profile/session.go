package profile

import (
	"fmt"
	"strings"

	"github.com/latchkey-sso/latchkey/internal/configfile"
)

// Session is one sign-in to IAM Identity Center: an [sso-session] section, or
// the settings a profile of the older form carries itself.
type Session struct {
	// Name is that of the section; empty for the older form.
	Name string
	// StartURL and Region are where to sign in, exactly as written.
	StartURL, Region string
	// RegistrationScopes are the scopes to ask for when signing in. Nil means that
	// the section does not say, and empty that it names none: AWS tools keep the two
	// client registrations apart.
	RegistrationScopes []string
	// LatchkeyLogin is latchkey_login, as written: how the command signs in. AWS tools do
	// not read it.
	LatchkeyLogin string
}

// CacheKey is what AWS tools file the session's token under: the name, else the
// start URL.
func (s *Session) CacheKey() string {
	if s.Name != "" {
		return s.Name
	}
	return s.StartURL
}

// Refreshable reports whether a token of the session may be refreshed. One of
// the older form is never refreshed by any AWS tool.
func (s *Session) Refreshable() bool { return s.Name != "" }

// loadSession reads the sso-session asked for.
func (r *resolver) loadSession(name string) (*Section, *Session, *Error) {
	section, bad := r.find(configfile.Session, name)
	switch {
	case bad != nil:
	case section == nil:
		bad = r.missing(configfile.Session, name)
		bad.Err = ErrNotFound
	default:
		var s *Session
		if s, bad = newSession(section); bad == nil {
			return section, s, nil
		}
	}
	bad.Session = name
	return nil, nil, bad
}

// newSession checks and reads an sso-session section.
func newSession(section *Section) (*Session, *Error) {
	v := values{section: section}
	s := &Session{
		Name:     section.Name,
		StartURL: v.text("sso_start_url"),
		Region:   v.text("sso_region"),

		LatchkeyLogin: v.text("latchkey_login"),
	}
	if _, said := section.Get("sso_registration_scopes"); said {
		s.RegistrationScopes = scopes(v.text("sso_registration_scopes"))
	}
	v.require(configfile.Session.Header(s.Name), "sso_start_url", "sso_region")
	v.region("sso_region")
	if v.err != nil {
		return nil, v.err
	}
	return s, nil
}

// scopes splits a list at its commas. The result is never nil.
func scopes(list string) []string {
	all := []string{}
	for scope := range strings.SplitSeq(list, ",") {
		if scope = strings.TrimSpace(scope); scope != "" {
			all = append(all, scope)
		}
	}
	return all
}

// namedSession resolves the sso-session a profile refers to. What the profile
// repeats of it must be the same.
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
		s, bad = newSession(section)
	}
	if bad != nil {
		bad.Session = name
		v.keep(bad)
		return nil
	}
	for _, key := range []string{"sso_start_url", "sso_region"} {
		theirs, _ := section.Get(key)
		if mine := v.text(key); mine != "" && mine != theirs.Value {
			v.fail(key, fmt.Sprintf("%s is %q here and %q in %s (%s:%d)",
				key, mine, theirs.Value, configfile.Session.Header(name), theirs.File, theirs.Line),
				"remove it here, or make the two equal")
		}
	}
	return s
}

// legacySession reads the older form, in which a profile carries the settings itself. Without
// an account and a role it is enough to sign in.
func legacySession(v *values) *Session {
	keys := []string{"sso_start_url", "sso_region"}
	if v.text("sso_account_id") != "" || v.text("sso_role_name") != "" {
		keys = legacyKeys
	}
	return requireLegacy(v, keys)
}

// legacyKeys are all the settings of the older form.
var legacyKeys = []string{"sso_start_url", "sso_region", "sso_account_id", "sso_role_name"}

func requireLegacy(v *values, keys []string) *Session {
	if v.text("sso_start_url") == "" && v.text("sso_region") == "" {
		v.fail("sso_session", "sso_start_url and sso_region are missing from the profile",
			"add them, or sso_session = <name of an [sso-session] section>")
	}
	v.require("the profile", keys...)
	return &Session{StartURL: v.text("sso_start_url"), Region: v.text("sso_region")}
}
