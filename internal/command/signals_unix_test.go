//go:build !windows

package command

import (
	"bytes"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/idctest"
	"github.com/latchkey-sso/latchkey/internal/filetest"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// signaled is a home directory with an expired sign-in, for commands that are sent
// signals while they refresh it.
type signaled struct {
	t      *testing.T
	server *idctest.Server
	home   string
	tokens tokencache.Dir
}

func newSignaled(t *testing.T) *signaled {
	t.Helper()
	t.Parallel()
	handleSignals(t)
	home := t.TempDir()
	s := &signaled{t: t, home: home, tokens: tokencache.Dir(filepath.Join(home, ".aws", "sso", "cache"))}
	s.server = idctest.NewServer(t, func(o *idctest.Options) {
		o.StartURL, o.Region = "https://d-1234567890.awsapps.com/start", "eu-west-1"
		o.Accounts = []idctest.Account{{ID: "111122223333", Name: "Playground", Roles: []string{"Developer"}}}
	})
	config, err := os.ReadFile(filepath.Join("testdata", "config"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(string(s.tokens), 0o700); err != nil {
		t.Fatal(err)
	}
	filetest.Write(t, filepath.Join(home, ".aws", "config"), config)
	tok, err := tokencache.Parse(s.server.SignIn().TokenFile())
	if err != nil {
		t.Fatal(err)
	}
	s.store(tok)
	s.expire()
	return s
}

// handleSignals makes signals end the children of the test, even under nohup: a child inherits ignored
// signals, but not handled ones.
func handleSignals(t *testing.T) {
	t.Helper()
	caught := make(chan os.Signal, 1)
	signal.Notify(caught, syscall.SIGHUP, syscall.SIGINT)
	t.Cleanup(func() { signal.Stop(caught) })
}

func (s *signaled) token() *tokencache.Token {
	s.t.Helper()
	tok, err := s.tokens.Load(s.t.Context(), "corp")
	if err != nil {
		s.t.Fatal(err)
	}
	return tok
}

func (s *signaled) store(tok *tokencache.Token) {
	s.t.Helper()
	if err := s.tokens.Store(s.t.Context(), "corp", tok); err != nil {
		s.t.Fatal(err)
	}
}

func (s *signaled) expire() {
	s.t.Helper()
	tok := s.token()
	tok.ExpiresAt = time.Now().Add(-time.Hour)
	s.store(tok)
	// The command may have cached role credentials before it died: the next would not refresh.
	if err := os.RemoveAll(filepath.Join(s.home, ".aws", "cli")); err != nil {
		s.t.Fatal(err)
	}
	s.server.ResetRequests()
}

// start starts a command in a new process group.
func (s *signaled) start(name string, args ...string) (cmd *exec.Cmd, stdout, stderr *bytes.Buffer) {
	s.t.Helper()
	stdout, stderr = &bytes.Buffer{}, &bytes.Buffer{}
	cmd = exec.CommandContext(s.t.Context(), name)
	cmd.Args = args
	cmd.Env = append(append(os.Environ(), "HOME="+s.home), s.server.Env()...)
	cmd.Stdout, cmd.Stderr = stdout, stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	return cmd, stdout, stderr
}

// send sends a signal to the command's process group. When it returns, the command has received the signal: a process
// that continues receives what was sent while it was stopped.
func (s *signaled) send(cmd *exec.Cmd, sig syscall.Signal) {
	s.t.Helper()
	for _, sig := range []syscall.Signal{syscall.SIGSTOP, sig, syscall.SIGCONT} {
		if err := syscall.Kill(-cmd.Process.Pid, sig); err != nil {
			s.t.Fatal(err)
		}
		if sig != syscall.SIGSTOP {
			continue
		}
		if _, err := syscall.Wait4(cmd.Process.Pid, nil, syscall.WUNTRACED, nil); err != nil {
			s.t.Fatal(err)
		}
	}
}

// holdRefresh makes the next refresh wait for its response. A call of sent waits until the refresh token was sent, and a
// call of respond lets the response arrive.
func (s *signaled) holdRefresh() (sent, respond func()) {
	until := make(chan struct{})
	s.server.Fail("CreateToken", idctest.Fault{Until: until})
	sent = func() {
		s.t.Helper()
		eventually(s.t, "a refresh", func() bool { return s.server.Count("CreateToken") > 0 })
	}
	return sent, func() { close(until) }
}

// diedOf checks that a signal killed a command, without output.
func (s *signaled) diedOf(cmd *exec.Cmd, sig syscall.Signal, stdout, stderr *bytes.Buffer) {
	s.t.Helper()
	_ = cmd.Wait()
	status, _ := cmd.ProcessState.Sys().(syscall.WaitStatus)
	if !status.Signaled() || status.Signal() != sig {
		s.t.Errorf("%v, want a death of %v", cmd.ProcessState, sig)
	}
	if stdout.Len()+stderr.Len() > 0 {
		s.t.Errorf("it said %q, %q", stdout, stderr)
	}
}

// TestSignalDuringRefresh: Ctrl-C ends the command, and not the sign-in.
func TestSignalDuringRefresh(t *testing.T) {
	for _, command := range []string{"credential-process --profile dev", "token --profile dev", "exec --profile dev --server true"} {
		for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
			t.Run(command+" "+strconv.Itoa(int(sig)), func(t *testing.T) {
				s := newSignaled(t)
				for range 5 {
					s.expire()
					before := s.token()
					sent, respond := s.holdRefresh()
					cmd, stdout, stderr := s.start(os.Args[0], append([]string{"latchkey"}, strings.Fields(command)...)...)
					sent()
					s.send(cmd, sig)
					respond()
					s.diedOf(cmd, sig, stdout, stderr)
					if after := s.token(); after.RefreshToken == before.RefreshToken || after.Expired(time.Now()) {
						t.Error("the new token was not stored")
					}
				}
				s.expire()
				cmd, _, stderr := s.start(os.Args[0], "latchkey", "token", "--profile", "dev")
				if err := cmd.Wait(); err != nil {
					t.Errorf("the sign-in is lost: %v\n%s", err, stderr)
				}
			})
		}
	}
}

// TestSignalDuringRefreshOfServe: a server that is told to stop stores the token first.
func TestSignalDuringRefreshOfServe(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		t.Run(strconv.Itoa(int(sig)), func(t *testing.T) {
			s := newSignaled(t)
			for range 3 {
				s.expire()
				before := s.token()
				sent, respond := s.holdRefresh()
				cmd, _, stderr := s.start(os.Args[0], "latchkey", "serve", "dev")
				sent()
				s.send(cmd, sig)
				respond()
				if err := cmd.Wait(); err != nil {
					t.Errorf("%v\n%s", err, stderr)
				}
				if after := s.token(); after.RefreshToken == before.RefreshToken || after.Expired(time.Now()) {
					t.Error("the new token was not stored")
				}
			}
		})
	}
}

// TestIgnoredSignal: under nohup a command outlives its terminal.
func TestIgnoredSignal(t *testing.T) {
	s := newSignaled(t)
	sent, respond := s.holdRefresh()
	cmd, stdout, stderr := s.start("/bin/sh", "latchkey", "-c", `trap '' HUP INT; exec "$0" token --profile dev`, filepath.Join(linked(t), "latchkey"))
	sent()
	s.send(cmd, syscall.SIGHUP)
	s.send(cmd, syscall.SIGINT)
	respond()
	if err := cmd.Wait(); err != nil || !strings.HasPrefix(stdout.String(), "idctest-access-token-") {
		t.Errorf("got %v, %q\n%s", err, stdout, stderr)
	}
}

// linked returns a directory in which this test binary is called latchkey.
func linked(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	self, err := filepath.Abs(os.Args[0])
	if err == nil {
		err = os.Symlink(self, filepath.Join(dir, "latchkey"))
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}
