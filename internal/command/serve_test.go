package command

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/idctest"
	"github.com/latchkey-sso/latchkey/internal/filetest"
	"github.com/latchkey-sso/latchkey/internal/ssotest"
	"github.com/latchkey-sso/latchkey/internal/webtest"
	"github.com/latchkey-sso/latchkey/rolecache"
)

func TestServe(t *testing.T) {
	home, server := serveHome(t)
	p := startServe(t, "dev", "--profile", "audit", "--print", "json", "--imds")
	env := p.environment(t)
	dev, audit := env["dev"], env["audit"]
	if dev["AWS_REGION"] != "eu-west-1" || !strings.HasPrefix(dev[imdsVariable], "http://imds:") {
		t.Errorf("environment: %v", dev)
	}
	status, got := get(t, dev[fullURIVariable], dev[tokenVariable])
	if status != 200 || got["AccountId"] != "111122223333" || got["SessionToken"] != got["Token"] || got["Version"] != 1.0 {
		t.Errorf("%d %v", status, got)
	}
	if status, _ := get(t, audit[fullURIVariable], dev[tokenVariable]); status != 403 {
		t.Errorf("audit with the token of dev: %d", status)
	}
	if status, _ := get(t, audit[fullURIVariable], audit[tokenVariable]); status != 200 {
		t.Errorf("audit: %d", status)
	}
	if n := server.Count("GetRoleCredentials"); n != 2 {
		t.Errorf("%d requests for 2 roles", n)
	}
	for _, secret := range []string{dev[tokenVariable], audit[tokenVariable], got["SecretAccessKey"].(string)} {
		if strings.Contains(p.stderr.String(), secret) {
			t.Error("a secret in the log")
		}
	}
	eventually(t, "an audit line", func() bool {
		return strings.Contains(p.stderr.String(), `"role":"111122223333/Developer","status":200`)
	})

	// Other commands find the credentials in the role cache.
	roles, err := os.ReadDir(home.File("cli/cache"))
	if err != nil || len(roles) == 0 {
		t.Errorf("nothing in the role cache: %v", err)
	}
}

// TestServeSignIn: without a sign-in, the response says what to do, and the server notices the sign-in.
func TestServeSignIn(t *testing.T) {
	home, _ := serveHome(t)
	cache := home.File("sso/cache")
	if err := os.RemoveAll(cache); err != nil {
		t.Fatal(err)
	}
	dev := startServe(t, "dev", "--print", "json").environment(t)["dev"]
	status, got := get(t, dev[fullURIVariable], dev[tokenVariable])
	if status != 403 || got["Code"] != "LoginRequired" || !strings.HasSuffix(got["message"].(string), "not signed in; run: latchkey login --profile dev") {
		t.Errorf("%d %v", status, got)
	}
	home.SignIn("corp")
	eventually(t, "credentials after the sign-in", func() bool {
		status, _ := get(t, dev[fullURIVariable], dev[tokenVariable])
		return status == 200
	})
	if err := os.RemoveAll(cache); err != nil {
		t.Fatal(err)
	}
	if status, _ := get(t, dev[fullURIVariable], dev[tokenVariable]); status != 200 {
		t.Errorf("without the token cache, and with credentials: %d", status)
	}
}

// TestServeRenewsEarly: credentials in the role cache that expire soon are served only while there are no
// others.
func TestServeRenewsEarly(t *testing.T) {
	home, server := serveHome(t)
	if out, err := exec.CommandContext(t.Context(), "latchkey", "credential-process", "-p", "dev").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	soon := ssotest.ExpireRole(t, rolecache.Dir(home.File("cli/cache")), time.Now().Add(20*time.Minute))
	server.Fail("GetRoleCredentials", idctest.Fault{Status: 400, Times: -1})
	p := startServe(t, "dev", "--print", "json")
	dev := p.environment(t)["dev"]
	if status, got := get(t, dev[fullURIVariable], dev[tokenVariable]); status != 200 || got["Expiration"] != soon {
		t.Errorf("while the service fails: %d, until %v", status, got["Expiration"])
	}
	server.ClearFaults()
	eventually(t, "new credentials", func() bool {
		_, got := get(t, dev[fullURIVariable], dev[tokenVariable])
		return got["Expiration"] != soon
	})
}

// TestServeFiles: the files are private and removed at the end, the token has no line break, and SIGHUP
// replaces it.
func TestServeFiles(t *testing.T) {
	unixOnly(t)
	serveHome(t)
	dir := t.TempDir()
	p := startServe(t, "dev", "audit", "--env-file", filepath.Join(dir, "{profile}.env"), "--token-file", filepath.Join(dir, "t", "{profile}"))
	envFile, tokenFile := filepath.Join(dir, "dev.env"), filepath.Join(dir, "t", "dev")
	var env string
	eventually(t, "both files", func() bool {
		data, err := os.ReadFile(envFile)
		env = string(data)
		_, err2 := os.Stat(filepath.Join(dir, "audit.env"))
		return err == nil && err2 == nil
	})
	for _, path := range []string{envFile, tokenFile} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", path, info, err)
		}
	}
	uri := regexp.MustCompile(`(?m)^AWS_CONTAINER_CREDENTIALS_FULL_URI=(.+)$`).FindStringSubmatch(env)
	if uri == nil || !strings.Contains(env, "\nAWS_CONTAINER_AUTHORIZATION_TOKEN_FILE="+tokenFile+"\n") {
		t.Fatalf("environment: %s", env)
	}
	read := func() string {
		data := filetest.Read(t, tokenFile)
		return data
	}
	first := read()
	if len(first) != 43 || strings.Contains(env, first) {
		t.Errorf("a token of %d characters, or in the environment", len(first))
	}
	if err := p.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a new token", func() bool { return read() != first })
	for _, token := range []string{first, read()} {
		if status, _ := get(t, uri[1], token); status != 200 {
			t.Errorf("status %d", status)
		}
	}
	if code := p.stop(t, os.Interrupt); code != exitDone {
		t.Errorf("exit code %d", code)
	}
	if left, err := filepath.Glob(filepath.Join(dir, "*.env")); len(left) > 0 || err != nil {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// TestServeLeavesFilesOfTheNextServer: of two servers with the same files, the first does not remove those of
// the second.
func TestServeLeavesFilesOfTheNextServer(t *testing.T) {
	unixOnly(t)
	serveHome(t)
	path := filepath.Join(t.TempDir(), "token")
	args := []string{"dev", "--print", "json", "--token-file", path}
	first := startServe(t, args...)
	first.environment(t)
	dev := startServe(t, args...).environment(t)["dev"]
	if code := first.stop(t, os.Interrupt); code != exitDone {
		t.Errorf("exit code %d", code)
	}
	if status, _ := get(t, dev[fullURIVariable], filetest.Read(t, path)); status != 200 {
		t.Errorf("status %d", status)
	}
}

// TestServeStops: Ctrl-C and SIGTERM end the server with code 0, open connections or not.
func TestServeStops(t *testing.T) {
	unixOnly(t)
	serveHome(t)
	for _, sig := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		p := startServe(t, "dev", "--print", "json")
		dev := p.environment(t)["dev"]
		c, err := net.Dial("tcp", strings.Split(dev[fullURIVariable], "/")[2])
		if err != nil {
			t.Fatal(err)
		}
		if code := p.stop(t, sig); code != exitDone {
			t.Errorf("%v: exit code %d", sig, code)
		}
		c.Close()
	}
}

// TestServeRestart: after a kill, a server with the same port and files serves the same clients.
func TestServeRestart(t *testing.T) {
	unixOnly(t)
	serveHome(t)
	dir := t.TempDir()
	args := []string{
		"dev", "--port", strconv.Itoa(webtest.Port(t)), "--print", "json",
		"--token-file", filepath.Join(dir, "token"), "--unix", filepath.Join(dir, "new", "socket"),
	}
	p := startServe(t, args...)
	dev := p.environment(t)["dev"]
	old, err := os.ReadFile(dev[tokenFileVariable])
	if err != nil {
		t.Fatal(err)
	}
	p.stop(t, os.Kill)
	if status, _ := get(t, dev[fullURIVariable], string(old)); status != 0 {
		t.Errorf("a killed server responds: %d", status)
	}
	again := startServe(t, args...).environment(t)["dev"]
	if again[fullURIVariable] != dev[fullURIVariable] {
		t.Errorf("another address: %s", again[fullURIVariable])
	}
	token, err := os.ReadFile(dev[tokenFileVariable])
	if err != nil {
		t.Fatal(err)
	}
	if status, _ := get(t, dev[fullURIVariable], string(token)); status != 200 {
		t.Errorf("with the new token: %d", status)
	}
	if status, _ := get(t, dev[fullURIVariable], string(old)); status != 401 {
		t.Errorf("with the old token: %d", status)
	}

	client := &http.Client{Transport: &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
		return net.Dial("unix", filepath.Join(dir, "new", "socket"))
	}}}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://localhost:4711/profiles/dev", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", string(token))
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != 200 {
		t.Errorf("through the socket: %d", resp.StatusCode)
	}
}

// TestServeRefusesToStart: each mistake gives one line, a hint and an exit code.
func TestServeRefusesToStart(t *testing.T) {
	serveHome(t)
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	file := filepath.Join(t.TempDir(), "file")
	filetest.Write(t, file, "")
	own := filepath.Join(t.TempDir(), ".env")
	filetest.Write(t, own, "DATABASE=db\n")
	for _, tt := range []struct {
		args, stderr string
		code         int
	}{
		{fmt.Sprintf("dev --port %d", taken.Addr().(*net.TCPAddr).Port), `latchkey: port \d+ is in use by another program\nhint: choose another .*\n`, exitFailed},
		{"prod", `latchkey: .*profile "prod".*\n(hint: .*\n)?`, exitUsage},
		{"keys", `latchkey: .*profile "keys": no SSO settings: its credentials come from static keys\nhint: .*\n`, exitUsage},
		{"bearer", `latchkey: .*profile "bearer": .* bearer token, not credentials\nhint: .*\n`, exitUsage},
		{"dev dev", `latchkey: profile "dev" is given twice\nhint: .*\n`, exitUsage},
		{"dev -p dev", `latchkey: profile "dev" is given twice\nhint: .*\n`, exitUsage},
		{"dev --all", `latchkey: --all and profile names cannot be used together\nhint: .*\n`, exitUsage},
		{"dev --allow-profile prod-*", `latchkey: profile "dev" with role 111122223333/Developer is not allowed\nhint: .*\n`, exitUsage},
		{"dev --allow-role Auditor", `latchkey: profile "dev" .* is not allowed\nhint: .*\n`, exitUsage},
		{"--all --allow-role 4*/*", `latchkey: no profile to serve: .*\nhint: .*\n`, exitUsage},
		{"dev --allow-role [", `latchkey: bad pattern "\["\nhint: .*\n`, exitUsage},
		{"dev --print yaml", `latchkey: unknown shell or format "yaml"\nhint: choose one of .*\n`, exitUsage},
		{"dev --listen example.com", `latchkey: --listen needs an IP address, not "example.com"\nhint: .*\n`, exitUsage},
		{"dev --listen 192.0.2.1", `(latchkey: warning: .*\nhint: .*\n)?latchkey: listen on 192.0.2.1 port 0: .*\nhint: .*\n`, exitFailed},
		{"dev --port 70000", `latchkey: invalid argument "70000" .*\nhint: .*\n`, exitUsage},
		{"dev --rotate 1h", `latchkey: --rotate needs --token-file\nhint: .*\n`, exitUsage},
		{"dev audit --env-file " + file, `latchkey: --env-file .* is the file of profile "dev" and of "audit"\nhint: .*{profile}.*\n`, exitUsage},
		{"dev --env-file " + file + "/x", `latchkey: write --env-file: .*\n(hint: .*\n)?`, exitFailed},
		{"dev --token-file " + file + "/x", `latchkey: write --token-file: .*\n(hint: .*\n)?`, exitFailed},
		{"dev --env-file " + filepath.Dir(file), `latchkey: write --env-file: .*\n(hint: .*\n)?`, exitFailed},
		{"dev --env-file " + file + " --token-file " + file, `latchkey: --env-file and --token-file are the same file, .*\nhint: .*\n`, exitUsage},
		{"dev --env-file " + own, `latchkey: --env-file: .* exists, and latchkey serve did not write it\nhint: .*\n`, exitFailed},
		{"dev --token-file " + own, `latchkey: --token-file: .* exists, and latchkey serve did not write it\nhint: .*\n`, exitFailed},
		{"dev --unix " + file, `latchkey: --unix .*: the file is not a socket\nhint: .*\n`, exitFailed},
	} {
		t.Run(tt.args, func(t *testing.T) {
			defer filetest.Want(t, own, "DATABASE=db\n")
			p := startServe(t, strings.Fields(tt.args)...)
			out, err := io.ReadAll(p.stdout)
			if err != nil {
				t.Fatal(err)
			}
			_ = p.Wait()
			if code := p.ProcessState.ExitCode(); code != tt.code || len(out) > 0 {
				t.Errorf("exit code %d, want %d; stdout %q", code, tt.code, out)
			}
			if !regexp.MustCompile(`^` + tt.stderr + `$`).MatchString(p.stderr.String()) {
				t.Errorf("stderr: %s", p.stderr)
			}
		})
	}
}

// TestServeAll: --all serves the profiles with role credentials that are allowed.
func TestServeAll(t *testing.T) {
	serveHome(t)
	env := startServe(t, "--all", "--allow-profile", "[ad]*", "--print", "json").environment(t)
	if len(env) != 2 || env["dev"] == nil || env["audit"] == nil {
		t.Errorf("%d profiles: %v", len(env), env)
	}
}

// TestServeOpenToNetwork: the command warns, and says how containers get credentials.
func TestServeOpenToNetwork(t *testing.T) {
	serveHome(t)
	p := startServe(t, "dev", "--listen", "0.0.0.0", "--print", "json")
	dev := p.environment(t)["dev"]
	p.waitForStderr(t, "latchkey: warning: listening on 0.0.0.0:", "credential_process")
	if status, _ := get(t, dev[fullURIVariable], "guess"); status != 401 {
		t.Errorf("without the token: %d", status)
	}
	if status, _ := get(t, dev[fullURIVariable], dev[tokenVariable]); status != 200 {
		t.Errorf("with the token: %d", status)
	}
}
