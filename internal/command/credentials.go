package command

import (
	"cmp"
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/latchkey-sso/latchkey/internal/assumerole"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/provider"
)

// profileCredentials provides the credentials of a profile's role: that of its sign-in, or the
// last of its role chain.
type profileCredentials struct {
	aws.CredentialsProvider
	profile *profile.Profile
	signIn  *profile.Profile // the end of its source_profile chain
}

// credentials returns the credentials of a profile; an empty name means the one that the
// environment selects. They are cached on disk, so that the next call needs no request.
func (a *app) credentials(name string) (*profileCredentials, error) {
	p, err := profile.Load(name)
	if err != nil {
		return nil, err
	}
	return a.credentialsOf(p)
}

// credentialsOf is credentials for a profile that is already loaded. optFns change the options.
func (a *app) credentialsOf(p *profile.Profile, optFns ...func(*provider.Options, *assumerole.Options)) (*profileCredentials, error) {
	c := &profileCredentials{profile: p, signIn: p.Origin()}
	if err := checkSignIn(c); err != nil {
		return nil, err
	}
	store, err := a.store(c.signIn.Session)
	if err != nil {
		return nil, err
	}
	role := assumerole.Options{
		Cache: store.Roles, MFACode: a.mfaCode, Region: cmp.Or(c.region(), c.signIn.Session.Region), Logger: a.logger(), Now: a.now,
	}
	c.CredentialsProvider, err = provider.New(c.signIn, func(o *provider.Options) {
		o.TokenStores, o.RoleCache = a.drivers, store.Roles
		o.Logger = a.logger()
		for _, fn := range optFns {
			fn(o, &role)
		}
	})
	if err != nil || p.RoleARN == "" {
		return c, err
	}
	c.CredentialsProvider = assumerole.New(p, c.CredentialsProvider, role)
	return c, nil
}

// checkSignIn returns the error about a profile without a role from Identity Center.
func checkSignIn(c *profileCredentials) error {
	end := c.signIn
	switch {
	case end.OtherCredentials == "credential_source" && end.RoleARN != "":
		return withoutSourceProfile(end)
	case end.Session == nil:
		return withoutSignIn(c.profile)
	case end.AccountID == "":
		return withoutRole(end)
	}
	return nil
}

// retrieve gets the credentials. A signal during a refresh takes effect once the token is stored.
func (c *profileCredentials) retrieve(ctx context.Context) (aws.Credentials, error) {
	return holdSignals(ctx, c.Retrieve)
}

// label returns the name of the profile, or of the role if the profile has none.
func (c *profileCredentials) label() string {
	return cmp.Or(c.profile.Name, c.profile.AccountID+"/"+c.profile.RoleName)
}

// region returns the region of the profile, or of its nearest source profile that has one. It may
// be empty.
func (c *profileCredentials) region() string {
	for p := c.profile; p != nil; p = p.SourceProfile {
		if p.Region != "" {
			return p.Region
		}
	}
	return ""
}

// accountID returns the account of the credentials.
func (c *profileCredentials) accountID() string {
	if c.profile.RoleARN != "" {
		return assumerole.AccountID(c.profile.RoleARN)
	}
	return c.profile.AccountID
}

// roleName returns the role of the credentials.
func (c *profileCredentials) roleName() string {
	if c.profile.RoleARN != "" {
		return assumerole.RoleName(c.profile.RoleARN)
	}
	return c.profile.RoleName
}
