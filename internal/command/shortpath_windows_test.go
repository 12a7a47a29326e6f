package command

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/credentials/processcreds"

	"github.com/latchkey-sso/latchkey/idctest"
)

// TestProcessWithBlanks runs a credential_process whose program is in a directory with blanks, for a profile with
// a blank in its name.
func TestProcessWithBlanks(t *testing.T) {
	home := idctest.Home(t, idctest.NewServer(t, func(o *idctest.Options) {
		o.Accounts = []idctest.Account{{ID: "111122223333", Name: "Playground", Roles: []string{"Developer"}}}
	}))
	home.SignIn("corp")
	home.Write("config", `[sso-session corp]
sso_start_url = https://d-1234567890.awsapps.com/start
sso_region = us-east-1

[profile 'my dev']
sso_session = corp
sso_account_id = 111122223333
sso_role_name = Developer
`)
	path := filepath.Join(t.TempDir(), "Program Files", "latchkey.exe")
	copyProgram(t, path)
	program := programInProcess(path)
	command := program + ` credential-process --profile "my dev"`

	t.Run("Go SDK", func(t *testing.T) { // by cmd.exe
		credentials, err := processcreds.NewProvider(command).Retrieve(t.Context())
		if err != nil || !strings.HasPrefix(credentials.AccessKeyID, "ASIAIDCTEST") {
			t.Errorf("%s: %s, %v", command, credentials.AccessKeyID, err)
		}
	})
	t.Run("words", func(t *testing.T) { // as botocore does, whose backslashes are literal before other characters
		out, err := exec.CommandContext(t.Context(), strings.Trim(program, `"`), "credential-process", "--profile", "my dev").Output()
		if err != nil || !strings.Contains(string(out), "ASIAIDCTEST") {
			t.Errorf("%s: %s, %v", program, out, err)
		}
	})
}

// copyProgram copies this program, which is latchkey under that name.
func copyProgram(t *testing.T, path string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o700); err != nil {
		t.Fatal(err)
	}
}
