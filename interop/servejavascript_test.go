//go:build javascript

package interop

import (
	"encoding/json"
	"os/exec"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/idctest"
)

// TestJavaScriptServe gets credentials from latchkey serve with each provider of the official JavaScript
// SDK.
func TestJavaScriptServe(t *testing.T) {
	for _, way := range []string{"http", "metadata", "chain"} {
		t.Run(way, func(t *testing.T) {
			if way == "metadata" {
				t.Setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "") // it knows no token file
			}
			w := newWorld(t)
			if way != "http" {
				w.serve(t)
				t.Setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", readToken(t, w))
				got := container(t, way)
				if got.AccessKeyID == "" || got.SessionToken == "" || got.Expiration.Before(time.Now()) {
					t.Errorf("no credentials: %s", got.Error)
				}
				return
			}
			w.lives(t, func() (string, string) {
				got := container(t, way)
				return got.AccessKeyID, got.Error
			})
		})
	}
}

// TestJavaScriptServeWhileRenewing: the SDK gets the credentials in memory although Identity Center does not respond.
func TestJavaScriptServeWhileRenewing(t *testing.T) {
	w := newWorld(t)
	if out, err := exec.CommandContext(t.Context(), w.command, "credential-process", "-p", "dev").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	w.expireSoon(t)
	w.server.Fail("GetRoleCredentials", idctest.Fault{Hang: true, Times: -1})
	w.serve(t)
	for w.server.Count("GetRoleCredentials") < 2 && t.Context().Err() == nil {
		time.Sleep(10 * time.Millisecond)
	}
	if got := container(t, "http"); got.Error != "" {
		t.Errorf("during the renewal: %s", got.Error)
	}
}

type containerResult struct {
	jsCredentials
	Error string `json:"error"`
}

func container(t *testing.T, way string) containerResult {
	t.Helper()
	var got containerResult
	if err := json.Unmarshal(output(t, exec.CommandContext(t.Context(), "node", "js/container.mjs", way)), &got); err != nil {
		t.Fatal(err)
	}
	return got
}
