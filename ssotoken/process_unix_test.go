//go:build !windows

package ssotoken_test

import (
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"
)

const (
	adoptWait  = 300 * time.Millisecond // how long a Source waits for the token of another process
	crowd      = 10                     // processes that wait for one
	stuckAfter = time.Second            // how long a process may hold a lock
)

// stop suspends the process like Ctrl-Z; wake resumes it.
func (p *process) stop() { p.signal(syscall.SIGSTOP) }

func (p *process) wake() { p.signal(syscall.SIGCONT) }

func (p *process) signal(s syscall.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Fatal(err)
	}
}

// fillDisk makes every write to a file fail in this process.
func fillDisk() {
	signal.Ignore(syscall.SIGXFSZ)
	_ = syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 0, Max: 0})
}

// TestFullDisk: the process returns credentials and warns once, and the file stays intact. The new
// token is lost when the process exits.
func TestFullDisk(t *testing.T) {
	w := newWorld(t)
	w.expire()
	before := *w.Token()
	c := w.child(childSettings{DiskFull: true, Roles: w.Roles.Dir})
	if code := c.exit(); code != 0 {
		t.Errorf("exit code %d\n%s", code, c.stderr.String())
	}
	if n := strings.Count(c.stderr.String(), "WARN"); n != 1 {
		t.Errorf("%d warnings, want 1:\n%s", n, c.stderr.String())
	}
	if after := *w.Token(); after.AccessToken != before.AccessToken {
		t.Error("the token file was changed")
	}
	w.Count("CreateToken", 1)

	w.writeWhole(w.Server.SignIn())
	c = w.child(childSettings{DiskFull: true, Roles: w.Roles.Dir}) // no refresh is due
	if code := c.exit(); code != 0 {
		t.Errorf("exit code %d\n%s", code, c.stderr.String())
	}
	w.Count("CreateToken", 1)
}
