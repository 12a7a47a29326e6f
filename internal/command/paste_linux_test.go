package command

import (
	"bufio"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/latchkey-sso/latchkey/idctest"
	"github.com/latchkey-sso/latchkey/internal/terminaltest"
)

func autoApprove(o *idctest.Options) { o.AutoApprove = true }

// openTerminal returns both ends of a new terminal.
func openTerminal(t *testing.T) (ours, theirs *os.File) {
	t.Helper()
	ours, theirs, err := terminaltest.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ours.Close() })
	t.Cleanup(func() { theirs.Close() })
	return ours, theirs
}

// startOn starts the command in the foreground of a terminal.
func (o *office) startOn(ours, theirs *os.File, args ...string) *terminal {
	o.t.Helper()
	return o.runOn(ours, theirs, o.prepare(args...))
}

// runOn starts a program in the foreground of a terminal.
func (o *office) runOn(ours, theirs *os.File, cmd *exec.Cmd) *terminal {
	o.t.Helper()
	cmd.Stdin, cmd.Stdout, cmd.Stderr = theirs, theirs, theirs
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		o.t.Fatal(err)
	}
	return &terminal{t: o.t, cmd: cmd, stderr: bufio.NewReader(ours)}
}

func settings(t *testing.T, f *os.File) unix.Termios {
	t.Helper()
	s, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	return *s
}

// approveElsewhere is a browser on another machine: it returns the callback address, which does
// not load there.
func approveElsewhere(t *testing.T, page string) string {
	t.Helper()
	var last string
	client := &http.Client{CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		last = r.URL.String()
		return http.ErrUseLastResponse
	}}
	resp, err := client.Get(page)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	return last
}

func TestLoginPaste(t *testing.T) {
	o := newOffice(t, autoApprove)
	ours, theirs := openTerminal(t)
	before := settings(t, theirs)
	p := o.startOn(ours, theirs, "login", "--no-browser")
	page := p.find(authorizePage)
	p.find(`^If the browser shows a page that does not load, paste its address`)
	p.find(`^Waiting for your approval until`)
	if diff := cmp.Diff(uint32(0), settings(t, theirs).Lflag&(unix.ECHO|unix.ICANON)); diff != "" {
		t.Error("the terminal echoes, or cuts long lines")
	}
	fmt.Fprint(ours, "http://127.0.0.1:1/oauth/callback?code=c&state=wrong\n")
	p.find(`^That did not work: the response is for a different sign-in\. Try again\.$`)
	address := approveElsewhere(t, page)
	long := address + "&padding=" + strings.Repeat("x", 6000) // more than a line of a terminal holds
	fmt.Fprint(ours, long+"\r")
	p.find(`^Signed in to sso-session "corp"`)
	if err := p.cmd.Wait(); err != nil {
		t.Error(err)
	}
	if strings.Contains(p.read.String(), "idctest-code") || strings.Contains(p.read.String(), "xxxx") {
		t.Errorf("the terminal shows what was pasted:\n%s", p.read.String())
	}
	if diff := cmp.Diff(before.Lflag, settings(t, theirs).Lflag); diff != "" {
		t.Errorf("the terminal is not as before: %s", diff)
	}
}

// TestLoginPasteInterrupted presses Ctrl-C in the terminal.
func TestLoginPasteInterrupted(t *testing.T) {
	o := newOffice(t)
	ours, theirs := openTerminal(t)
	before := settings(t, theirs)
	p := o.startOn(ours, theirs, "login", "--no-browser")
	p.find(`^Waiting for your approval until`)
	fmt.Fprint(ours, "\x03")
	p.find(`^latchkey: interrupted$`)
	if err := p.cmd.Wait(); err == nil || p.cmd.ProcessState.ExitCode() != 130 {
		t.Errorf("exit code %d", p.cmd.ProcessState.ExitCode())
	}
	if diff := cmp.Diff(before.Lflag, settings(t, theirs).Lflag); diff != "" {
		t.Errorf("the terminal is not as before: %s", diff)
	}
}

// TestLoginPasteSuspended presses Ctrl-Z in a shell with job control, and continues with fg.
func TestLoginPasteSuspended(t *testing.T) {
	o := newOffice(t, autoApprove)
	ours, theirs := openTerminal(t)
	shell := o.prepare()
	shell.Path, shell.Args = "/bin/sh", []string{"sh", "-c", `set -m
latchkey login --no-browser --profile dev
echo suspended
read go
fg`}
	p := o.runOn(ours, theirs, shell)
	page := p.find(authorizePage)
	p.find(`^Waiting for your approval until`)
	before := settings(t, theirs)
	fmt.Fprint(ours, "\x1a")
	p.find(`suspended$`)
	if flags := settings(t, theirs).Lflag; flags&unix.ECHO == 0 || flags&unix.ICANON == 0 {
		t.Error("the shell gets a terminal without echo or line editing")
	}
	fmt.Fprint(ours, "\n")
	p.find(`latchkey login`) // fg says what it continues
	eventually(t, "after fg, the terminal neither echoes nor edits lines", func() bool { return settings(t, theirs).Lflag == before.Lflag })
	fmt.Fprint(ours, approveElsewhere(t, page)+"\r")
	p.find(`^Signed in to sso-session "corp"`)
	if err := p.cmd.Wait(); err != nil {
		t.Error(err)
	}
}
