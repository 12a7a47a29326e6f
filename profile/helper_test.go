package profile_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/latchkey-sso/latchkey/internal/filetest"
	"github.com/latchkey-sso/latchkey/profile"
)

// files writes the config and credentials files of a test, and returns the option to read them.
func files(t *testing.T, config, credentials string, env environment) func(*profile.Options) {
	t.Helper()
	dir := t.TempDir()
	filetest.Write(t, filepath.Join(dir, "config"), config)
	filetest.Write(t, filepath.Join(dir, "credentials"), credentials)
	return func(o *profile.Options) {
		o.ConfigFile, o.CredentialsFile = filepath.Join(dir, "config"), filepath.Join(dir, "credentials")
		env.use(o)
	}
}

// describe returns the text and the fix of an error, without the file's directory.
func describe(err error) string {
	if err == nil {
		return ""
	}
	e, ok := errors.AsType[*profile.Error](err)
	if !ok {
		return "not an *Error: " + err.Error()
	}
	text := err.Error()
	if e.File != "" {
		text = strings.ReplaceAll(text, filepath.Dir(e.File)+string(os.PathSeparator), "")
	}
	if e.Fix != "" {
		text += "; fix: " + e.Fix
	}
	return text
}

const corp = `
[sso-session corp]
sso_start_url = https://corp.awsapps.com/start
sso_region = us-east-1
sso_registration_scopes = sso:account:access
`

// ignorePlace ignores where a profile starts, which is in a temporary directory.
var ignorePlace = cmpopts.IgnoreFields(profile.Profile{}, "File", "Line")

func corpSession() *profile.Session {
	return &profile.Session{
		Name: "corp", StartURL: "https://corp.awsapps.com/start", Region: "us-east-1",
		RegistrationScopes: []string{"sso:account:access"},
	}
}

// environment is a Getenv for tests.
type environment map[string]string

func (e environment) use(o *profile.Options) {
	o.Getenv = func(name string) string { return e[name] }
}
