package interop

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/latchkey-sso/latchkey/internal/filetest"
)

// signInHome is a home directory whose AWS is a stand-in.
type signInHome struct {
	*standIn

	dir string
}

func newSignInHome(t *testing.T, config string) *signInHome {
	t.Helper()
	h := &signInHome{standIn: newStandIn(t), dir: t.TempDir()}
	filetest.Write(t, filepath.Join(h.dir, ".aws", "config"), config)
	return h
}

// run runs a command, and checks which requests it sends.
func (h *signInHome) run(t *testing.T, command []string, want ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), command[0], command[1:]...)
	cmd.Env = []string{
		"HOME=" + h.dir, "PATH=" + os.Getenv("PATH"), "BROWSER=true", "AWS_EC2_METADATA_DISABLED=true",
		"HTTPS_PROXY=" + h.proxy, "AWS_CA_BUNDLE=" + h.bundle,
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", command, err, out)
	}
	if diff := gocmp.Diff(want, h.taken()); diff != "" {
		t.Errorf("requests of %s:\n%s", command, diff)
	}
}

var deviceLogin = []string{"/device_authorization", "/token device_code"}

// TestVanityLogin signs in if an organization's own start URL redirects to another region than
// the config file says.
func TestVanityLogin(t *testing.T) {
	const config = `# Ours.
[sso-session corp]
sso_start_url = https://sso.example.com/start
sso_region = us-east-1 # wrong

[profile dev]
sso_session = corp
sso_region = us-east-1
sso_account_id = 111122223333
sso_role_name = Developer
`
	h := newSignInHome(t, config)
	command := build(t)
	h.run(t, []string{command, "login", "--device-code", "--profile", "dev"}, append([]string{"/start", "/client/register"}, deviceLogin...)...)
	h.run(t, []string{command, "credential-process", "--profile", "dev"}, "/federation/credentials")
	got := filetest.Read(t, filepath.Join(h.dir, ".aws", "config"))
	if diff := gocmp.Diff(strings.ReplaceAll(config, "us-east-1", "eu-west-1"), got); diff != "" {
		t.Errorf("config file:\n%s", diff)
	}
}
