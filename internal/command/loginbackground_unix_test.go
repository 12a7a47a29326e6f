//go:build !windows

package command

import (
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

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
