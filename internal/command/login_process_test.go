package command

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/latchkey-sso/latchkey/idctest"
	"github.com/latchkey-sso/latchkey/internal/filetest"
)

// office is a home directory without a sign-in, and an Identity Center that waits for
// approval.
type office struct {
	t       *testing.T
	server  *idctest.Server
	home    string
	browser string // BROWSER of credential-process
}

func newOffice(t *testing.T, optFns ...func(*idctest.Options)) *office {
	t.Helper()
	t.Parallel()
	o := &office{t: t, home: t.TempDir()}
	optFns = append(optFns, func(o *idctest.Options) {
		o.StartURL, o.Region = "https://d-1234567890.awsapps.com/start", "eu-west-1"
	})
	o.server = idctest.NewServer(t, optFns...)
	config, err := os.ReadFile(filepath.Join("testdata", "config"))
	if err != nil {
		t.Fatal(err)
	}
	filetest.Write(t, filepath.Join(o.home, ".aws", "config"), config)
	return o
}

// terminal is one latchkey process, and what it has printed so far.
type terminal struct {
	t      *testing.T
	cmd    *exec.Cmd
	stderr *bufio.Reader
	read   bytes.Buffer
}

// prepare makes a process that is not started.
func (o *office) prepare(args ...string) *exec.Cmd {
	cmd := exec.CommandContext(o.t.Context(), "latchkey", append(args, "--profile", "dev")...)
	cmd.Env = append(o.server.Env(), "HOME="+o.home, "USERPROFILE="+o.home, "PATH="+os.Getenv("PATH"), "SSH_TTY=/dev/pts/0")
	return cmd
}

func (o *office) start(args ...string) *terminal {
	o.t.Helper()
	return o.begin(o.prepare(args...))
}

func (o *office) begin(cmd *exec.Cmd) *terminal {
	o.t.Helper()
	stderr, err := cmd.StderrPipe()
	if err != nil {
		o.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		o.t.Fatal(err)
	}
	return &terminal{t: o.t, cmd: cmd, stderr: bufio.NewReader(stderr)}
}

// find reads until a line matches, and returns the first group.
func (p *terminal) find(pattern string) string {
	p.t.Helper()
	re := regexp.MustCompile(pattern)
	for {
		line, err := p.stderr.ReadString('\n')
		p.read.WriteString(line)
		if m := re.FindStringSubmatch(strings.TrimRight(line, "\r\n")); m != nil {
			return m[len(m)-1]
		}
		if err != nil {
			p.t.Fatalf("no line matches %q: %v\n%s", pattern, err, p.read.String())
		}
	}
}

// wait returns the exit code. The rest of the output is in p.read.
func (p *terminal) wait() int {
	_, _ = p.read.ReadFrom(p.stderr) // of a terminal: fails when the process has exited
	_ = p.cmd.Wait()
	return p.cmd.ProcessState.ExitCode()
}

// crowd returns how many processes wait for one: n, but few under Wine, which takes long to start each.
func crowd(n int) int {
	if runtime.GOOS == "windows" {
		return 3
	}
	return n
}

const authorizePage = `^  (http://127\.0\.0\.1:\d+/authorize\S+)$`

func TestLoginWithoutBrowser(t *testing.T) {
	o := newOffice(t)
	p := o.start("login", "--no-browser")
	p.find(`^To sign in to sso-session "corp", open this page in a browser on this machine:$`)
	page := p.find(authorizePage)
	port := p.find(`^  ssh -L (\d+):127\.0\.0\.1:\d+ \S+$`)
	if !strings.Contains(page, "127.0.0.1%3A"+port+"%2Foauth") {
		t.Errorf("forwards port %s for %s", port, page)
	}
	if err := click(page, "approve"); err != nil {
		t.Error(err)
	}
	if code := p.wait(); code != exitDone {
		t.Errorf("exit code %d:\n%s", code, p.read.String())
	}
}

func TestLoginPort(t *testing.T) {
	o := newOffice(t)
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	port := l.Addr().(*net.TCPAddr).Port
	p := o.start("login", "--port", fmt.Sprint(port))
	p.find(fmt.Sprintf(`^latchkey: listen for the response: listen tcp4 127\.0\.0\.1:%d: bind: .+$`, port))
	p.find(`^hint: choose another port with --port, or sign in with --device-code$`)
	if code := p.wait(); code != exitFailed {
		t.Errorf("exit code %d", code)
	}
	if n := o.server.Count(""); n != 0 {
		t.Errorf("%d requests", n)
	}
}

// TestLoginAtOnce starts many sign-ins: one page, one code, and a token for all.
func TestLoginAtOnce(t *testing.T) {
	o := newOffice(t)
	first := o.start("login", "--no-browser")
	page := first.find(authorizePage)
	others := make([]*terminal, crowd(99))
	for i := range others {
		others[i] = o.start("login", "--no-browser")
	}
	for _, p := range others {
		p.find(`^Another process is signing in to sso-session "corp"\. Waiting for it, up to 12m\.`)
	}
	if err := click(page, "approve"); err != nil {
		t.Error(err)
	}
	for _, p := range append(others, first) {
		if code := p.wait(); code != exitDone {
			t.Errorf("exit code %d:\n%s", code, p.read.String())
		}
	}
	if r, c := o.server.Count("RegisterClient"), o.server.Count("CreateToken"); r != 1 || c != 1 {
		t.Errorf("%d registrations and %d tokens, want one of each", r, c)
	}
}

// TestLoginTakesOver interrupts the process that signs in: the next one asks the user.
func TestLoginTakesOver(t *testing.T) {
	o := newOffice(t)
	first := o.start("login", "--no-browser")
	first.find(authorizePage)
	second := o.start("login", "--no-browser")
	second.find(`^Another process is signing in`)
	if err := first.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	first.wait()
	if err := click(second.find(authorizePage), "approve"); err != nil {
		t.Error(err)
	}
	if code := second.wait(); code != exitDone {
		t.Errorf("exit code %d:\n%s", code, second.read.String())
	}
}
