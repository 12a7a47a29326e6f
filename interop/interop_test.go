// Package interop holds no code: its tests run real AWS tools beside Latchkey,
// on the files they share.
package interop

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/idctest"
	"github.com/latchkey-sso/latchkey/tokencache"
)

const (
	account = "111122223333"
	role    = "Developer"
)

// world is a home directory that a person has signed in from, and the Identity
// Center behind it.
type world struct {
	home    string
	command string // the latchkey command, built from this tree
	server  *idctest.Server
}

func newWorld(t *testing.T, optFns ...func(*idctest.Options)) *world {
	t.Helper()
	w := &world{
		home:    t.TempDir(),
		command: build(t),
		server: idctest.NewServer(t, append(optFns, func(o *idctest.Options) {
			o.Accounts = []idctest.Account{{ID: account, Name: "dev", Email: "dev@example.com", Roles: []string{role}}}
		})...),
	}
	for _, kv := range os.Environ() {
		if k, _, _ := strings.Cut(kv, "="); strings.HasPrefix(k, "AWS_") {
			t.Setenv(k, "")
			os.Unsetenv(k)
		}
	}
	t.Setenv("HOME", w.home)
	t.Setenv("USERPROFILE", w.home)
	for _, kv := range w.server.Env() {
		k, v, _ := strings.Cut(kv, "=")
		t.Setenv(k, v)
	}
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	// The SDK's config package looks for the home directory when it is
	// initialised, before this test has one.
	t.Setenv("AWS_CONFIG_FILE", filepath.Join(w.home, ".aws", "config"))
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", filepath.Join(w.home, ".aws", "credentials"))

	signIn := w.server.SignIn()
	w.write(t, "config", `[sso-session corp]
sso_start_url = `+signIn.StartURL+`
sso_region = `+signIn.Region+`
sso_registration_scopes = sso:account:access

[profile dev]
sso_session = corp
sso_account_id = `+account+`
sso_role_name = `+role+`
region = eu-west-1

[profile ext]
credential_process = "`+w.command+`" credential-process --profile dev
region = eu-west-1
`)
	w.write(t, "sso/cache/"+filepath.Base(w.tokens().Path("corp")), string(signIn.TokenFile()))
	return w
}

func (w *world) write(t *testing.T, name, content string) {
	t.Helper()
	path := w.path(filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (w *world) path(name string) string { return filepath.Join(w.home, ".aws", name) }

func (w *world) tokens() tokencache.Dir {
	return tokencache.Dir(w.path(filepath.Join("sso", "cache")))
}

// expire makes the sign-in as it is the next day.
func (w *world) expire(t *testing.T) {
	t.Helper()
	w.server.ExpireAccessTokens()
	tok, err := w.tokens().Load(t.Context(), "corp")
	if err != nil {
		t.Fatal(err)
	}
	tok.ExpiresAt = time.Now().Add(-16 * time.Hour)
	if err := w.tokens().Store(t.Context(), "corp", tok); err != nil {
		t.Fatal(err)
	}
}

// build compiles the command.
func build(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "latchkey")
	if runtime.GOOS == "windows" {
		path += ".exe"
	}
	out, err := exec.CommandContext(t.Context(), "go", "build", "-o", path, "../cmd/latchkey").CombinedOutput()
	if err != nil {
		t.Fatalf("build the command: %v\n%s", err, out)
	}
	return path
}
