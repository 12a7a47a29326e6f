package doctest

import (
	"fmt"
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
	"github.com/latchkey-sso/latchkey/internal/webtest"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// TestCommands runs the commands of each page in the order of the page, in one shell with a new home directory.
// Programs that pages run with credentials are stand-ins: see main_linux_test.go.
func TestCommands(t *testing.T) {
	for _, p := range pages(t) {
		if commands := p.commands(); len(commands) > 0 {
			t.Run(p.name, func(t *testing.T) {
				t.Parallel()
				r := newReader(t)
				if p.name != "README.md" { // which begins on a new machine
					r.signIn()
				}
				r.run(commands)
			})
		}
	}
	t.Run("contrib", func(t *testing.T) {
		t.Parallel()
		newReader(t).run(contribCommands(t))
	})
}

// A reader is a user who tries the commands of a page.
type reader struct {
	*testing.T
	home, steps string
	server      *idctest.Server
	env         []string
}

// newReader gives a reader an empty home directory.
func newReader(t *testing.T) *reader {
	server := newServer(t)
	r := &reader{T: t, home: t.TempDir(), steps: t.TempDir(), server: server}
	checkout := absolute(t, root)
	link(t, filepath.Join(checkout, "contrib"), filepath.Join(r.home, "contrib"))
	standIn, err := exec.LookPath("program")
	if err != nil {
		t.Fatal(err)
	}
	link(t, standIn, filepath.Join(r.home, "program"))
	r.env = append(server.Environ(r.home),
		"AWS_ENDPOINT_URL_SIGNIN="+server.URL(),
		"CHECKOUT="+checkout, "STEPS="+r.steps,
		"LATCHKEY_LOGIN=browser", "BROWSER=browser", "CI=", // as on a machine with a display and a user
		"XDG_RUNTIME_DIR="+t.TempDir(),
		"GOPROXY=off", "GOBIN="+filepath.Join(r.home, "go", "bin"))
	r.env = append(r.env, goEnvironment(t)...)
	return r
}

// signIn writes testdata/config and the token of a sign-in.
func (r *reader) signIn() {
	aws := filepath.Join(r.home, ".aws")
	filetest.Write(r.T, filepath.Join(aws, "config"), filetest.Read(r.T, filepath.Join("testdata", "config")))
	signIn := r.server.SignIn()
	filetest.Write(r.T, tokencache.Dir(filepath.Join(aws, "sso", "cache")).Path("corp"), signIn.TokenFile())
}

// goEnvironment returns the go command's directories, which depend on HOME.
func goEnvironment(t *testing.T) (env []string) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "env", "GOPATH", "GOMODCACHE", "GOCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	values := strings.Split(string(out), "\n")
	return []string{"GOPATH=" + values[0], "GOMODCACHE=" + values[1], "GOCACHE=" + values[2]}
}

// run runs commands in one shell, and reports those that fail or print something else than the page shows.
func (r *reader) run(commands []commandLine) {
	r.Helper()
	script, ran := r.script(commands)
	shell := exec.CommandContext(r.Context(), "bash", "-c", script)
	shell.Dir, shell.Env, shell.WaitDelay = r.home, r.env, time.Minute
	shell.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // no command asks on the terminal of the tests
	if out, err := shell.CombinedOutput(); err != nil || len(out) > 0 {
		r.Errorf("bash: %v\n%s", err, out)
	}
	for _, i := range ran {
		r.check(commands[i], i)
	}
}

// script writes the commands to files and returns a script that runs them, and their indexes.
func (r *reader) script(commands []commandLine) (script string, ran []int) {
	r.Helper()
	lines := []string{". " + absolute(r.T, "testdata/shell.sh")}
	port := strconv.Itoa(webtest.Port(r.T)) // in place of 4711
	for i, c := range commands {
		if i > 0 && c.block != commands[i-1].block {
			lines = append(lines, "stop")
		}
		mode := mode(c.text)
		if !c.runs() || !available(mode) {
			continue
		}
		text := strings.ReplaceAll(c.text, "4711", port)
		if mode == "server" {
			text += " &"
		}
		filetest.Write(r.T, r.step(i, "sh"), text+"\n")
		lines = append(lines, fmt.Sprintf("%s %d", mode, i))
		ran = append(ran, i)
	}
	return strings.Join(append(lines, "stop"), "\n"), ran
}

// available reports whether the shell that runs a command is installed. In CI, all are.
func available(mode string) bool {
	shell, other := strings.CutPrefix(mode, "in_")
	_, err := exec.LookPath(shell)
	return !other || err == nil || peers
}

// mode returns the function of testdata/shell.sh that runs a command.
func mode(text string) string {
	switch {
	case dialog(text) != nil:
		return "dialog"
	case strings.HasSuffix(text, "&"):
		return "background"
	case strings.HasPrefix(text, "latchkey serve "):
		return "server"
	case strings.Contains(text, "shell-init zsh"):
		return "in_zsh"
	case strings.Contains(text, "shell-init fish"):
		return "in_fish"
	default:
		return "foreground"
	}
}

// check checks the exit code of a command, and its output if the page shows it. A command must fail if the page shows
// an error, and only then.
func (r *reader) check(c commandLine, i int) {
	r.Helper()
	code, err := os.ReadFile(r.step(i, "code"))
	if err != nil {
		r.Errorf("%s:%d: was not run: %s", c.page, c.line, c.text)
		return
	}
	output := filetest.Read(r.T, r.step(i, "out"))
	r.Logf("%s:%d: %s\n%s", c.page, c.line, c.text, output)
	if failed, shown := string(code) != "0\n", isError.MatchString(c.output); failed != shown {
		r.Errorf("%s:%d: exit code %s\n%s\n%s", c.page, c.line, code, c.text, output)
	}
	if c.output != "" && !matches(c.output, output) {
		r.Errorf("%s:%d: %s\nprints\n%s\nand the page shows\n%s", c.page, c.line, c.text, output, c.output)
	}
}

func (r *reader) step(i int, suffix string) string {
	return filepath.Join(r.steps, strconv.Itoa(i)+"."+suffix)
}

func absolute(t *testing.T, path string) string {
	t.Helper()
	abs, err := filepath.Abs(filepath.FromSlash(path))
	if err != nil {
		t.Fatal(err)
	}
	return abs
}

func link(t *testing.T, target, path string) {
	t.Helper()
	if err := os.Symlink(target, path); err != nil {
		t.Fatal(err)
	}
}

// newServer starts the Identity Center of the pages.
func newServer(t *testing.T) *idctest.Server {
	return idctest.NewServer(t, func(o *idctest.Options) {
		o.StartURL = "https://d-1234567890.awsapps.com/start"
		o.Region = "eu-west-1"
		o.AutoApprove = true
		o.Accounts = []idctest.Account{
			{ID: "111122223333", Name: "Playground", Roles: []string{"Developer", "ReadOnly"}},
			{ID: "444455556666", Name: "prod-eu", Roles: []string{"Admin", "ReadOnly"}},
			{ID: "777788889999", Name: "prod-us", Roles: []string{"Admin", "ReadOnly"}},
		}
	})
}

// runs reports whether the test runs the command.
func (c commandLine) runs() bool {
	for _, n := range notRun {
		if strings.HasPrefix(c.text, n.begin) {
			return false
		}
	}
	return true
}

// isError matches an error of the command in the output that a page shows.
var isError = regexp.MustCompile(`(?m)^latchkey: `)
