package latchkey

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/latchkey-sso/latchkey/profile"
)

// The SDK takes the quotes in [profile "foo bar"] as part of the name. So unlike the AWS CLI, it cannot load a profile
// with source_profile = foo bar. Since Latchkey provides the credentials, the SDK only needs a source profile with that
// name: a temporary file with placeholder profiles is enough.
//
// The SDK reads profiles only from files and cannot ignore source_profile, and some settings of a profile, such as its
// services section, have no load option.

// placeholders returns the content of the file for the source profiles of p, or "" if the SDK finds them all.
func placeholders(p *profile.Profile, lo *config.LoadOptions) string {
	var b strings.Builder
	for q := p; q != nil && q.SourceProfile != nil; q = q.SourceProfile {
		if source := q.SourceProfile.Name; !isPlain(source) {
			fmt.Fprintf(&b, "[profile %s]\nsso_region = nowhere\n", source)
		}
	}
	if b.Len() == 0 {
		return ""
	}
	_, err := loadBySDK(nameInSDK(p.Name, lo), lo)
	if _, missing := errors.AsType[config.SharedConfigAssumeRoleError](err); !missing {
		return ""
	}
	return b.String()
}

// addPlaceholders adds the file to the config files, and removes it when the SDK makes the credentials cache, after it
// has read the files. If the program replaces CredentialsCacheOptions, the first request removes the file. If loading
// fails, the garbage collector does.
func (pl *plan) addPlaceholders() error {
	file, err := writePlaceholders(pl.placeholders)
	if err != nil {
		return err
	}
	runtime.AddCleanup(pl, removeFile, file)
	lo := pl.load
	lo.SharedConfigFiles = append(slices.Clip(lo.SharedConfigFiles), file)
	pl.removePlaceholders = sync.OnceFunc(func() {
		removeFile(file)
		// Another user could create a file with the same name.
		for _, options := range []*config.LoadOptions{lo, &pl.set} {
			options.SharedConfigFiles = slices.DeleteFunc(slices.Clone(options.SharedConfigFiles), func(f string) bool { return f == file })
		}
	})
	given := lo.CredentialsCacheOptions
	lo.CredentialsCacheOptions = func(o *aws.CredentialsCacheOptions) {
		pl.removePlaceholders()
		given(o)
	}
	return nil
}

func writePlaceholders(text string) (path string, err error) {
	file, err := os.CreateTemp("", "latchkey-*.config")
	if err != nil {
		return "", fmt.Errorf("latchkey: create file for source_profile: %w", err)
	}
	_, err = file.WriteString(text)
	if err = errors.Join(err, file.Close()); err != nil {
		removeFile(file.Name())
		return "", fmt.Errorf("latchkey: write file for source_profile: %w", err)
	}
	return file.Name(), nil
}

func removeFile(path string) { _ = os.Remove(path) }
