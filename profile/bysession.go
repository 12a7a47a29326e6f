package profile

import "strings"

// ForSession returns a profile that consists of nothing but the sso-session
// called name, which is enough to sign in and out. It has no Name; how the SSO
// services are reached is up to the environment. The error is an [*Error], with
// [ErrNotFound] in the chain if no such section exists.
func ForSession(name string, optFns ...func(*Options)) (*Profile, error) {
	r, err := newOptions(optFns).open("")
	if err != nil {
		return nil, err
	}
	session, bad := r.loadSession(name)
	if bad != nil {
		return nil, bad
	}
	p := &Profile{Session: session}
	v := &values{section: &Section{}}
	r.surroundings(p, v)
	if v.err != nil {
		v.err.Session = name
		return nil, v.err
	}
	return p, nil
}

// Role is a role in an account, as profiles name it.
type Role struct{ AccountID, RoleName string }

// Roles returns the roles that the profiles of the session name, each once. With
// an error about a damaged line, they are those of the rest of the files.
func Roles(s *Session, optFns ...func(*Options)) ([]Role, error) {
	shared, err := ReadAll(optFns...)
	if shared == nil {
		return nil, err
	}
	var roles []Role
	seen := map[Role]bool{}
	for _, section := range shared.Profiles {
		v := values{section: section}
		session := Session{Name: strings.TrimSpace(v.text("sso_session")), StartURL: v.text("sso_start_url")}
		role := Role{AccountID: v.text("sso_account_id"), RoleName: v.text("sso_role_name")}
		if session.CacheKey() == s.CacheKey() && role.AccountID != "" && role.RoleName != "" && !seen[role] {
			seen[role] = true
			roles = append(roles, role)
		}
	}
	return roles, err
}
