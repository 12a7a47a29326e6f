package latchkey

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/latchkey-sso/latchkey/profile"
)

// The SDK takes the quotes of a section line, [profile "foo bar"], for a part of the name, and so does not
// load a profile with source_profile = foo bar, which the AWS CLI does. It needs no more of the source
// than that it is there, since the credentials come from us: a file beside the others says so.

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

// addStandIns adds a file with the text to the config files of lo, until it is removed.
func addStandIns(lo *config.LoadOptions, text string) (remove func(), err error) {
	file, err := os.CreateTemp("", "latchkey-*.config")
	if err != nil {
		return nil, fmt.Errorf("latchkey: make a file for the SDK to find source_profile: %w", err)
	}
	remove = func() { _ = os.Remove(file.Name()) }
	_, err = file.WriteString(text)
	if err = errors.Join(err, file.Close()); err != nil {
		remove()
		return nil, fmt.Errorf("latchkey: make a file for the SDK to find source_profile: %w", err)
	}
	lo.SharedConfigFiles = append(lo.SharedConfigFiles[:len(lo.SharedConfigFiles):len(lo.SharedConfigFiles)], file.Name())
	return remove, nil
}
