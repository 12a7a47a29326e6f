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

// choose returns the profile to serve: the one called name or, if that is empty, the one
// that lo selects. It returns nil if the SDK should serve it.
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
		found == sdkAbsent: // the SDK reports it if it matters
		return nil, nil //nolint:nilerr // the SDK reads what we cannot, without SSO
	}
	return p, err
}

// credentialsIn reports whether the SDK would take credentials from the
// environment before it looks at a profile.
func credentialsIn(env config.EnvConfig) bool {
	return env.Credentials.HasKeys() || env.WebIdentityTokenFilePath != ""
}

// usesSSO reports whether the SDK would use SSO for the profile.
func usesSSO(p *profile.Profile) bool {
	p = p.Origin()
	return p.Session != nil && p.OtherCredentials == ""
}

// What the SDK finds under the name that lo and the environment select.
const (
	sdkUnreadable = iota // it fails to load
	sdkAbsent            // no profile
	sdkSSO               // SSO settings as the source of credentials
	sdkProcess           // a command: latchkey itself, if loadProfile finds SSO settings
	sdkOther             // another source, or none
)

// readBySDK returns what the SDK reads. The SDK accepts lines that profile.Load rejects,
// and a program that does not use SSO must not fail over those.
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

// isAbsent reports whether an error says that the profile itself is absent, not one that it refers to.
func isAbsent(err error) bool {
	_, named := errors.AsType[config.SharedConfigAssumeRoleError](err)
	_, absent := errors.AsType[config.SharedConfigProfileNotExistError](err)
	return absent && !named
}

// nameInSDK returns the name under which the SDK's own loader finds the profile. To the
// SDK, the quotes that the AWS CLI writes around a name are part of the name.
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

// isPlain reports whether a name needs no quotes in any tool.
func isPlain(name string) bool {
	return !strings.ContainsFunc(name, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("_-.", r)
	})
}

// loadProfile reads the profile called name or, if that is empty, the one that the
// environment selects.
func loadProfile(name string, lo *config.LoadOptions) (*profile.Profile, error) {
	return profile.Load(name, func(o *profile.Options) {
		o.ConfigFiles = chosenFiles(lo.SharedConfigFiles, profile.ConfigPath)
		o.CredentialsFiles = chosenFiles(lo.SharedCredentialsFiles, profile.CredentialsPath)
	})
}

// chosenFiles returns the files that exist, since the SDK skips the others. Nil means the files that every AWS tool reads.
func chosenFiles(files []string, standard pathFunc) []string {
	if path, err := standard(); len(files) == 1 && err == nil && files[0] == path {
		return nil // they need not exist
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
		return nil // no home directory, which the SDK handles in its own way
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

// refuseOwnSSO makes the SDK's own provider of SSO credentials fail, since it takes no locks and
// shares no refreshes. WithProfile leaves a profile to the SDK only if it has no SSO settings, so a
// later option has chosen another profile.
func refuseOwnSSO(lo *config.LoadOptions) {
	given := lo.SSOProviderOptions
	lo.SSOProviderOptions = func(o *ssocreds.Options) {
		if given != nil {
			given(o)
		}
		o.Client = refusal{}
	}
}

type refusal struct{}

func (refusal) GetRoleCredentials(context.Context, *sso.GetRoleCredentialsInput, ...func(*sso.Options)) (*sso.GetRoleCredentialsOutput, error) {
	return nil, errors.New("latchkey: WithProfile found no SSO settings, and the SDK did when all options had run: " +
		"give latchkey.WithProfile after the options that choose the profile and its files")
}
