package command

import (
	"bytes"
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
	cmd := o.prepare(append([]string{"credential-process", "--login", "--login-wait=10m"}, args...)...)
	cmd.Env = append(cmd.Env, "LATCHKEY_LOGIN=browser", "BROWSER="+o.browser)
	stdout = &bytes.Buffer{}
	cmd.Stdout = stdout
	return o.begin(cmd), stdout
}

// TestCredentialProcessLogin starts processes at once: one page, and credentials for all.
func TestCredentialProcessLogin(t *testing.T) {
	o := newProcessOffice(t)
	first, stdout := o.credentialProcess()
	page := first.find(authorizePage)
	outputs := []*bytes.Buffer{stdout}
	processes := []*terminal{first}
	for range crowd(9) {
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
