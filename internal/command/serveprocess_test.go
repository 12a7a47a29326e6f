package command

import (
	"bufio"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/idctest"
	"github.com/latchkey-sso/latchkey/internal/ssotest"
)

// serveHome sets up a home directory with testdata/config and a sign-in to a fake Identity Center.
func serveHome(t *testing.T) (home *idctest.HomeDir, server *idctest.Server) {
	t.Helper()
	server = idctest.NewServer(t, func(o *idctest.Options) {
		o.StartURL = "https://d-1234567890.awsapps.com/start"
		o.Region = "eu-west-1"
		o.Accounts = []idctest.Account{{ID: "111122223333", Name: "Playground", Roles: []string{"Developer", "Auditor"}}}
	})
	home = idctest.Home(t, server)
	config, err := os.ReadFile(filepath.Join("testdata", "config"))
	if err != nil {
		t.Fatal(err)
	}
	home.Write("config", string(config))
	home.SignIn("corp")
	return home, server
}

// serveProcess is a running latchkey serve.
type serveProcess struct {
	*exec.Cmd
	stdout *bufio.Reader
	stderr *ssotest.Log
}

// startServe starts latchkey serve. When the test is over, its stderr must contain no secret.
func startServe(t *testing.T, args ...string) *serveProcess {
	t.Helper()
	p := &serveProcess{Cmd: exec.CommandContext(t.Context(), "latchkey", append([]string{"serve"}, args...)...), stderr: &ssotest.Log{}}
	stdout, err := p.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.stdout = bufio.NewReader(stdout)
	p.Stderr = p.stderr
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = p.Process.Kill()
		_ = p.Wait()
		if secrets.MatchString(p.stderr.String()) {
			t.Error("a secret on stderr")
		}
		if t.Failed() {
			t.Logf("stderr of serve:\n%s", p.stderr)
		}
	})
	return p
}

// waitForStderr waits until stderr, which arrives after stdout, contains each of texts.
func (p *serveProcess) waitForStderr(t *testing.T, texts ...string) {
	t.Helper()
	for _, text := range texts {
		eventually(t, text, func() bool { return strings.Contains(p.stderr.String(), text) })
	}
}

// environment reads the output of --print json.
func (p *serveProcess) environment(t *testing.T) map[string]map[string]string {
	t.Helper()
	var printed []struct {
		Profile     string
		Environment map[string]string
	}
	if err := json.NewDecoder(p.stdout).Decode(&printed); err != nil {
		t.Fatalf("%v\n%s", err, p.stderr)
	}
	all := map[string]map[string]string{}
	for _, one := range printed {
		all[one.Profile] = one.Environment
	}
	return all
}

// stop sends the server a signal and returns its exit code.
func (p *serveProcess) stop(t *testing.T, sig os.Signal) int {
	t.Helper()
	if err := p.Process.Signal(sig); err != nil {
		t.Fatal(err)
	}
	_ = p.Wait()
	return p.ProcessState.ExitCode()
}

// get returns the status and the members of the response; status 0 if there is none.
func get(t *testing.T, uri, token string) (int, map[string]any) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, uri, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, nil
	}
	defer resp.Body.Close()
	var got map[string]any
	if err := json.NewDecoder(resp.Body).Decode(&got); err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, got
}

// eventually waits until ok returns true. The limit is long: the machine may be busy.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
	}
}

// unixOnly skips a test of signals on Windows, which has none.
func unixOnly(t *testing.T) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no signals")
	}
}
