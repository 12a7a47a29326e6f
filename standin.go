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

// To the SDK, the quotes in [profile "foo bar"] are part of the name, so it cannot load a profile with
// source_profile = foo bar, which the AWS CLI can. The SDK only needs the source profile to exist, since Latchkey
// provides the credentials: a temporary file with an empty profile of that name is enough.
//
// It has to be a file: the SDK reads profiles from nothing else, cannot ignore source_profile, and has no option for
// some settings of a profile, such as the endpoints in its services section.

// standIns returns the text of that file for the source profiles of p, empty if the SDK finds them all.
func standIns(p *profile.Profile, lo *config.LoadOptions) string {
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

// addStandIns adds the file to those that the SDK reads next, and removes it when the SDK makes the credentials
// cache, after reading. If the program replaces the options of that cache, the file is removed on the first request;
// if loading fails, with the plan.
func (pl *plan) addStandIns() error {
	file, err := writeStandIns(pl.standIns)
	if err != nil {
		return err
	}
	runtime.AddCleanup(pl, removeFile, file)
	lo := pl.load
	lo.SharedConfigFiles = append(slices.Clip(lo.SharedConfigFiles), file)
	pl.removeStandIns = sync.OnceFunc(func() {
		removeFile(file)
		// Nobody else may get to put a file there.
		for _, options := range []*config.LoadOptions{lo, &pl.set} {
			options.SharedConfigFiles = slices.DeleteFunc(slices.Clone(options.SharedConfigFiles), func(f string) bool { return f == file })
		}
	})
	given := lo.CredentialsCacheOptions
	lo.CredentialsCacheOptions = func(o *aws.CredentialsCacheOptions) {
		pl.removeStandIns()
		given(o)
	}
	return nil
}

func writeStandIns(text string) (path string, err error) {
	file, err := os.CreateTemp("", "latchkey-*.config")
	if err != nil {
		return "", fmt.Errorf("latchkey: make a file for the SDK to find source_profile: %w", err)
	}
	_, err = file.WriteString(text)
	if err = errors.Join(err, file.Close()); err != nil {
		removeFile(file.Name())
		return "", fmt.Errorf("latchkey: make a file for the SDK to find source_profile: %w", err)
	}
	return file.Name(), nil
}

func removeFile(path string) { _ = os.Remove(path) }
