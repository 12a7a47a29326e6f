// Package latchkey plugs IAM Identity Center sign-ins into the configuration
// chain of aws-sdk-go-v2:
//
//	cfg, err := config.LoadDefaultConfig(ctx, latchkey.WithProfile("dev"))
//	if err != nil {
//		return err
//	}
//	client := s3.NewFromConfig(cfg)
//
// The sign-in is the one that every AWS tool on the machine shares: run "latchkey
// login" or "aws sso login". A program that does not use package config of the SDK
// uses package provider instead, and links neither.
package latchkey

import (
	"bytes"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/provider"
)

const (
	// expiryWindow is how long before credentials expire the SDK requests new ones.
	// expiryJitter spreads that over the window, so that programs that started
	// together do not send requests together.
	expiryWindow = 5 * time.Minute
	expiryJitter = 0.5
)

// WithProfile is an option of config.LoadDefaultConfig. The configuration then gets its
// Credentials from package provider and, if the profile has SSO settings of its own, its
// BearerAuthTokenProvider too. A profile that assumes a role (role_arn with a
// source_profile) gets that role with the credentials of its source, through any number
// of such profiles. Its region, STS endpoint, FIPS, dual-stack, certificates and retries
// apply to the whole chain.
//
// With a name, the profile must exist and have SSO settings, or assume a role over one
// that has. Otherwise loading fails.
//
// With an empty name, the SDK chooses the profile: config.WithSharedConfigProfile, then
// AWS_PROFILE, then "default". WithProfile then changes nothing if the SDK would take
// credentials from elsewhere: credentials given in code before this option, keys or a
// web identity in the environment, a profile with static keys or without SSO settings.
// That includes profiles that only the SDK can read.
//
// Options may come before or after this one: they are read again on the first request,
// with the options of package provider in optFns. If a later option chooses another
// profile or other files, that profile is served; region and credentials never come from
// different profiles. WithProfile can make loading fail only while the options run, so the
// order still matters in these cases:
//   - A profile with a name must be in the files known so far, unless there are none.
//   - A mistake in the SSO settings of the profile chosen so far makes loading fail, even if
//     a later option chooses another profile.
//   - For a profile with an mfa_serial, config.WithAssumeRoleCredentialOptions with a
//     TokenProvider must come before WithProfile.
//   - If WithProfile left a profile to the SDK and a later option chooses a profile with SSO
//     settings, retrieving its credentials fails with an error that says so.
//   - config.WithCustomCABundle may come later only if its reader is an io.Seeker.
func WithProfile(name string, optFns ...func(*provider.Options)) func(*config.LoadOptions) error {
	return func(lo *config.LoadOptions) error {
		if name == "" && lo.Credentials != nil {
			return nil
		}
		p, err := choose(lo, name)
		switch {
		case name != "" && errors.Is(err, profile.ErrNotFound) && noFiles(lo):
			// A later option may say where it is. If none does, the SDK fails to load.
		case err != nil:
			return err
		case p == nil:
			refuseOwnSSO(lo)
			return nil
		}
		return apply(lo, name, p, optFns)
	}
}

// apply makes lo use the profile p, or if p is nil, the one called name, which no file has yet.
func apply(lo *config.LoadOptions, name string, p *profile.Profile, optFns []func(*provider.Options)) error {
	pl := &plan{load: lo, name: name, profile: p, optFns: optFns, given: *lo}
	if err := pl.check(); err != nil {
		return err
	}
	if err := pl.holdCABundle(false); err != nil {
		return err
	}
	if pl.bundle != nil {
		lo.CustomCABundle = bytes.NewReader(pl.bundle)
	}
	lo.Credentials = &lateCredentials{pl}
	if lo.CredentialsCacheOptions == nil {
		lo.CredentialsCacheOptions = pl.cacheOptions
	}
	if _, ours := lo.BearerAuthTokenProvider.(*lateTokens); ours { // from an earlier WithProfile
		lo.BearerAuthTokenProvider = nil
	}
	if (p == nil || p.Session != nil) && lo.BearerAuthTokenProvider == nil {
		lo.BearerAuthTokenProvider = &lateTokens{pl}
	}
	// The rest of the configuration (region, retries, endpoints of other services) must
	// come from the same profile of the same files, but the SDK has looked for the home
	// directory when the program started.
	lo.SharedConfigFiles, lo.SharedCredentialsFiles = files(lo)
	if p != nil {
		name = p.Name
	}
	lo.SharedConfigProfile = nameInSDK(name, lo)
	if pl.standIns = standIns(p, lo); pl.standIns != "" {
		if err := pl.addStandIns(); err != nil {
			return err
		}
	}
	pl.set = *lo
	return nil
}
