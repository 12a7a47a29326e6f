package latchkey

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/ssocreds"
	"github.com/aws/aws-sdk-go-v2/service/sso"

	"github.com/latchkey-sso/latchkey/profile"
)

// choose loads the profile called name or, if name is empty, the profile that lo selects. It
// returns nil if the SDK should serve the profile.
func choose(lo *config.LoadOptions, name string) (*profile.Profile, error) {
	if name != "" {
		return loadProfile(name, lo)
	}
	env, err := config.NewEnvConfig()
	if err != nil {
		return nil, fmt.Errorf("latchkey: read environment: %w", err)
	}
	if lo.SharedConfigProfile == "" && credentialsIn(env) {
		return nil, nil
	}
	p, err := loadProfile(lo.SharedConfigProfile, lo)
	if err == nil && !usesSSO(p) {
		return nil, nil
	}
	switch found := readBySDK(lo); {
	case found == sdkOther,
		found == sdkProcess && err != nil,
		found == sdkAbsent: // the SDK returns an error if the profile is required
		return nil, nil //nolint:nilerr // a profile without SSO that only the SDK can parse
	}
	return p, err
}

// credentialsIn reports whether env has credentials, which the SDK prefers to those of a profile.
func credentialsIn(env config.EnvConfig) bool {
	return env.Credentials.HasKeys() || env.WebIdentityTokenFilePath != ""
}

// usesSSO reports whether the SDK would get the profile's credentials with SSO.
func usesSSO(p *profile.Profile) bool {
	p = p.Origin()
	return p.Session != nil && p.OtherCredentials == ""
}

// The source of credentials that the SDK finds in the selected profile.
const (
	sdkUnreadable = iota // the profile fails to load
	sdkAbsent            // the profile does not exist
	sdkSSO               // SSO settings
	sdkProcess           // credential_process, which may run latchkey
	sdkOther             // another source, or none
)

// readBySDK returns the source of credentials that the SDK finds. The SDK accepts lines that
// profile.Load rejects. They must not break a program that does not use SSO.
func readBySDK(lo *config.LoadOptions) int {
	name := lo.SharedConfigProfile
	if name == "" {
		name = nameInSDK(profile.Name(nil), lo)
	}
	shared, err := loadBySDK(name, lo)
	if err != nil {
		if isAbsent(err) {
			return sdkAbsent
		}
		return sdkUnreadable
	}
	for shared.Source != nil {
		shared = *shared.Source
	}
	switch {
	case shared.Credentials.HasKeys(), shared.CredentialSource != "", shared.WebIdentityTokenFile != "":
		return sdkOther
	case shared.SSOSessionName != "", shared.SSOStartURL != "", shared.SSORegion != "", shared.SSOAccountID != "", shared.SSORoleName != "":
		return sdkSSO
	case shared.CredentialProcess != "":
		return sdkProcess
	}
	return sdkOther
}

func loadBySDK(name string, lo *config.LoadOptions) (config.SharedConfig, error) {
	return config.LoadSharedConfigProfile(context.Background(), name, func(o *config.LoadSharedConfigOptions) {
		o.ConfigFiles, o.CredentialsFiles = files(lo)
	})
}

// isAbsent reports whether err says that the profile does not exist. A missing source_profile does not count.
func isAbsent(err error) bool {
	_, source := errors.AsType[config.SharedConfigAssumeRoleError](err)
	_, absent := errors.AsType[config.SharedConfigProfileNotExistError](err)
	return absent && !source
}

// nameInSDK returns the name under which the SDK finds the profile. The SDK takes the quotes that
// the AWS CLI writes around a name as part of the name.
func nameInSDK(name string, lo *config.LoadOptions) string {
	if isPlain(name) {
		return name
	}
	for _, quote := range []string{"'", `"`} {
		if _, err := loadBySDK(quote+name+quote, lo); !isAbsent(err) {
			return quote + name + quote
		}
	}
	return name
}

// isPlain reports whether no tool writes quotes around the name.
func isPlain(name string) bool {
	return !strings.ContainsFunc(name, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("_-.", r)
	})
}

// loadProfile loads the profile called name or, if name is empty, the profile that the environment
// selects.
func loadProfile(name string, lo *config.LoadOptions) (*profile.Profile, error) {
	return profile.Load(name, func(o *profile.Options) {
		o.ConfigFiles = chosenFiles(lo.SharedConfigFiles, profile.ConfigPath)
		o.CredentialsFiles = chosenFiles(lo.SharedCredentialsFiles, profile.CredentialsPath)
	})
}

// chosenFiles returns those of files that exist, since the SDK ignores missing files. Nil means the default files.
func chosenFiles(files []string, standard pathFunc) []string {
	if path, err := standard(); len(files) == 1 && err == nil && files[0] == path {
		return nil // the default files need not exist
	}
	return slices.DeleteFunc(slices.Clone(files), func(file string) bool {
		_, err := os.Stat(file)
		return errors.Is(err, fs.ErrNotExist)
	})
}

type pathFunc = func(...func(*profile.Options)) (string, error)

// files returns the shared config and credentials files that lo selects.
func files(lo *config.LoadOptions) (configFiles, credentialsFiles []string) {
	return orDefault(lo.SharedConfigFiles, profile.ConfigPath), orDefault(lo.SharedCredentialsFiles, profile.CredentialsPath)
}

func orDefault(chosen []string, standard pathFunc) []string {
	if chosen != nil {
		return chosen
	}
	file, err := standard()
	if err != nil {
		return nil // without a home directory; the SDK handles this itself
	}
	return []string{file}
}

// noFiles reports whether no files were selected and the default ones do not exist.
func noFiles(lo *config.LoadOptions) bool {
	configFiles, credentialsFiles := files(lo)
	return lo.SharedConfigFiles == nil && !slices.ContainsFunc(slices.Concat(configFiles, credentialsFiles), func(file string) bool {
		_, err := os.Stat(file)
		return err == nil
	})
}

// disableSDKProvider makes the SDK's own SSO credentials provider fail, since it neither locks nor
// shares refreshes. The SDK uses it only if a later option selects a profile with SSO settings:
// WithProfile does not leave such a profile to the SDK.
func disableSDKProvider(lo *config.LoadOptions) {
	given := lo.SSOProviderOptions
	lo.SSOProviderOptions = func(o *ssocreds.Options) {
		if given != nil {
			given(o)
		}
		o.Client = rejectingClient{}
	}
}

// rejectingClient is a portal client whose requests fail.
type rejectingClient struct{}

func (rejectingClient) GetRoleCredentials(context.Context, *sso.GetRoleCredentialsInput, ...func(*sso.Options)) (*sso.GetRoleCredentialsOutput, error) {
	return nil, errors.New("latchkey: a later option selected a profile with SSO settings: " +
		"pass latchkey.WithProfile after the options that select the profile and its files")
}
