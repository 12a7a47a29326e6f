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

// The SDK takes the quotes of a section line, [profile "foo bar"], for a part of the name, and so does not
// load a profile with source_profile = foo bar, which the AWS CLI does. It needs no more of the source
// than that it exists, since the credentials come from us: a temporary file beside the others says so.
//
// It has to be a file. The SDK reads profiles from nothing else, cannot be told to ignore source_profile, and
// has no option for some of what the profile says, such as the endpoints in its services section.

// standIns returns the text of such a file for the source profiles of p, empty if the SDK finds
// all of them.
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

// addStandIns adds the file to those that the SDK reads next. It is removed once the SDK makes the cache of
// the credentials, which comes after reading. If the program replaces the options of that cache, it is removed with
// the first request, and if loading fails, with the plan.
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
		// Nobody else may come to provide a file of that name.
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
