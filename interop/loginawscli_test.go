//go:build python

package interop

import (
	"cmp"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/latchkey-sso/latchkey/internal/filetest"
	"github.com/latchkey-sso/latchkey/internal/ssotest"
)

// signInTool is a command that signs in and refreshes.
type signInTool struct {
	name           string
	login, refresh []string
}

func signInTools(t *testing.T) (awsCLI, latchkey signInTool) {
	t.Helper()
	command := cmp.Or(os.Getenv("AWS_CLI"), "aws")
	ours := build(t)
	return signInTool{"AWS CLI", []string{command, "sso", "login", "--profile", "dev"}, []string{command, "configure", "list", "--profile", "dev"}},
		signInTool{"Latchkey", []string{ours, "login", "--device-code", "--profile", "dev"}, []string{ours, "credential-process", "--profile", "dev"}}
}

// files returns the token and the registration by name, without the second in which the token
// was issued.
func (h *signInHome) files(t *testing.T) map[string]string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(h.dir, ".aws", "sso", "cache", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, path := range paths {
		data := filetest.Read(t, path)
		files[filepath.Base(path)] = tokenExpiry.ReplaceAllString(data, `${1}T"`)
	}
	return files
}

var tokenExpiry = regexp.MustCompile(`("accessToken": "[^"]+", "expiresAt": ")[^"]+"`)

// expire makes the token as it is the next day, with role credentials forgotten.
func (h *signInHome) expire(t *testing.T) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(h.dir, ".aws", "*", "cache", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if filepath.Base(filepath.Dir(filepath.Dir(path))) == "cli" {
			err = os.Remove(path)
		} else {
			err = os.WriteFile(path, tokenExpiry.ReplaceAll(data, []byte(`${1}2020-01-01T00:00:00Z"`)), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestAWSCLILogin signs in with the AWS CLI in one home and with Latchkey in another, and then
// lets each go on from the files of the other.
func TestAWSCLILogin(t *testing.T) {
	awsCLI, latchkey := signInTools(t)
	afterLogin, afterRefresh := map[string]map[string]string{}, map[string]map[string]string{}
	for _, order := range [][2]signInTool{{awsCLI, latchkey}, {latchkey, awsCLI}} {
		first, second := order[0], order[1]
		h := newSignInHome(t, ssotest.Config("https://d-1234567890.awsapps.com/start", "eu-west-1"))
		h.run(t, first.login, append([]string{"/client/register"}, deviceLogin...)...)
		afterLogin[first.name] = h.files(t)
		h.expire(t)
		h.run(t, second.refresh, "/token refresh_token", "/federation/credentials")
		afterRefresh[first.name] = h.files(t)
		h.run(t, second.login, deviceLogin...) // with the registration of the first
	}
	if diff := gocmp.Diff(afterLogin[awsCLI.name], afterLogin[latchkey.name]); diff != "" {
		t.Errorf("files after signing in with the AWS CLI (-) and with Latchkey (+):\n%s", diff)
	}
	if diff := gocmp.Diff(afterRefresh[latchkey.name], afterRefresh[awsCLI.name]); diff != "" {
		t.Errorf("files after a refresh by the AWS CLI (-) and by Latchkey (+):\n%s", diff)
	}
	if n := len(afterLogin[awsCLI.name]); n != 2 {
		t.Errorf("%d files, want a token and a registration", n)
	}
}

const legacyConfig = `[profile dev]
sso_start_url = https://d-1234567890.awsapps.com/start
sso_region = eu-west-1
sso_account_id = 111122223333
sso_role_name = Developer
region = eu-west-1
`

// TestAWSCLILegacyLogin is TestAWSCLILogin for a profile without sso-session, which no
// tool refreshes.
func TestAWSCLILegacyLogin(t *testing.T) {
	awsCLI, latchkey := signInTools(t)
	files := map[string]map[string]string{}
	for _, order := range [][2]signInTool{{awsCLI, latchkey}, {latchkey, awsCLI}} {
		h := newSignInHome(t, legacyConfig)
		h.run(t, order[0].login, append([]string{"/client/register"}, deviceLogin...)...)
		files[order[0].name] = h.files(t)
		h.run(t, order[1].refresh, "/federation/credentials") // with the token of the other
		h.run(t, order[1].login, deviceLogin...)
	}
	if diff := gocmp.Diff(files[awsCLI.name], files[latchkey.name]); diff != "" {
		t.Errorf("files after signing in with the AWS CLI (-) and with Latchkey (+):\n%s", diff)
	}
}
