//go:build !windows

package command

import (
	"bytes"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/latchkey-sso/latchkey/idctest"
)

// newProcessOffice has one account, and lets credential-process show an address.
func newProcessOffice(t *testing.T) *office {
	t.Helper()
	return newOffice(t, func(o *idctest.Options) {
		o.Accounts = []idctest.Account{{ID: "111122223333", Name: "Playground", Roles: []string{"Developer"}}}
	})
}

// credentialProcess starts "credential-process --login". The test plays the browser.
func (o *office) credentialProcess(args ...string) (p *terminal, stdout *bytes.Buffer) {
	o.t.Helper()
	cmd := o.prepare(append([]string{"credential-process", "--login"}, args...)...)
	cmd.Env = append(cmd.Env, "LATCHKEY_LOGIN=browser", "BROWSER="+o.browser)
	stdout = &bytes.Buffer{}
	cmd.Stdout = stdout
	return o.begin(cmd), stdout
}

// TestCredentialProcessLogin starts ten processes at once: one page, and credentials for all.
func TestCredentialProcessLogin(t *testing.T) {
	o := newProcessOffice(t)
	first, stdout := o.credentialProcess()
	page := first.find(authorizePage)
	outputs := []*bytes.Buffer{stdout}
	processes := []*terminal{first}
	for range 9 {
		p, stdout := o.credentialProcess()
		p.find(`^Another process is signing in`)
		processes, outputs = append(processes, p), append(outputs, stdout)
	}
	if err := click(page, "approve"); err != nil {
		t.Error(err)
	}
	for i, p := range processes {
		if code := p.wait(); code != exitDone || !strings.HasPrefix(outputs[i].String(), `{"Version":1,"AccessKeyId":`) {
			t.Errorf("exit code %d, stdout %q:\n%s", code, outputs[i], p.read.String())
		}
	}
	if n := o.server.Count("CreateToken"); n != 1 {
		t.Errorf("%d tokens, want 1", n)
	}
}

// TestCredentialProcessLoginInTime: it fails before an SDK kills it, and the sign-in continues.
func TestCredentialProcessLoginInTime(t *testing.T) {
	o := newProcessOffice(t)
	opened := filepath.Join(o.home, "opened") // the process may exit before it shows the page
	o.browser = `sh -c "echo '%s' >'` + opened + `'"`
	p, stdout := o.credentialProcess("--login-wait=500ms")
	p.find(`^latchkey: login required for profile "dev" .*: not signed in; a sign-in is waiting for your approval$`)
	p.find(`^hint: approve it, then run the same command again$`)
	if code := p.wait(); code != exitLoginRequired || stdout.Len() > 0 {
		t.Errorf("exit code %d, stdout %q", code, stdout)
	}
	page, shown := "", false
	eventually(t, "the sign-in opens a browser", func() bool {
		data, _ := os.ReadFile(opened) // or it is not there yet
		page, shown = strings.CutSuffix(string(data), "\n")
		return shown
	})
	if err := click(page, "approve"); err != nil {
		t.Error(err)
	}
	eventually(t, "the sign-in continues", func() bool {
		_, err := os.Stat(filepath.Join(o.home, ".aws", "sso", "cache", "ee0bfd2552fbd840c02cc48b6e823320543c450f.json"))
		return err == nil
	})
	p, stdout = o.credentialProcess()
	if code := p.wait(); code != exitDone || stdout.Len() == 0 {
		t.Errorf("exit code %d:\n%s", code, p.read.String())
	}
}

// TestCredentialProcessLoginDenied: the user is not asked twice.
func TestCredentialProcessLoginDenied(t *testing.T) {
	o := newProcessOffice(t)
	first, _ := o.credentialProcess()
	page := first.find(authorizePage)
	second, _ := o.credentialProcess()
	second.find(`^Another process is signing in`)
	if err := click(page, "deny"); err != nil {
		t.Error(err)
	}
	for _, p := range []*terminal{first, second} {
		if code := p.wait(); code != exitLoginRequired || strings.Count(p.read.String(), "/authorize?") > 1 {
			t.Errorf("exit code %d:\n%s", code, p.read.String())
		}
	}
	if text := first.read.String(); !strings.Contains(text, "latchkey: the sign-in was denied: The user denied the request\n") {
		t.Errorf("stderr:\n%s", text)
	}
	if text := second.read.String(); strings.Contains(text, "/authorize?") {
		t.Errorf("the second process asks again:\n%s", text)
	}
}

// TestCredentialProcessLoginInterrupted: Ctrl-C ends the sign-in too.
func TestCredentialProcessLoginInterrupted(t *testing.T) {
	o := newProcessOffice(t)
	p, _ := o.credentialProcess()
	page := p.find(authorizePage)
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if code := p.wait(); code != 130 || !strings.HasSuffix(p.read.String(), "latchkey: interrupted\n") {
		t.Errorf("exit code %d:\n%s", code, p.read.String())
	}
	callback := regexp.MustCompile(`127\.0\.0\.1%3A(\d+)`).FindStringSubmatch(page)
	eventually(t, "the sign-in ends", func() bool {
		var d net.Dialer
		conn, err := d.DialContext(t.Context(), "tcp", "127.0.0.1:"+callback[1])
		if err == nil {
			_ = conn.Close()
		}
		return err != nil
	})
}
