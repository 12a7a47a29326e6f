//go:build !windows

package command

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestLoginInterrupted(t *testing.T) {
	o := newOffice(t)
	p := o.start("login", "--browser")
	p.find(`^Waiting for your approval until`)
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if code := p.wait(); code != 130 || !strings.HasSuffix(p.read.String(), "\nlatchkey: interrupted\n") {
		t.Errorf("exit code %d:\n%s", code, p.read.String())
	}
	if _, err := os.Stat(filepath.Join(o.home, ".aws", "sso", "cache", "ee0bfd2552fbd840c02cc48b6e823320543c450f.json")); !os.IsNotExist(err) {
		t.Errorf("a token file: %v", err)
	}
}

// TestBrowserDetached checks that the browser leads a process group, so that Ctrl-C in the
// terminal does not reach it.
func TestBrowserDetached(t *testing.T) {
	o := newOpener(machine{os: "linux", getenv: environ([]string{`BROWSER=sh -c "kill -0 -$$ # %s"`})}, nil)
	o.fallback = func(string) error { return errors.New("the browser is in the process group of the command") }
	if err := o.open(t.Context(), "https://example.com/"); err != nil {
		t.Error(err)
	}
}
