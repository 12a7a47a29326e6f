//go:build javascript

package interop

import (
	"encoding/json"
	"os/exec"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/idctest"
)

// The tests of this file need Node.js, and the packages of js/ installed
// ("npm ci"): go test -tags javascript ./interop

type jsCredentials struct {
	AccessKeyID     string    `json:"accessKeyId"`
	SecretAccessKey string    `json:"secretAccessKey"`
	SessionToken    string    `json:"sessionToken"`
	Expiration      time.Time `json:"expiration"`
	AccountID       string    `json:"accountId"`
}

// TestJavaScriptCredentialProcess runs the command the way the official
// JavaScript SDK does for a profile with credential_process.
func TestJavaScriptCredentialProcess(t *testing.T) {
	w := newWorld(t)
	first := javascript(t, "process", "ext")
	if first.AccessKeyID == "" || first.SecretAccessKey == "" || first.SessionToken == "" {
		t.Error("credentials are incomplete")
	}
	if first.AccountID != account {
		t.Errorf("accountId = %q, want %q", first.AccountID, account)
	}
	if left := time.Until(first.Expiration); left < 50*time.Minute || left > time.Hour {
		t.Errorf("expiration in %s, want about an hour", left)
	}
	if second := javascript(t, "process", "ext"); second != first {
		t.Error("the second process did not get the credentials of the first")
	}
	if n := w.server.Count("GetRoleCredentials"); n != 1 {
		t.Errorf("%d GetRoleCredentials calls, want 1", n)
	}
}

// TestJavaScriptReadsOurToken lets the JavaScript SDK's own SSO provider use a
// token file that latchkey has refreshed and written.
func TestJavaScriptReadsOurToken(t *testing.T) {
	w := newWorld(t)
	w.expire(t)
	javascript(t, "process", "ext") // refreshes the token
	javascript(t, "sso", "dev")
	if n := w.server.Count("CreateToken"); n != 1 {
		t.Errorf("%d CreateToken calls, want the one of latchkey", n)
	}
}

// TestJavaScriptRace is TestRaceGoSDK with the JavaScript SDK, which moreover
// writes the token file in place.
func TestJavaScriptRace(t *testing.T) {
	w := newWorld(t, func(o *idctest.Options) { o.Latency = 50 * time.Millisecond })
	w.race(t, time.Second, func() *exec.Cmd {
		return exec.CommandContext(t.Context(), "node", "js/credentials.mjs", "sso", "dev")
	})
}

func javascript(t *testing.T, way, profile string) jsCredentials {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "node", "js/credentials.mjs", way, profile)
	out, err := cmd.Output()
	if err != nil {
		if exit, ok := err.(*exec.ExitError); ok {
			t.Fatalf("node: %v\n%s", err, exit.Stderr)
		}
		t.Fatal(err)
	}
	var creds jsCredentials
	if err := json.Unmarshal(out, &creds); err != nil {
		t.Fatalf("node printed no credentials: %v", err)
	}
	return creds
}
