package latchkey

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/ssocreds"
	"github.com/aws/aws-sdk-go-v2/service/sso"

	"github.com/latchkey-sso/latchkey/profile"
)

// choose returns the profile to serve with lo, the one called name unless that is
// empty. It returns nil if the SDK is to serve it.
func choose(lo *config.LoadOptions, name string) (*profile.Profile, error) {
	if name != "" {
		p, err := loadProfile(name, lo)
		if errors.Is(err, profile.ErrNotFound) && lo.SharedConfigFiles == nil && !anyFile(files(lo)) {
			return &profile.Profile{Name: name}, nil // a later option may say where it is
		}
		return p, err
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
	switch readBySDK(lo) {
	case sdkOther:
		return nil, nil
	case sdkAbsent:
		if err != nil {
			return nil, nil // the SDK says so itself, where it matters
		}
	}
	return p, err
}

// credentialsIn tells whether the SDK would take credentials from the
// environment before it looks at a profile.
func credentialsIn(env config.EnvConfig) bool {
	return env.Credentials.HasKeys() || env.WebIdentityTokenFilePath != ""
}

// usesSSO tells whether the SDK's chain would arrive at SSO for the profile.
func usesSSO(p *profile.Profile) bool {
	p = leaf(p)
	return p.Session != nil && p.OtherCredentials == ""
}

// leaf returns the profile that the credentials come from in the first place.
func leaf(p *profile.Profile) *profile.Profile {
	for p.SourceProfile != nil {
		p = p.SourceProfile
	}
	return p
}

// What the SDK finds under the name that lo and the environment choose.
const (
	sdkUnreadable = iota // it fails to load
	sdkAbsent            // no profile
	sdkSSO               // SSO settings as the source of credentials
	sdkOther             // another source, or none
)

// readBySDK tells what the SDK reads. It accepts lines that profile.Load does not,
// and a program must not fail over those if it does not use SSO.
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
	}
	return sdkOther
}

func loadBySDK(name string, lo *config.LoadOptions) (config.SharedConfig, error) {
	return config.LoadSharedConfigProfile(context.Background(), name, func(o *config.LoadSharedConfigOptions) {
		o.ConfigFiles, o.CredentialsFiles = files(lo)
	})
}

func isAbsent(err error) bool {
	_, absent := errors.AsType[config.SharedConfigProfileNotExistError](err)
	return absent
}

// nameInSDK returns the name that the SDK's own loader knows the profile by. It
// takes the quotes around a name, as the AWS CLI writes them, for a part of the name.
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

// isPlain tells whether a name needs no quotes for any tool.
func isPlain(name string) bool {
	return !strings.ContainsFunc(name, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("_-.", r)
	})
}

// loadProfile reads the profile called name; if that is empty, the one that the environment
// selects.
func loadProfile(name string, lo *config.LoadOptions) (*profile.Profile, error) {
	configFile, err := only("shared config", lo.SharedConfigFiles, profile.ConfigPath)
	if err != nil {
		return nil, err
	}
	credentialsFile, err := only("shared credentials", lo.SharedCredentialsFiles, profile.CredentialsPath)
	if err != nil {
		return nil, err
	}
	return profile.Load(name, func(o *profile.Options) {
		o.ConfigFile, o.CredentialsFile = configFile, credentialsFile
	})
}

func only(kind string, files []string, path func(...func(*profile.Options)) (string, error)) (string, error) {
	switch standard, err := path(); {
	case files == nil, len(files) == 1 && err == nil && files[0] == standard:
		return "", nil
	case len(files) == 0:
		return os.DevNull, nil
	case len(files) == 1:
		return files[0], nil
	}
	return "", fmt.Errorf("latchkey: %d %s files given, at most one is supported", len(files), kind)
}

// files returns the shared config and credentials files that hold with lo.
func files(lo *config.LoadOptions) (configFiles, credentialsFiles []string) {
	return orDefault(lo.SharedConfigFiles, profile.ConfigPath), orDefault(lo.SharedCredentialsFiles, profile.CredentialsPath)
}

func orDefault(chosen []string, path func(...func(*profile.Options)) (string, error)) []string {
	if chosen != nil {
		return chosen
	}
	file, err := path()
	if err != nil {
		return nil // no home directory: the SDK copes with that in its own way
	}
	return []string{file}
}

func anyFile(configFiles, credentialsFiles []string) bool {
	for _, file := range append(configFiles[:len(configFiles):len(configFiles)], credentialsFiles...) {
		if _, err := os.Stat(file); err == nil {
			return true
		}
	}
	return false
}

// refuseOwnSSO makes the SDK's own provider of SSO credentials, which knows neither the locks nor
// the refreshes that others share, an error. WithProfile left the profile to the SDK because it
// has no SSO settings, so only a later option can have chosen one that has.
func refuseOwnSSO(lo *config.LoadOptions) {
	given := lo.SSOProviderOptions
	lo.SSOProviderOptions = func(o *ssocreds.Options) {
		if given != nil {
			given(o)
		}
		o.Client = tooLate{}
	}
}

type tooLate struct{}

func (tooLate) GetRoleCredentials(context.Context, *sso.GetRoleCredentialsInput, ...func(*sso.Options)) (*sso.GetRoleCredentialsOutput, error) {
	return nil, errors.New("latchkey: the profile with SSO settings was chosen after WithProfile had left credentials to the SDK: " +
		"give latchkey.WithProfile after the options that choose the profile and its files")
}
