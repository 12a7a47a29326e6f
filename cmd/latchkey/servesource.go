package main

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/provider"
	"github.com/latchkey-sso/latchkey/rolecache"
)

// selection says which profiles are served.
type selection struct {
	names         []string
	all           bool
	allowProfiles []string // glob patterns; none allow every profile
	allowRoles    []string
}

// profiles reads the profiles that are selected. One that is named and cannot be served is an
// error; with --all, those that cannot be served or are not allowed are left out.
func (sel selection) profiles() ([]*profile.Profile, error) {
	for _, pattern := range slices.Concat(sel.allowProfiles, sel.allowRoles) {
		if _, err := path.Match(pattern, ""); err != nil {
			return nil, &usageError{text: fmt.Sprintf("bad pattern %q", pattern), hint: `in a pattern, * stands for any characters but "/", and ? for one`}
		}
	}
	if sel.all {
		return sel.everyProfile()
	}
	names := sel.names
	if len(names) == 0 {
		names = []string{""}
	}
	var list []*profile.Profile
	for _, name := range names {
		p, err := profile.Load(name)
		if err != nil {
			return nil, err
		}
		if err := checkRole(p); err != nil {
			return nil, err
		}
		if !sel.allows(p) {
			return nil, &usageError{
				text: fmt.Sprintf("profile %q with role %s is not allowed", p.Name, roleOf(p)),
				hint: "check the patterns of --allow-profile and --allow-role",
			}
		}
		if slices.ContainsFunc(list, func(other *profile.Profile) bool { return other.Name == p.Name }) {
			return nil, &usageError{text: fmt.Sprintf("profile %q is given twice", p.Name), hint: "latchkey serve --help"}
		}
		list = append(list, p)
	}
	return list, nil
}

func (sel selection) everyProfile() ([]*profile.Profile, error) {
	names, _, err := profile.Names()
	if err != nil && len(names) == 0 {
		return nil, err
	}
	var list []*profile.Profile
	for _, name := range names {
		p, err := profile.Load(name)
		if err == nil && checkRole(p) == nil && sel.allows(p) {
			list = append(list, p)
		}
	}
	if len(list) == 0 {
		return nil, &usageError{text: "no profile to serve: none uses Identity Center, or none is allowed", hint: "latchkey serve --help"}
	}
	return list, nil
}

// allows reports whether the patterns let a profile be served. A role is matched by its name and
// by account and name.
func (sel selection) allows(p *profile.Profile) bool {
	return matches(sel.allowProfiles, p.Name) && matches(sel.allowRoles, p.RoleName, roleOf(p))
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

func roleOf(p *profile.Profile) string { return p.AccountID + "/" + p.RoleName }

// checkRole returns the error about a profile that gives no role credentials.
func checkRole(p *profile.Profile) error {
	switch {
	case p.RoleARN != "":
		return assumesRole(p)
	case p.Session == nil:
		return withoutSignIn(p)
	case p.AccountID == "":
		return withoutRole(p)
	}
	return nil
}

// longLivedCredentials gets credentials that need not be renewed soon. A provider keeps the ones it has
// until their last five minutes, which is too long here: a new one, with a cache that it cannot
// share, begins with none.
func (a *app) longLivedCredentials(ctx context.Context, p *profile.Profile, roles rolecache.Cache) (aws.Credentials, error) {
	fresh, err := provider.New(p, func(o *provider.Options) {
		o.RoleCache = longLived{Cache: roles, now: a.now}
		o.Logger = a.logger()
	})
	if err != nil {
		return aws.Credentials{}, err
	}
	return fresh.Retrieve(ctx)
}

// storedCredentials returns what the role cache holds if it is still valid: better than nothing.
func (a *app) storedCredentials(ctx context.Context, p *profile.Profile, roles rolecache.Cache) (aws.Credentials, bool) {
	stored, err := roles.Load(ctx, roleKey(p))
	if err != nil || !stored.Expires.After(a.now()) {
		return aws.Credentials{}, false
	}
	return aws.Credentials{
		AccessKeyID: stored.AccessKeyID, SecretAccessKey: string(stored.SecretAccessKey), SessionToken: string(stored.SessionToken),
		CanExpire: true, Expires: stored.Expires, AccountID: p.AccountID, Source: provider.Name,
	}, true
}

// leastLeft is how long credentials from the role cache have to be valid, which is longer than
// credserver waits with their renewal.
const leastLeft = 25 * time.Minute

// longLived is a role cache that does not have the credentials in it that are to be renewed
// soon. It cannot be compared, so that providers do not share what they hold in memory.
type longLived struct {
	rolecache.Cache
	now func() time.Time
	_   [0]func()
}

// Load implements rolecache.Cache.
func (c longLived) Load(ctx context.Context, key rolecache.Key) (*rolecache.Credentials, error) {
	creds, err := c.Cache.Load(ctx, key)
	if err == nil && creds.Expires.Sub(c.now()) < leastLeft {
		return nil, fmt.Errorf("%w: the credentials expire soon", rolecache.ErrNotFound)
	}
	return creds, err
}

// describe is the text of an error response: what failed, and what to do.
func describe(err error) string {
	text := strings.TrimPrefix(message(err), "credserver: ")
	var required *provider.LoginRequiredError
	if errors.As(err, &required) {
		return text + "; run: " + loginCommandLine(required)
	}
	return text
}
