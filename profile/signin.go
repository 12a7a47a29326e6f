package profile

import (
	"cmp"
	"strings"
)

// SignIn is a session and how its services are reached: all it takes to sign in, to
// refresh the token and to sign out.
type SignIn struct {
	// Profile is the profile that signs in; empty for a session read by its name.
	Profile string
	// File and Line are where the profile starts, or else the session; Line may be 0.
	File string
	Line int
	// Session is nil for a profile without SSO settings.
	Session *Session
	Connection
}

// SignIn returns the sign-in of the profile itself; that of its chain of source profiles is
// p.Origin().SignIn(). That of a nil profile is the zero SignIn.
func (p *Profile) SignIn() SignIn {
	if p == nil {
		return SignIn{}
	}
	return SignIn{Profile: p.Name, File: p.File, Line: p.Line, Session: p.Session, Connection: p.Connection}
}

// NewError returns an [*Error] about one of the settings of the sign-in. Fix may be empty.
func (s SignIn) NewError(key, reason, fix string) *Error {
	e := &Error{File: s.File, Line: s.Line, Profile: s.Profile, Key: key, Reason: reason, Fix: fix}
	if s.Session != nil {
		e.Session = s.Session.Name
	}
	return e
}

// LoadSession reads the sso-session called name. The environment decides how its services
// are reached; for what the environment leaves open, the profiles that use the session
// decide, if all of them say the same. The error is an [*Error], with [ErrNotFound] in the
// chain if there is no such section.
func LoadSession(name string, optFns ...func(*Options)) (SignIn, error) {
	r, err := newOptions(optFns).open("")
	if err != nil {
		return SignIn{}, err
	}
	section, session, bad := r.loadSession(name)
	if bad != nil {
		return SignIn{}, bad
	}
	shared, _ := ReadAll(optFns...) // damage elsewhere does not matter
	c, bad := r.sharedConnection(sessionUsers(shared)[session.CacheKey()])
	if bad != nil {
		bad.Session = name
		return SignIn{}, bad
	}
	return SignIn{File: section.File, Line: section.Line, Session: session, Connection: c}, nil
}

// Sessions returns a sign-in for every session that the files mention: for the
// sso-sessions, as LoadSession does, and for the sign-ins of profiles without one. Session
// holds what can be read of the session's settings, right or wrong. With an error about a
// damaged line or a mistake in the environment, the sign-ins hold what the rest says.
// They are nil only if a file named in the options cannot be read.
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
		add(&Session{Name: section.Name, StartURL: v.text("sso_start_url"), Region: v.text("sso_region")}, section)
	}
	for _, section := range shared.Profiles {
		add(sessionOf(section), section)
	}
	return all, err
}

// EnvironmentConnection returns how the environment alone says that the SSO services are
// reached, for a session that no file mentions. With an error, an [*Error], it holds what
// is right.
func EnvironmentConnection(optFns ...func(*Options)) (Connection, error) {
	r := resolver{getenv: newOptions(optFns).Getenv}
	c, bad := r.sharedConnection(nil)
	if bad != nil {
		return c, bad
	}
	return c, nil
}

// sessionUsers returns the profiles that use each session, by its cache key.
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

// sessionOf returns the session that a profile names, or carries itself, unchecked.
func sessionOf(section *Section) *Session {
	v := values{section: section}
	if name := strings.TrimSpace(v.text("sso_session")); name != "" {
		return &Session{Name: name}
	}
	return &Session{StartURL: v.text("sso_start_url"), Region: v.text("sso_region")}
}

// sharedConnection resolves how the SSO services of a session are reached: by the
// environment, else by each setting that all users of the session agree on. A single user
// must not decide where the tokens of the others go. Users with a mistake in these
// settings do not count. The error is about the environment.
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

// Role is a role in an account, as profiles name it, and the session to get it with.
type Role struct {
	Session   string // the name of the sso-session
	StartURL  string // the start URL of a profile without one
	AccountID string
	RoleName  string
}

// Roles returns the roles that the profiles name, each once. With an error about a
// damaged line, they are those of the rest of the files.
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
