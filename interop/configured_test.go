package interop

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/google/go-cmp/cmp"

	"github.com/latchkey-sso/latchkey/internal/filetest"
)

// newConfigured returns a world whose config file has profiles that latchkey configure wrote:
// with an sso_session, and, named process-*, with a credential_process. The sso-session has the
// settings that only Latchkey reads.
func newConfigured(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.Write("config", strings.Replace(filetest.Read(t, w.File("config")), "[sso-session corp]\n",
		"[sso-session corp]\nlatchkey_token_store = dir:~/.aws\nlatchkey_share_access_token = true\nlatchkey_login = device\n", 1))
	w.configure(t, "--name", "{account_name}-{role_name}", "--region", "eu-west-1")
	w.configure(t, "--name", "process-{account_name}-{role_name}", "--credential-process")
	return w
}

func (w *world) configure(t *testing.T, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), w.command, append([]string{"configure", "--all", "--sso-session", "corp", "--no-input"}, args...)...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("latchkey configure: %v\n%s", err, out)
	}
}

// reads checks that a tool gets the credentials of the role that each profile is for, and
// nothing else.
func (w *world) reads(t *testing.T, tool func(profile string) (keyID string, err error)) {
	t.Helper()
	for _, name := range []string{"dev-Developer", "process-dev-Developer"} {
		w.server.ResetRequests()
		if err := os.RemoveAll(w.File("cli/cache")); err != nil {
			t.Fatal(err)
		}
		if id, err := tool(name); err != nil || !strings.HasPrefix(id, "ASIA") {
			t.Errorf("profile %q: key id %q, %v", name, id, err)
		}
		var asked []string
		for _, r := range w.server.Requests() {
			asked = append(asked, r.Operation+" "+r.Query.Get("account_id")+" "+r.Query.Get("role_name"))
		}
		if diff := cmp.Diff([]string{"GetRoleCredentials " + account + " " + role}, asked); diff != "" {
			t.Errorf("profile %q: %s", name, diff)
		}
	}
}

// TestGoSDKReadsConfigured reads what latchkey configure wrote with the Go SDK.
func TestGoSDKReadsConfigured(t *testing.T) {
	newConfigured(t).reads(t, goSDKKey(t))
}

// goSDKKey returns a tool for reads: the Go SDK.
func goSDKKey(t *testing.T) func(profile string) (keyID string, err error) {
	t.Helper()
	return func(profile string) (string, error) {
		cfg, err := config.LoadDefaultConfig(t.Context(), config.WithSharedConfigProfile(profile))
		if err != nil {
			return "", err
		}
		creds, err := cfg.Credentials.Retrieve(t.Context())
		return creds.AccessKeyID, err
	}
}
