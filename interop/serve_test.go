package interop

import (
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/latchkey-sso/latchkey/internal/filetest"
	"github.com/latchkey-sso/latchkey/internal/ssotest"
	"github.com/latchkey-sso/latchkey/internal/webtest"
	"github.com/latchkey-sso/latchkey/rolecache"
)

// serve starts latchkey serve for profile dev, with the token in a file, and sets the environment
// variables that it prints. The returned function kills it, and so does the end of the test.
func (w *world) serve(t *testing.T, args ...string) (kill func()) {
	t.Helper()
	args = append([]string{"serve", "dev", "--print", "json", "--token-file", w.File("serve.token")}, args...)
	cmd := exec.CommandContext(t.Context(), w.command, args...)
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var stderr strings.Builder
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill = func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
	t.Cleanup(kill)
	var printed []struct{ Environment map[string]string }
	if err := json.NewDecoder(stdout).Decode(&printed); err != nil {
		kill()
		t.Fatalf("serve: %v\n%s", err, stderr.String())
	}
	for name, value := range printed[0].Environment {
		t.Setenv(name, value)
	}
	// In a container, there are no profiles.
	t.Setenv("AWS_CONFIG_FILE", w.File("none"))
	return kill
}

// lives tries a client of latchkey serve: with the token and a wrong one, after a restart, without a
// sign-in and after the next, and through a renewal. get returns the access key ID that the client got, or its error.
func (w *world) lives(t *testing.T, get func() (id, failure string)) {
	t.Helper()
	port := strconv.Itoa(webtest.Port(t))
	kill := w.serve(t, "--port", port)
	want := func(when string) (id string) {
		t.Helper()
		id, failure := get()
		if !strings.HasPrefix(id, "ASIA") {
			t.Errorf("%s: no credentials: %s", when, failure)
		}
		return id
	}
	wantError := func(when, text string) {
		t.Helper()
		if id, failure := get(); id != "" || !strings.Contains(failure, text) {
			t.Errorf("%s: %q, want an error with %q: %s", when, id, text, failure)
		}
	}
	want("first")
	token, err := os.ReadFile(w.File("serve.token"))
	if err != nil {
		t.Fatal(err)
	}
	w.Write("serve.token", "wrong")
	wantError("with a wrong token", "the token is invalid")
	w.Write("serve.token", string(token))
	want("with the token again")

	kill()
	t.Setenv("AWS_CONFIG_FILE", w.File("config"))
	w.server.RevokeAll()
	for _, dir := range []string{"sso", "cli"} { // signed out
		if err := os.RemoveAll(w.File(dir)); err != nil {
			t.Fatal(err)
		}
	}
	kill = w.serve(t, "--port", port)
	wantError("signed out", "latchkey login --profile dev")
	w.SignIn("corp")
	waitForSignIn(t)
	old := want("after the next sign-in")

	kill()
	w.expireSoon(t)
	t.Setenv("AWS_CONFIG_FILE", w.File("config"))
	w.serve(t)
	for deadline := time.Now().Add(2 * time.Minute); want("during a renewal") == old; {
		if time.Now().After(deadline) {
			t.Fatal("the credentials are not renewed")
		}
	}
}

// waitForSignIn waits until the server has noticed a new sign-in.
func waitForSignIn(t *testing.T) {
	t.Helper()
	token := filetest.Read(t, os.Getenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"))
	for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(50 * time.Millisecond) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, os.Getenv("AWS_CONTAINER_CREDENTIALS_FULL_URI"), nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", token)
		resp, err := http.DefaultClient.Do(req)
		if err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return
			}
		}
		if time.Now().After(deadline) {
			t.Fatal("the server does not notice the sign-in")
		}
	}
}

// TestGoSDKServe gets credentials from latchkey serve with the official Go SDK.
func TestGoSDKServe(t *testing.T) {
	w := newWorld(t)
	w.lives(t, func() (string, string) {
		cfg, err := config.LoadDefaultConfig(t.Context(), config.WithRetryer(func() aws.Retryer { return aws.NopRetryer{} }))
		if err != nil {
			return "", err.Error()
		}
		creds, err := cfg.Credentials.Retrieve(t.Context())
		if err != nil {
			return "", err.Error()
		}
		return creds.AccessKeyID, ""
	})
}

// TestGoSDKServeInContainer gets credentials as a container does that cannot reach loopback: with curl as
// the credential_process.
func TestGoSDKServeInContainer(t *testing.T) {
	w := newWorld(t)
	w.serve(t)
	w.Write("container", "[default]\nregion = eu-west-1\n"+
		`credential_process = curl -sf -H "Authorization: `+readToken(t, w)+`" `+os.Getenv("AWS_CONTAINER_CREDENTIALS_FULL_URI")+"\n")
	t.Setenv("AWS_CONFIG_FILE", w.File("container"))
	t.Setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "")
	cfg, err := config.LoadDefaultConfig(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	creds, err := cfg.Credentials.Retrieve(t.Context())
	if err != nil || creds.Source != "ProcessProvider" || creds.AccountID != account || creds.SessionToken == "" {
		t.Errorf("from %s, account %q: %v", creds.Source, creds.AccountID, err)
	}
}

func readToken(t *testing.T, w *world) string {
	t.Helper()
	return filetest.Read(t, w.File("serve.token"))
}

// expireSoon makes the role credentials on disk expire in 20 minutes, which is too soon for the server.
func (w *world) expireSoon(t *testing.T) {
	t.Helper()
	ssotest.ExpireRole(t, rolecache.Dir(w.File("cli/cache")), time.Now().Add(20*time.Minute))
}
