// Package latchkey plugs IAM Identity Center sign-ins into the configuration
// chain of aws-sdk-go-v2:
//
//	cfg, err := config.LoadDefaultConfig(ctx, latchkey.WithProfile("dev"))
//	if err != nil {
//		return err
//	}
//	client := s3.NewFromConfig(cfg)
//
// The sign-in is the one that every AWS tool on the machine shares; `latchkey
// login` or `aws sso login` makes it. A program that does not use package config
// of the SDK takes package provider instead, and links neither.
package latchkey

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/provider"
)

const (
	// expiryWindow is how long before their end the SDK asks for new credentials;
	// expiryJitter spreads that over the window, so that many programs started
	// together do not ask together.
	expiryWindow = 5 * time.Minute
	expiryJitter = 0.5
)

// WithProfile is an option of config.LoadDefaultConfig. It makes the provider of
// package provider the source of the configuration's Credentials and, for a
// profile with SSO settings of its own, of its BearerAuthTokenProvider.
// A profile that assumes a role (role_arn with a source_profile) gets that role
// with the credentials of its source, through any number of such profiles. Its
// settings of FIPS, dual-stack, certificates and retries hold for the source too.
//
// A name asks for that profile whatever else is configured: it must exist and
// have SSO settings, or be a role over one that has; else loading fails.
//
// An empty name follows the SDK's own choice: config.WithSharedConfigProfile
// given before this option, then AWS_PROFILE, then "default". It changes
// nothing where the SDK would take credentials from elsewhere: credentials given
// in code before this option, keys or a web identity in the environment, a profile with static keys
// or without SSO settings.
//
// The options reach the provider. The HTTP client, retryer, logger, API options
// and app id given to LoadDefaultConfig, before or after this option, are used
// for the calls to Identity Center too. Options that choose the shared config
// files, FIPS or dual-stack endpoints, or a CA bundle count when they come before.
func WithProfile(name string, optFns ...func(*provider.Options)) func(*config.LoadOptions) error {
	return func(lo *config.LoadOptions) error {
		explicit := name
		if explicit == "" {
			explicit = lo.SharedConfigProfile
		}
		env, err := config.NewEnvConfig()
		if err != nil {
			return fmt.Errorf("latchkey: read environment: %w", err)
		}
		if name == "" && (lo.Credentials != nil || explicit == "" && credentialsIn(env)) {
			return nil
		}
		p, err := loadProfile(explicit, lo)
		switch {
		case name == "" && errors.Is(err, profile.ErrNotFound):
			return nil // the SDK says so itself, where it matters
		case err != nil:
			return err
		case name == "" && !usesSSO(p):
			return nil
		}
		return plug(lo, env, p, optFns)
	}
}

// plug makes lo use the profile.
func plug(lo *config.LoadOptions, env config.EnvConfig, p *profile.Profile, optFns []func(*provider.Options)) error {
	pl := &plan{load: lo, env: env, optFns: optFns}
	if lo.CustomCABundle != nil {
		pem, err := io.ReadAll(lo.CustomCABundle)
		if err != nil {
			return fmt.Errorf("latchkey: read custom CA bundle: %w", err)
		}
		pl.caBundle, lo.CustomCABundle = pem, bytes.NewReader(pem)
	}
	p = effective(p, lo)
	creds, err := pl.credentials(p)
	if err != nil {
		return err
	}
	lo.Credentials = creds
	if lo.CredentialsCacheOptions == nil {
		lo.CredentialsCacheOptions = func(o *aws.CredentialsCacheOptions) {
			o.ExpiryWindow = expiryWindow
			o.ExpiryWindowJitterFrac = expiryJitter
		}
	}
	_, ours := lo.BearerAuthTokenProvider.(*provider.Provider) // of a WithProfile before this one
	if p.Session != nil && (ours || lo.BearerAuthTokenProvider == nil) {
		tokens, err := pl.provider(p)
		if err != nil {
			return err
		}
		lo.BearerAuthTokenProvider = tokens
	}
	// The rest of the configuration (region, retries, endpoints of other services)
	// comes from the same profile.
	lo.SharedConfigProfile = nameInSDK(p.Name, lo)
	return nil
}

// effective returns a copy of the profile with the settings that hold: what the program
// asks for in code is stronger. A source profile, which AWS tools take credentials from and
// nothing else, asks for them as the profile does, and by its own settings where that has none.
func effective(p *profile.Profile, lo *config.LoadOptions) *profile.Profile {
	copied := *p
	if lo.CustomCABundle != nil {
		copied.CABundle = ""
	}
	if lo.UseFIPSEndpoint != aws.FIPSEndpointStateUnset {
		copied.UseFIPS = lo.UseFIPSEndpoint == aws.FIPSEndpointStateEnabled
	}
	if lo.UseDualStackEndpoint != aws.DualStackEndpointStateUnset {
		copied.UseDualStack = lo.UseDualStackEndpoint == aws.DualStackEndpointStateEnabled
	}
	if p.SourceProfile != nil {
		source := *p.SourceProfile
		source.UseFIPS = source.UseFIPS || p.UseFIPS
		source.UseDualStack = source.UseDualStack || p.UseDualStack
		source.CABundle = cmp.Or(p.CABundle, source.CABundle)
		source.RetryMode = cmp.Or(p.RetryMode, source.RetryMode)
		source.MaxAttempts = cmp.Or(p.MaxAttempts, source.MaxAttempts)
		source.AppID = cmp.Or(p.AppID, source.AppID)
		copied.SourceProfile = effective(&source, lo)
	}
	return &copied
}

// nameInSDK returns the name that the SDK's own loader knows the profile by. It
// takes the quotes around a name with spaces, as the AWS CLI writes them, for a
// part of the name.
func nameInSDK(name string, lo *config.LoadOptions) string {
	if !strings.ContainsAny(name, " \t") {
		return name
	}
	for _, quote := range []string{"'", `"`} {
		quoted := quote + name + quote
		_, err := config.LoadSharedConfigProfile(context.Background(), quoted, func(o *config.LoadSharedConfigOptions) {
			o.ConfigFiles, o.CredentialsFiles = filesFor(lo)
		})
		var absent config.SharedConfigProfileNotExistError
		if !errors.As(err, &absent) {
			return quoted
		}
	}
	return name
}

// filesFor returns the files that the SDK's loader will read with lo.
func filesFor(lo *config.LoadOptions) (configFiles, credentialsFiles []string) {
	configFiles, credentialsFiles = lo.SharedConfigFiles, lo.SharedCredentialsFiles
	if path := os.Getenv("AWS_CONFIG_FILE"); configFiles == nil && path != "" {
		configFiles = []string{path}
	}
	if path := os.Getenv("AWS_SHARED_CREDENTIALS_FILE"); credentialsFiles == nil && path != "" {
		credentialsFiles = []string{path}
	}
	return configFiles, credentialsFiles
}

func loadProfile(name string, lo *config.LoadOptions) (*profile.Profile, error) {
	configFile, err := only("shared config", lo.SharedConfigFiles)
	if err != nil {
		return nil, err
	}
	credentialsFile, err := only("shared credentials", lo.SharedCredentialsFiles)
	if err != nil {
		return nil, err
	}
	return profile.Load(name, func(o *profile.Options) {
		o.ConfigFile = configFile
		o.CredentialsFile = credentialsFile
	})
}

func only(kind string, files []string) (string, error) {
	switch len(files) {
	case 0:
		return "", nil
	case 1:
		return files[0], nil
	}
	return "", fmt.Errorf("latchkey: %d %s files given, at most one is supported", len(files), kind)
}

// credentialsIn tells whether the SDK would take credentials from the
// environment before it looks at a profile.
func credentialsIn(env config.EnvConfig) bool {
	return env.Credentials.HasKeys() || env.WebIdentityTokenFilePath != ""
}

// usesSSO tells whether the SDK's chain would arrive at SSO for the profile.
func usesSSO(p *profile.Profile) bool {
	for p.SourceProfile != nil {
		p = p.SourceProfile
	}
	return p.Session != nil && p.OtherCredentials == ""
}
