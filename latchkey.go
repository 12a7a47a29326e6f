// Package latchkey plugs IAM Identity Center sign-ins into the configuration
// chain of aws-sdk-go-v2:
//
//	cfg, err := config.LoadDefaultConfig(ctx, latchkey.WithProfile("dev"))
//	if err != nil {
//		return err
//	}
//	client := s3.NewFromConfig(cfg)
//
// It uses the sign-in that all AWS tools on the machine share: run "latchkey login" or
// "aws sso login". A program that does not use the SDK's package config should use package
// provider instead, which does not link it.
package latchkey

import (
	"bytes"
	"errors"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/provider"
	"github.com/latchkey-sso/latchkey/tokenstore"
)

const (
	// expiryWindow is how long before their expiry the SDK renews credentials. expiryJitter
	// varies it, so that programs that started together do not renew together.
	expiryWindow = 5 * time.Minute
	expiryJitter = 0.5
)

// WithProfile returns an option for config.LoadDefaultConfig that sets Credentials and, if the
// profile has its own SSO settings, BearerAuthTokenProvider. optFns are options of package
// provider. If the profile has a role_arn and a source_profile, WithProfile assumes the role with
// the credentials of the source profile, which may assume a role too. The region, STS endpoint,
// FIPS, dual-stack, CA bundle and retry settings of the profile apply to the whole chain.
//
// If name is not empty, the profile must exist and have SSO settings, or assume a role through a
// profile that has. Otherwise loading fails.
//
// If name is empty, the SDK selects the profile: config.WithSharedConfigProfile, then
// AWS_PROFILE, then "default". WithProfile then changes nothing if the SDK would use other
// credentials: an earlier credentials option, keys or a web identity in the environment, or a
// profile with static keys or without SSO settings, including profiles that only the SDK can
// parse.
//
// Other options may come before or after WithProfile: it reads them again on the first request. If
// a later option selects another profile or other files, that profile is used; the region and the
// credentials never come from different profiles. Since WithProfile can make loading fail only
// while it runs, the order matters in these cases:
//   - A named profile must be in the files selected so far, unless none exist.
//   - A mistake in the SSO settings of the profile selected so far makes loading fail, even if a
//     later option selects another profile.
//   - For a profile with an mfa_serial, config.WithAssumeRoleCredentialOptions with a
//     TokenProvider must come before WithProfile.
//   - If WithProfile has left the profile to the SDK and a later option selects a profile with SSO
//     settings, retrieving its credentials fails.
//   - config.WithCustomCABundle may come after WithProfile only if its reader is an io.Seeker.
func WithProfile(name string, optFns ...func(*provider.Options)) func(*config.LoadOptions) error {
	return func(lo *config.LoadOptions) error {
		if name == "" && lo.Credentials != nil {
			return nil
		}
		p, err := choose(lo, name)
		switch {
		case name != "" && errors.Is(err, profile.ErrNotFound) && noFiles(lo):
			// A later option may select the files. If none does, the SDK fails to load.
		case err != nil:
			return err
		case p == nil:
			disableSDKProvider(lo)
			return nil
		}
		return apply(lo, name, p, optFns)
	}
}

// WithTokenStores returns an option for [WithProfile] and package provider. The drivers open the
// stores, other than file and dir, that latchkey_token_store or LATCHKEY_TOKEN_STORE may name. Calls
// fail with a *tokenstore.DriverError if the user's store needs a driver that the program does not
// link.
//
//	latchkey.WithProfile("dev", latchkey.WithTokenStores(keyring.Driver, age.Driver))
func WithTokenStores(drivers ...tokenstore.Driver) func(*provider.Options) {
	return func(o *provider.Options) { o.TokenStores = append(slices.Clip(o.TokenStores), drivers...) }
}

// apply makes lo use the profile p or, if p is nil, the profile name, which no file has yet.
func apply(lo *config.LoadOptions, name string, p *profile.Profile, optFns []func(*provider.Options)) error {
	pl := &plan{load: lo, name: name, profile: p, optFns: optFns, given: *lo}
	if err := pl.check(); err != nil {
		return err
	}
	if err := pl.readCABundle(false); err != nil {
		return err
	}
	if pl.bundle != nil {
		lo.CustomCABundle = bytes.NewReader(pl.bundle)
	}
	lo.Credentials = &lazyCredentials{pl}
	if lo.CredentialsCacheOptions == nil {
		lo.CredentialsCacheOptions = pl.cacheOptions
	}
	if _, ours := lo.BearerAuthTokenProvider.(*lazyTokens); ours { // from an earlier WithProfile
		lo.BearerAuthTokenProvider = nil
	}
	if (p == nil || p.Session != nil) && lo.BearerAuthTokenProvider == nil {
		lo.BearerAuthTokenProvider = &lazyTokens{pl}
	}
	// The region, retries and endpoints of other services must come from the same profile in
	// the same files. The SDK would use the home directory of when the program started.
	lo.SharedConfigFiles, lo.SharedCredentialsFiles = files(lo)
	if p != nil {
		name = p.Name
	}
	lo.SharedConfigProfile = nameInSDK(name, lo)
	if pl.placeholders = placeholders(p, lo); pl.placeholders != "" {
		if err := pl.addPlaceholders(); err != nil {
			return err
		}
	}
	pl.set = *lo
	return nil
}
