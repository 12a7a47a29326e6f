package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/latchkey-sso/latchkey/idctest"
	"github.com/latchkey-sso/latchkey/internal/filetest"
	"github.com/latchkey-sso/latchkey/internal/redistest"
	"github.com/latchkey-sso/latchkey/internal/webtest"
)

const runVariable = "LATCHKEYTEST_RUN"

func TestMain(m *testing.M) {
	if os.Getenv(runVariable) != "" {
		main()
	}
	os.Exit(m.Run())
}

// testKey is the content of a key file.
const testKey = "XvCrPAKmR5l2Wq0mGkzXRn3Lb3gDh4tE6cQGn0m3m5s=\n"

// machine is a home directory with a config file whose session is on the Redis server.
type machine struct {
	t    testing.TB
	idc  *idctest.Server
	home string
}

func newMachine(t testing.TB, idc *idctest.Server, store string) *machine {
	t.Helper()
	m := &machine{t, idc, t.TempDir()}
	session := "[sso-session "
	config := strings.Replace(idc.Config(), "\n", "\nlatchkey_token_store = "+store+"\n", 1)
	if !strings.HasPrefix(config, session) {
		t.Fatalf("the config does not begin with a session:\n%s", config)
	}
	if err := os.Mkdir(filepath.Join(m.home, ".aws"), 0o700); err != nil {
		t.Fatal(err)
	}
	filetest.Write(t, filepath.Join(m.home, ".aws", "config"), config)
	return m
}

// run runs the command, and checks its exit code. It returns what it writes.
func (m *machine) run(code int, args ...string) string {
	m.t.Helper()
	cmd := exec.CommandContext(m.t.Context(), os.Args[0], args...)
	cmd.Env = m.environ()
	out, _ := cmd.CombinedOutput()
	if got := cmd.ProcessState.ExitCode(); got != code {
		m.t.Fatalf("%s: exit code %d, want %d\n%s", args, got, code, out)
	}
	return string(out)
}

// wantText checks that the output of a command contains a text.
func wantText(t *testing.T, out, text string) {
	t.Helper()
	if !strings.Contains(out, text) {
		t.Errorf("no %q in\n%s", text, out)
	}
}

// environ returns the environment of the command. It finds no other programs: doctor would run the AWS CLI, which is slow.
func (m *machine) environ() []string { return append(m.idc.Environ(m.home), runVariable+"=1", "PATH=") }

// TestMachinesShareSignIn signs in on one machine, and uses and signs out on another.
func TestMachinesShareSignIn(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	idc := idctest.NewServer(t, func(o *idctest.Options) { o.AutoApprove = true })
	key := filepath.Join(t.TempDir(), "redis.key")
	filetest.Write(t, key, testKey)
	store := fmt.Sprintf("redis://%s?key_file=%s&timeout=1m", server.Addr(), key)
	first, second := newMachine(t, idc, store), newMachine(t, idc, store)
	name := "the Redis server " + server.Addr()
	want := func(out, text string) {
		t.Helper()
		wantText(t, out, text)
	}

	want(second.run(3, "credential-process"), "login required")
	want(first.run(0, "login", "--device-code"), name)
	want(second.run(0, "status"), name)
	credentials := second.run(0, "credential-process")
	want(credentials, `"AccessKeyId"`)
	if first.run(0, "credential-process") != credentials {
		t.Error("the machines do not share role credentials")
	}
	if n := idc.Count("GetRoleCredentials"); n != 1 {
		t.Errorf("%d requests for role credentials, want 1", n)
	}
	want(second.run(0, "doctor"), name)
	second.run(0, "logout")
	want(first.run(3, "credential-process"), "login required")
	for _, m := range []*machine{first, second} {
		if files, _ := filepath.Glob(filepath.Join(m.home, ".aws", "*", "cache", "*.json")); len(files) > 0 {
			t.Errorf("the command has written plain files: %s", files)
		}
	}
}

// TestServerDown: without the server, the command fails and says why.
func TestServerDown(t *testing.T) {
	t.Parallel()
	idc := idctest.NewServer(t)
	key := filepath.Join(t.TempDir(), "redis.key")
	filetest.Write(t, key, testKey)
	address := net.JoinHostPort("127.0.0.1", fmt.Sprint(webtest.Port(t)))
	m := newMachine(t, idc, fmt.Sprintf("redis://%s?key_file=%s", address, key))
	wantText(t, m.run(1, "credential-process"), "load token: the Redis server "+address+` cannot be reached: connection refused
hint: check that the server runs, and its address in the setting of the store
`)
}

// TestStoreCopy moves a sign-in from the files of a machine to the server.
func TestStoreCopy(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	idc := idctest.NewServer(t, func(o *idctest.Options) { o.AutoApprove = true })
	key := filepath.Join(t.TempDir(), "redis.key")
	filetest.Write(t, key, testKey)
	store := fmt.Sprintf("redis://%s?key_file=%s&timeout=1m", server.Addr(), key)
	first, second := newMachine(t, idc, "file"), newMachine(t, idc, store)
	first.run(0, "login", "--device-code")
	first.run(0, "store", "copy", "--to", store)
	second.run(0, "credential-process")
	if n := idc.Count("CreateToken"); n != 1 {
		t.Errorf("%d tokens issued, want that of the sign-in", n)
	}
}
