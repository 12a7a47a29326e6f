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

// TestProcessWithBlanks runs a credential_process whose program is in a directory with blanks.
func TestProcessWithBlanks(t *testing.T) {
	home := idctest.Home(t, idctest.NewServer(t))
	home.SignIn()
	path := filepath.Join(t.TempDir(), "Program Files", "latchkey.exe")
	copyProgram(t, path)
	program := programInProcess(path)
	command := program + " credential-process --profile default"

	t.Run("Go SDK", func(t *testing.T) { // by cmd.exe
		credentials, err := processcreds.NewProvider(command).Retrieve(t.Context())
		if err != nil || !strings.HasPrefix(credentials.AccessKeyID, "ASIAIDCTEST") {
			t.Errorf("%s: %s, %v", command, credentials.AccessKeyID, err)
		}
	})
	t.Run("words", func(t *testing.T) { // as botocore does, whose backslashes are literal before other characters
		out, err := exec.CommandContext(t.Context(), strings.Trim(program, `"`), "credential-process", "--profile", "default").Output()
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
