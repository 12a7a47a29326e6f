package command

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/latchkey-sso/latchkey/internal/assumerole"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/provider"
)

// selection is the flags that say which profiles to serve.
type selection struct {
	names         []string
	all           bool
	allowProfiles []string // glob patterns; none allow every profile
	allowRoles    []string
}

// profiles reads the selected profiles. A named profile that cannot be served is an error; --all
// leaves out profiles that cannot be served or are not allowed.
func (sel selection) profiles() ([]*profile.Profile, error) {
	for _, pattern := range slices.Concat(sel.allowProfiles, sel.allowRoles) {
		if _, err := path.Match(pattern, ""); err != nil {
			return nil, &usageError{text: fmt.Sprintf("bad pattern %q", pattern), hint: `in a pattern, * matches any characters but "/", and ? matches one`}
		}
	}
	switch {
	case sel.all:
		return sel.everyProfile()
	case len(sel.names) == 0:
		return sel.namedProfiles("")
	}
	return sel.namedProfiles(sel.names...)
}

func (sel selection) namedProfiles(names ...string) ([]*profile.Profile, error) {
	var list []*profile.Profile
	for _, name := range names {
		p, err := sel.namedProfile(name)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(list, func(other *profile.Profile) bool { return other.Name == p.Name }) {
			return nil, &usageError{text: fmt.Sprintf("profile %q is given twice", p.Name), hint: "latchkey serve --help"}
		}
		list = append(list, p)
	}
	return list, nil
}

func (sel selection) namedProfile(name string) (*profile.Profile, error) {
	p, err := profile.Load(name)
	if err != nil {
		return nil, err
	}
	if err := checkServable(p); err != nil {
		return nil, err
	}
	if !sel.allows(p) {
		return nil, &usageError{
			text: fmt.Sprintf("profile %q with role %s is not allowed", p.Name, roleOf(p)),
			hint: "check the patterns of --allow-profile and --allow-role",
		}
	}
	return p, nil
}

func (sel selection) everyProfile() ([]*profile.Profile, error) {
	names, _, err := profile.Names()
	if err != nil && len(names) == 0 {
		return nil, err
	}
	var list []*profile.Profile
	for _, name := range names {
		p, err := profile.Load(name)
		if err == nil && checkServable(p) == nil && sel.allows(p) {
			list = append(list, p)
		}
	}
	if len(list) == 0 {
		return nil, &usageError{text: "no profile to serve: none has a role of Identity Center, or none is allowed", hint: "latchkey serve --help"}
	}
	return list, nil
}

// allows reports whether the patterns allow a profile. A role matches by its name or by account and
// name.
func (sel selection) allows(p *profile.Profile) bool {
	role := roleOf(p)
	return matches(sel.allowProfiles, p.Name) && matches(sel.allowRoles, path.Base(role), role)
}

func matches(patterns []string, names ...string) bool {
	for _, pattern := range patterns {
		for _, name := range names {
			if ok, _ := path.Match(pattern, name); ok {
				return true
			}
		}
	}
	return len(patterns) == 0
}

// roleOf returns the account and the name of the role whose credentials a profile gives.
func roleOf(p *profile.Profile) string {
	if p.RoleARN != "" {
		return assumerole.AccountID(p.RoleARN) + "/" + assumerole.RoleName(p.RoleARN)
	}
	return p.AccountID + "/" + p.RoleName
}

// checkServable returns an error if a profile has no role credentials.
func checkServable(p *profile.Profile) error {
	return checkSignIn(&profileCredentials{profile: p, signIn: p.Origin()})
}

// describe returns the text of an error response: the failure, and the command that fixes it.
func describe(err error) string {
	text := strings.TrimPrefix(message(err), "credserver: ")
	required, isLogin := errors.AsType[*provider.LoginRequiredError](err)
	code, isMFA := errors.AsType[*mfaRequiredError](err)
	switch {
	case isLogin:
		text += "; run: " + loginCommandLine(required)
	case isMFA:
		text += "; run: latchkey credential-process --profile " + quoted(code.profile)
	}
	return text
}
