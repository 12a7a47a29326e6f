package main

import (
	"bufio"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/idctest"
	"github.com/latchkey-sso/latchkey/internal/filetest"
	"github.com/latchkey-sso/latchkey/internal/redistest"
)

// served are credentials from latchkey serve.
type served struct{ uri, token string }

// serve starts latchkey serve, and kills it at the end of the test.
func (m *machine) serve() served {
	m.t.Helper()
	cmd := exec.CommandContext(m.t.Context(), os.Args[0], "serve", "--print", "json")
	cmd.Env = m.environ()
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		m.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		m.t.Fatal(err)
	}
	m.t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	var printed []struct{ Environment map[string]string }
	if err := json.NewDecoder(bufio.NewReader(stdout)).Decode(&printed); err != nil || len(printed) != 1 {
		m.t.Fatalf("serve prints %v, %v", printed, err)
	}
	env := printed[0].Environment
	return served{env["AWS_CONTAINER_CREDENTIALS_FULL_URI"], env["AWS_CONTAINER_AUTHORIZATION_TOKEN"]}
}

// get returns the ID of the access key that the endpoint responds with, or "" and the status.
func (s served) get(t *testing.T) (id, status string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.uri, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", s.token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var credentials struct{ AccessKeyId string } //nolint:revive // the name in the response
	_ = json.NewDecoder(resp.Body).Decode(&credentials)
	return credentials.AccessKeyId, resp.Status
}

// awaitRenewal requests credentials until there are new ones.
func (s served) awaitRenewal(t *testing.T) {
	t.Helper()
	before, _ := s.get(t)
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		id, status := s.get(t)
		if id != "" && id != before {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("serve has no new credentials, and responds with %s", status)
		}
	}
}

// TestKeyRotationServed changes the key as the documentation says, while latchkey serve runs. Role credentials live for a
// second, so that it needs the sign-in after each change.
func TestKeyRotationServed(t *testing.T) {
	t.Parallel()
	idc := idctest.NewServer(t, func(o *idctest.Options) { o.AutoApprove, o.RoleCredentialsTTL = true, time.Second })
	first, second := strings.TrimSpace(testKey), "pXwW1ZrLw0n0xkq2oZ2Vt7m3uTzJcM0y8oXoGz0m3cE="
	names := "names:" + first
	file := filepath.Join(t.TempDir(), "redis.key")
	filetest.Write(t, file, first)
	m := newMachine(t, idc, "redis://"+redistest.Start(t).Addr()+"?timeout=1m&key_file="+file)
	m.run(0, "login", "--device-code")
	endpoint := m.serve()
	for _, lines := range [][]string{{first, second, names}, {second, first, names}, {second, names}} {
		filetest.Write(t, file, strings.Join(lines, "\n"))
		endpoint.awaitRenewal(t)
		m.run(0, "logout") // which makes the token in memory useless
		m.run(0, "login", "--device-code")
		endpoint.awaitRenewal(t)
	}
}
