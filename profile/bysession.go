package profile

import (
	"cmp"
	"strings"
)

// ForSession returns a profile that consists of nothing but the sso-session
// called name, which is enough to sign in and out. It has no Name. How the SSO
// services are reached is up to the environment; what that leaves open comes from
// the profiles that use the session, as far as all of them say the same. The error
// is an [*Error], with [ErrNotFound] in the chain if no such section exists.
func ForSession(name string, optFns ...func(*Options)) (*Profile, error) {
	r, err := newOptions(optFns).open("")
	if err != nil {
		return nil, err
	}
	session, bad := r.loadSession(name)
	if bad != nil {
		return nil, bad
	}
	shared, _ := ReadAll(optFns...) // damage elsewhere does not matter
	p := &Profile{Session: session}
	if bad := r.connection(p, sessionUsers(shared)[session.CacheKey()]); bad != nil {
		bad.Session = name
		return nil, bad
	}
	return p, nil
}

// Sessions returns a profile for every session that the files mention, as ForSession
// does for one: the sso-sessions, and the sign-ins of profiles without one. Session
// holds what can be read of the session's settings, right or wrong. The last profile
// has no Session: it is what the environment alone says of how the SSO services are
// reached. With an error about a damaged line or a mistake in the environment, the
// profiles hold what the rest says. They are nil only if a file named in the options
// cannot be read.
func Sessions(optFns ...func(*Options)) ([]*Profile, error) {
	r, err := newOptions(optFns).open("")
	if err != nil {
		return nil, err
	}
	shared, err := ReadAll(optFns...)
	if shared == nil {
		return nil, err
	}
	users := sessionUsers(shared)
	var all []*Profile
	seen := map[string]bool{}
	add := func(s *Session) {
		if key := s.CacheKey(); key != "" && !seen[key] {
			seen[key] = true
			p := &Profile{Session: s}
			_ = r.connection(p, users[key]) // the same mistake as that of the last one
			all = append(all, p)
		}
	}
	for _, section := range shared.Sessions {
		v := values{section: section}
		add(&Session{Name: section.Name, StartURL: v.text("sso_start_url"), Region: v.text("sso_region")})
	}
	for _, section := range shared.Profiles {
		add(sessionOf(section))
	}
	rest := &Profile{}
	if bad := r.connection(rest, nil); bad != nil {
		err = cmp.Or(err, error(bad))
	}
	return append(all, rest), err
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

// connection resolves how the SSO services of a session are reached: by the
// environment, else by each setting that all users of the session agree on. One of
// them must not decide where the tokens of the others go. A profile with a mistake in
// these settings is not asked. The error is about the environment.
func (r *resolver) connection(p *Profile, users []*Section) *Error {
	environment := &values{section: &Section{}}
	r.surroundings(p, environment)
	if environment.err != nil {
		return environment.err
	}
	alone := *p
	first := true
	for _, section := range users {
		var user Profile
		v := &values{section: section}
		r.surroundings(&user, v)
		if v.err != nil {
			continue
		}
		if first {
			p.copyConnection(&user)
		}
		first = false
		agree(&p.Endpoints, user.Endpoints, alone.Endpoints)
		agree(&p.UseFIPS, user.UseFIPS, alone.UseFIPS)
		agree(&p.UseDualStack, user.UseDualStack, alone.UseDualStack)
		agree(&p.CABundle, user.CABundle, alone.CABundle)
		agree(&p.RetryMode, user.RetryMode, alone.RetryMode)
		agree(&p.MaxAttempts, user.MaxAttempts, alone.MaxAttempts)
		agree(&p.AppID, user.AppID, alone.AppID)
	}
	return nil
}

func (p *Profile) copyConnection(from *Profile) {
	p.Endpoints, p.CABundle = from.Endpoints, from.CABundle
	p.UseFIPS, p.UseDualStack = from.UseFIPS, from.UseDualStack
	p.RetryMode, p.MaxAttempts, p.AppID = from.RetryMode, from.MaxAttempts, from.AppID
}

// agree keeps a setting that another profile has too, and else falls back.
func agree[T comparable](setting *T, other, fallback T) {
	if *setting != other {
		*setting = fallback
	}
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
