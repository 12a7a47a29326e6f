package command

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/provider"
)

// loadDev returns the command's state and profile "dev" of the home directory.
func loadDev(t *testing.T) (*app, *strings.Builder, *profile.Profile) {
	t.Helper()
	p, err := profile.Load("dev")
	if err != nil {
		t.Fatal(err)
	}
	var stderr strings.Builder
	return &app{stdout: &stderr, stderr: &stderr, now: time.Now}, &stderr, p
}

func variables(env []string) map[string]string {
	m := map[string]string{}
	for _, kv := range env {
		name, value, _ := strings.Cut(kv, "=")
		m[name] = value
	}
	return m
}

func TestServeFor(t *testing.T) {
	serveHome(t)
	a, stderr, p := loadDev(t)
	var uri, token string
	failure := errors.New("of the program")
	err := a.serveFor(t.Context(), p, func(env []string) error {
		uri, token = variables(env)[fullURIVariable], variables(env)[tokenVariable]
		if status, got := get(t, uri, token); status != 200 || got["AccountId"] != "111122223333" {
			t.Errorf("%d %v", status, got)
		}
		return failure
	})
	if !errors.Is(err, failure) {
		t.Errorf("error %v", err)
	}
	if status, _ := get(t, uri, token); status != 0 {
		t.Errorf("it still serves: %d", status)
	}
	if stderr.Len() > 0 {
		t.Errorf("stderr: %s", stderr)
	}
}

// TestServeForWithoutSignIn: the program is not started.
func TestServeForWithoutSignIn(t *testing.T) {
	home, _ := serveHome(t)
	if err := os.RemoveAll(home.File("sso")); err != nil {
		t.Fatal(err)
	}
	a, _, p := loadDev(t)
	err := a.serveFor(t.Context(), p, func([]string) error {
		t.Error("the program was started")
		return nil
	})
	if _, ok := errors.AsType[*provider.LoginRequiredError](err); !ok {
		t.Errorf("error %v, want a LoginRequiredError", err)
	}
}

// TestServeForWarnsOfDefault: SDKs would use the keys of [default] and not the endpoint.
func TestServeForWarnsOfDefault(t *testing.T) {
	home, _ := serveHome(t)
	home.Write("credentials", "[default]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = example\n")
	a, stderr, p := loadDev(t)
	if err := a.serveFor(t.Context(), p, func([]string) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(stderr.String(), `latchkey: warning: profile "default" in `) {
		t.Errorf("stderr: %s", stderr)
	}
}

func TestRunChild(t *testing.T) {
	unixOnly(t)
	for script, want := range map[string]int{"exit 0": 0, "exit 42": 42, "kill -9 $$": 137} {
		code := 0
		err := runChild(exec.CommandContext(t.Context(), "/bin/sh", "-c", script))
		if status, ok := errors.AsType[*exitError](err); ok {
			code = status.exit()
		} else if err != nil {
			t.Errorf("%q: %v", script, err)
		}
		if code != want {
			t.Errorf("%q: exit code %d, want %d", script, code, want)
		}
	}
	if err := runChild(exec.CommandContext(t.Context(), "/nonexistent")); err == nil {
		t.Error("no error for a program that does not exist")
	}
}
