package command

import (
	"context"
	"fmt"

	"github.com/latchkey-sso/latchkey/profile"
)

// moveTo sets sso_region in the config file to the region of the Identity Center, as the AWS CLI
// does, and returns the sign-in with that region.
func (a *app) moveTo(ctx context.Context, region string, p profile.SignIn) (profile.SignIn, error) {
	path, err := profile.ConfigPath()
	if err != nil {
		return p, err
	}
	if err := profile.Edit(ctx, path, regionChanges(region, p)...); err != nil {
		return p, err
	}
	fmt.Fprintf(a.stderr, "The Identity Center of %s is in %s: changed sso_region in %s.\n", oneLine(p.Session.StartURL), region, oneLine(path))
	session := *p.Session
	session.Region = region
	p.Session = &session
	return p, nil
}

// regionChanges sets sso_region in the section of the session, and in each profile that repeats
// it, which must be the same.
func regionChanges(region string, p profile.SignIn) []profile.Change {
	setting := profile.Setting{Key: "sso_region", Value: region}
	if p.Session.Name == "" {
		return []profile.Change{profile.Set(profile.KindProfile, p.Profile, setting)}
	}
	changes := []profile.Change{profile.Set(profile.KindSession, p.Session.Name, setting)}
	shared, _ := profile.ReadAll() // damaged lines do not matter here
	if shared == nil {
		return changes
	}
	for _, section := range shared.Profiles {
		session, _ := section.Get("sso_session")
		if _, repeats := section.Get("sso_region"); repeats && session.Value == p.Session.Name {
			changes = append(changes, profile.Set(profile.KindProfile, section.Name, setting))
		}
	}
	return changes
}
