package profile

import (
	"cmp"
	"strings"
)

// SignIn is what it takes to sign in, refresh the token and sign out: a session and its
// connection settings.
type SignIn struct {
	// Profile is the name of the profile that signs in; empty if LoadSession or Sessions
	// returned it.
	Profile string
	// File and Line are where the profile, or else the session, starts. Line may be 0.
	File string
	Line int
	// Session is nil for a profile without SSO settings.
	Session *Session
	Connection
}

// SignIn returns the profile's own sign-in, or the zero SignIn if p is nil. For a profile that
// assumes a role, call it on [Profile.Origin].
func (p *Profile) SignIn() SignIn {
	if p == nil {
		return SignIn{}
	}
	return SignIn{Profile: p.Name, File: p.File, Line: p.Line, Session: p.Session, Connection: p.Connection}
}

// NewError returns an [*Error] about a setting of the sign-in. Fix may be empty.
func (s SignIn) NewError(key, reason, fix string) *Error {
	e := &Error{File: s.File, Line: s.Line, Profile: s.Profile, Key: key, Reason: reason, Fix: fix}
	if s.Session != nil {
		e.Session = s.Session.Name
	}
	return e
}

// LoadSession resolves the named sso-session. Connection settings come from the environment, or
// else from the profiles that use the session if they all agree. The error is an [*Error]; it
// wraps [ErrNotFound] if the session does not exist.
func LoadSession(name string, optFns ...func(*Options)) (SignIn, error) {
	r, err := newOptions(optFns).open("")
	if err != nil {
		return SignIn{}, err
	}
	section, session, bad := r.loadSession(name)
	if bad != nil {
		return SignIn{}, bad
	}
	shared, _ := ReadAll(optFns...) // syntax errors in other sections do not matter
	c, bad := r.sharedConnection(sessionUsers(shared)[session.CacheKey()])
	if bad != nil {
		bad.Session = name
		return SignIn{}, bad
	}
	return SignIn{File: section.File, Line: section.Line, Session: session, Connection: c}, nil
}

// Sessions returns the sign-ins of all sso-sessions and legacy profiles, without validating
// their settings. If lines cannot be parsed or the environment is invalid, it returns an error
// along with the sign-ins. They are nil only if a file named in the options cannot be read.
func Sessions(optFns ...func(*Options)) ([]SignIn, error) {
	r, err := newOptions(optFns).open("")
	if err != nil {
		return nil, err
	}
	shared, err := ReadAll(optFns...)
	if shared == nil {
		return nil, err
	}
	users := sessionUsers(shared)
	all := []SignIn{}
	seen := map[string]bool{}
	add := func(s *Session, section *Section) {
		if key := s.CacheKey(); key != "" && !seen[key] {
			seen[key] = true
			c, bad := r.sharedConnection(users[key])
			if bad != nil {
				err = cmp.Or(err, error(bad))
			}
			all = append(all, SignIn{File: section.File, Line: section.Line, Session: s, Connection: c})
		}
	}
	for _, section := range shared.Sessions {
		v := values{section: section}
		s := &Session{Name: section.Name, StartURL: v.text("sso_start_url"), Region: v.text("sso_region")}
		s.TokenStore, s.ShareAccessToken = r.tokenStore(&v), v.flag(shareKey)
		add(s, section)
	}
	for _, section := range shared.Profiles {
		s := sessionOf(section)
		s.TokenStore = r.tokenStore(&values{section: &Section{}})
		add(s, section)
	}
	return all, err
}

// EnvironmentConnection returns the connection settings of the environment, for a session that
// is not in any file. If the error, an [*Error], is not nil, the other settings are still valid.
func EnvironmentConnection(optFns ...func(*Options)) (Connection, error) {
	r := resolver{getenv: newOptions(optFns).Getenv}
	c, bad := r.sharedConnection(nil)
	if bad != nil {
		return c, bad
	}
	return c, nil
}

// sessionUsers maps cache keys to the profiles that use the session.
func sessionUsers(shared *Shared) map[string][]*Section {
	users := map[string][]*Section{}
	if shared == nil {
		return users
	}
	for _, section := range shared.Profiles {
		key := sessionOf(section).CacheKey()
		users[key] = append(users[key], section)
	}
	return users
}

// sessionOf returns a profile's session without validation. For an sso-session it sets only the
// name.
func sessionOf(section *Section) *Session {
	v := values{section: section}
	if name := strings.TrimSpace(v.text("sso_session")); name != "" {
		return &Session{Name: name}
	}
	return &Session{StartURL: v.text("sso_start_url"), Region: v.text("sso_region")}
}

// sharedConnection returns the connection of a session that several profiles use. Each setting
// comes from the environment, or else from the profiles if they all agree: no single profile may
// decide where the tokens of the others go. Invalid profiles are ignored. The error is about
// the environment.
func (r *resolver) sharedConnection(users []*Section) (Connection, *Error) {
	environment := &values{section: &Section{}}
	alone := r.connection(environment)
	if environment.err != nil {
		return alone, environment.err
	}
	shared, first := alone, true
	for _, section := range users {
		v := &values{section: section}
		c := r.connection(v)
		switch {
		case v.err != nil:
		case first:
			shared, first = c, false
		default:
			shared = shared.common(c, alone)
		}
	}
	return shared, nil
}

// Role is an account and role that a profile names, and its session.
type Role struct {
	Session   string // sso-session name; empty for a legacy profile
	StartURL  string // start URL of a legacy profile; empty otherwise
	AccountID string
	RoleName  string
}

// Roles returns the distinct roles that profiles name. If lines cannot be parsed, it returns an
// error along with the other roles.
func Roles(optFns ...func(*Options)) ([]Role, error) {
	shared, err := ReadAll(optFns...)
	if shared == nil {
		return nil, err
	}
	var roles []Role
	seen := map[Role]bool{}
	for _, section := range shared.Profiles {
		v := values{section: section}
		session := sessionOf(section)
		role := Role{session.Name, session.StartURL, v.text("sso_account_id"), v.text("sso_role_name")}
		if session.CacheKey() != "" && role.AccountID != "" && role.RoleName != "" && !seen[role] {
			seen[role] = true
			roles = append(roles, role)
		}
	}
	return roles, err
}
