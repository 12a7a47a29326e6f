package ssotoken_test

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/aws/smithy-go/logging"

	"github.com/latchkey-sso/latchkey/internal/ssotest"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/provider"
	"github.com/latchkey-sso/latchkey/rolecache"
	"github.com/latchkey-sso/latchkey/ssotoken"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// Tests run the test binary as child processes, which get their settings from an environment variable.
const childVariable = "LATCHKEY_TEST_CHILD"

func TestMain(m *testing.M) {
	if text := os.Getenv(childVariable); text != "" {
		os.Exit(child(text))
	}
	_ = flag.Set("test.parallel", "16") // most of these tests only wait; -parallel overrides it
	os.Exit(m.Run())
}

// childSettings are the settings of a child.
type childSettings struct {
	Tokens      tokencache.Dir
	Roles       rolecache.Dir // get role credentials, with this cache; if empty, only the token
	Profile     *profile.Profile
	LockTimeout time.Duration
	Arrive      time.Duration // how long to wait for the request of a killed process
	StopAt      string        // the step at which to print its name and wait for a line
	DiskFull    bool          // make all writes fail
	TimeOut     bool          // report a timeout in place of the response
	WaitToSend  bool          // no holder of the sending lock counts as stuck
}

// requestTimeout is the time limit of a request. A test may stop a process in the middle of one.
const requestTimeout = 5 * time.Minute

// The steps of a refresh at which a child can stop.
const (
	stepLock        = "lock"         // before acquiring the refresh lock
	stepLocked      = "locked"       // holding it
	stepLoaded      = "loaded"       // after loading the token under it
	stepChecked     = "checked"      // after checking that the cache is writable
	stepLockSending = "lock sending" // before acquiring the sending lock
	stepUnused      = "unused"       // after checking that the refresh token is unused
	stepSending     = "sending"      // before sending the request
	stepResponse    = "response"     // after receiving the response
	stepStoring     = "storing"      // before storing the token
	stepStored      = "stored"       // after storing it
)

func child(text string) int {
	var s childSettings
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	if s.DiskFull {
		fillDisk()
	}
	call := s.token
	switch {
	case s.Profile.Session.TokenStore != "":
		call = s.credentialsInStore
	case s.Roles != "":
		call = s.credentials
	}
	err := call()
	if err == nil {
		return 0
	}
	fmt.Fprintln(os.Stderr, err)
	if _, required := errors.AsType[*ssotoken.LoginRequiredError](err); required {
		return 3
	}
	return 1
}

func (s childSettings) token() error {
	steps := &steps{stopAt: s.StopAt}
	source, err := ssotoken.New(s.Profile.SignIn(), func(o *ssotoken.Options) {
		o.TokenCache = &stepCache{Dir: s.Tokens, settings: s, steps: steps}
		o.HTTPClient = &stepClient{steps: steps, timeOut: s.TimeOut}
		o.LockTimeout = s.LockTimeout
		o.Logger = logging.NewStandardLogger(os.Stderr)
		ssotoken.SetWaits(adoptWait, cmp.Or(s.Arrive, adoptWait), requestTimeout)(o)
	})
	if err != nil {
		return err
	}
	_, err = source.Token(context.Background())
	return err
}

func (s childSettings) credentials() error {
	return s.retrieve(func(o *provider.Options) { o.TokenCache, o.RoleCache = s.Tokens, s.Roles })
}

func (s childSettings) retrieve(optFn func(*provider.Options)) error {
	p, err := provider.New(s.Profile, optFn, func(o *provider.Options) {
		o.LockTimeout = s.LockTimeout
		o.Logger = logging.NewStandardLogger(os.Stderr)
	})
	if err != nil {
		return err
	}
	_, err = p.Retrieve(context.Background())
	return err
}

type steps struct{ stopAt string }

func (s *steps) at(step string) {
	if step == s.stopAt {
		s.stopAt = "" // only the first time
		fmt.Println("at " + step)
		_, _ = bufio.NewReader(os.Stdin).ReadString('\n')
	}
}

type stepCache struct {
	tokencache.Dir
	settings childSettings
	steps    *steps
	locked   bool
	sending  bool
}

// locks returns where to acquire locks. A process that is to stop must get as far as that.
func (c *stepCache) locks() interface {
	tokencache.Cache
	tokencache.SendLocker
} {
	if c.settings.StopAt != "" {
		return ssotest.Dir{Dir: c.Dir}
	}
	return c.Dir
}

func (c *stepCache) Lock(ctx context.Context, key string) (func(), error) {
	c.steps.at(stepLock)
	unlock, err := c.locks().Lock(ctx, key)
	c.locked = err == nil
	c.steps.at(stepLocked)
	return unlock, err
}

func (c *stepCache) Load(ctx context.Context, key string) (*tokencache.Token, error) {
	tok, err := c.Dir.Load(ctx, key)
	if c.locked {
		c.steps.at(stepLoaded)
	}
	if c.sending {
		c.steps.at(stepUnused)
	}
	return tok, err
}

func (c *stepCache) LockSending(ctx context.Context, key string) (func(), error) {
	c.steps.at(stepLockSending)
	unlock, err := c.locks().LockSending(ctx, key)
	c.sending = err == nil
	return unlock, err
}

func (c *stepCache) SendingSince(ctx context.Context, key string) (time.Time, error) {
	if c.settings.WaitToSend {
		return time.Now(), nil
	}
	return c.Dir.SendingSince(ctx, key)
}

func (c *stepCache) CheckWritable(ctx context.Context, key string) error {
	err := c.Dir.CheckWritable(ctx, key)
	c.steps.at(stepChecked)
	return err
}

func (c *stepCache) Store(ctx context.Context, key string, tok *tokencache.Token) error {
	c.steps.at(stepStoring)
	err := c.Dir.Store(ctx, key, tok)
	c.steps.at(stepStored)
	return err
}

type stepClient struct {
	steps   *steps
	timeOut bool
}

func (c *stepClient) Do(r *http.Request) (*http.Response, error) {
	if r.Method != http.MethodPost { // not CreateToken
		return http.DefaultClient.Do(r)
	}
	c.steps.at(stepSending)
	resp, err := http.DefaultClient.Do(r)
	c.steps.at(stepResponse)
	if c.timeOut && err == nil {
		resp.Body.Close()
		return nil, context.DeadlineExceeded
	}
	return resp, err
}

// process is a running child.
type process struct {
	t      *testing.T
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stdout *bufio.Reader
	stderr bytes.Buffer
}

func (w *world) child(s childSettings) *process {
	w.T.Helper()
	s.Tokens = w.Tokens.Dir
	if s.Profile == nil {
		s.Profile = w.Profile()
	}
	text, err := json.Marshal(s)
	if err != nil {
		w.T.Fatal(err)
	}
	p := &process{t: w.T, cmd: exec.CommandContext(w.T.Context(), os.Args[0])}
	p.cmd.Env = append(os.Environ(), childVariable+"="+string(text))
	p.cmd.Stderr = &p.stderr
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		w.T.Fatal(err)
	}
	p.stdout = bufio.NewReader(stdout)
	if p.stdin, err = p.cmd.StdinPipe(); err != nil {
		w.T.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		w.T.Fatal(err)
	}
	return p
}

// reach waits until the child reaches a step.
func (p *process) reach(step string) {
	p.t.Helper()
	line, err := p.stdout.ReadString('\n')
	if err != nil || line != "at "+step+"\n" {
		_ = p.cmd.Wait()
		p.t.Fatalf("the child did not reach %q: %q, %v\n%s", step, line, err, p.stderr.String())
	}
}

func (p *process) goOn() { fmt.Fprintln(p.stdin) }

func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
}

// exit waits for the child and returns its exit code.
func (p *process) exit() int {
	_, _ = io.Copy(io.Discard, p.stdout)
	err := p.cmd.Wait()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.ExitCode()
	}
	p.t.Errorf("wait for the child: %v", err)
	return -1
}

// expire replaces the token with one whose access token has expired.
func (w *world) expire() {
	w.T.Helper()
	w.Server.ExpireAccessTokens()
	w.Edit(func(tok *tokencache.Token) { tok.ExpiresAt = time.Now().Add(-time.Hour) })
}
