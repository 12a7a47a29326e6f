package profile

import (
	"cmp"
	"strings"
)

// SignIn is a session and how to reach its services: all that signing in, refreshing the
// token and signing out need.
type SignIn struct {
	// Profile is the name of the profile that signs in; empty for a session that was read
	// by its own name.
	Profile string
	// File and Line are where the profile starts, or else the session. Line may be 0.
	File string
	Line int
	// Session is nil for a profile without SSO settings.
	Session *Session
	Connection
}

// SignIn returns the sign-in of the profile itself. For a profile that assumes a role, see
// [Profile.Origin]. A nil profile has the zero SignIn.
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

// LoadSession reads the sso-session called name. Its Connection is that of the environment;
// a setting that the environment leaves open is that of the profiles that use the session,
// if all of them agree. The error is an [*Error], with [ErrNotFound] in the chain if there
// is no such section.
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

// Sessions returns a sign-in for every session in the files: those of the sso-sessions, as
// LoadSession returns them, and those of legacy profiles. The settings of a session are not
// checked. Despite an error about a damaged line or the environment, the sign-ins are
// complete otherwise. They are nil only if a file named in the options cannot be read.
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

// EnvironmentConnection returns the Connection of the environment alone, for a session that
// is in no file. Despite an error, an [*Error], the other settings are valid.
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

// sessionOf returns the session of a profile, unchecked. Of an sso-session it has only the
// name.
func sessionOf(section *Section) *Session {
	v := values{section: section}
	if name := strings.TrimSpace(v.text("sso_session")); name != "" {
		return &Session{Name: name}
	}
	return &Session{StartURL: v.text("sso_start_url"), Region: v.text("sso_region")}
}

// sharedConnection returns the connection of a session that several profiles use: each
// setting is that of the environment, else that on which all users agree. A single user must
// not decide where the tokens of the others go. Users with a mistake in these settings do
// not count. The error is about the environment.
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

// Role is a role in an account that a profile names, and the session that gives its
// credentials.
type Role struct {
	Session   string // the name of the sso-session; empty for a legacy profile
	StartURL  string // the start URL of a legacy profile
	AccountID string
	RoleName  string
}

// Roles returns the roles that the profiles name, each once. Despite an error about a damaged
// line, they are complete otherwise.
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
