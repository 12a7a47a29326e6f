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
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/smithy-go/logging"

	"github.com/latchkey-sso/latchkey/idctest"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/provider"
	"github.com/latchkey-sso/latchkey/rolecache"
	"github.com/latchkey-sso/latchkey/ssotoken"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// The tests of this file need more than one process. Each other process is this
// test binary again, told by its environment to be a program that uses the
// ssotoken.

var soak = flag.Duration("soak", 2*time.Second, "how long TestRandomKills goes on")

const childVariable = "LATCHKEY_TEST_CHILD"

func TestMain(m *testing.M) {
	if text := os.Getenv(childVariable); text != "" {
		os.Exit(child(text))
	}
	_ = flag.Set("test.parallel", "16") // most of these tests wait; -parallel overrides it
	os.Exit(m.Run())
}

// childSettings tell a child what to do.
type childSettings struct {
	Tokens      tokencache.Dir
	Roles       rolecache.Dir // get role credentials, kept there; empty: only the token
	Profile     *profile.Profile
	LockTimeout time.Duration
	Arrive      time.Duration // how long to wait for the request of a process that was killed
	Call        time.Duration // how long a request may take
	StopAt      string        // the step at which to report, and to wait for a line
	DiskFull    bool          // nothing can be written
}

// The steps of a refresh at which a child can stop.
const (
	stepLock     = "lock"     // about to take the lock
	stepLocked   = "locked"   // holding it
	stepLoaded   = "loaded"   // has read the token under it
	stepChecked  = "checked"  // has found the cache writable
	stepTurn     = "turn"     // about to take the lock that is held while sending
	stepLooked   = "looked"   // holding it, has seen that the refresh token is unused
	stepSending  = "sending"  // about to send the request
	stepAnswered = "answered" // has the server's response, in memory
	stepStoring  = "storing"  // about to write it
	stepStored   = "stored"   // has written it
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
	if s.Roles != "" {
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
		o.TokenCache = &stepCache{Dir: s.Tokens, steps: steps}
		o.HTTPClient = &stepClient{steps: steps}
		o.LockTimeout = s.LockTimeout
		o.Logger = logging.NewStandardLogger(os.Stderr)
		ssotoken.SetWaits(adoptWait, cmp.Or(s.Arrive, adoptWait), s.Call)(o)
	})
	if err != nil {
		return err
	}
	_, err = source.Token(context.Background())
	return err
}

func (s childSettings) credentials() error {
	p, err := provider.New(s.Profile, func(o *provider.Options) {
		o.TokenCache = s.Tokens
		o.RoleCache = s.Roles
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
	steps   *steps
	locked  bool
	sending bool
}

func (c *stepCache) Lock(ctx context.Context, key string) (func(), error) {
	c.steps.at(stepLock)
	unlock, err := c.Dir.Lock(ctx, key)
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
		c.steps.at(stepLooked)
	}
	return tok, err
}

func (c *stepCache) LockSending(ctx context.Context, key string) (func(), error) {
	c.steps.at(stepTurn)
	unlock, err := c.Dir.LockSending(ctx, key)
	c.sending = err == nil
	return unlock, err
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

type stepClient struct{ steps *steps }

func (c *stepClient) Do(r *http.Request) (*http.Response, error) {
	if r.Method != http.MethodPost { // only CreateToken is one
		return http.DefaultClient.Do(r)
	}
	c.steps.at(stepSending)
	resp, err := http.DefaultClient.Do(r)
	c.steps.at(stepAnswered)
	return resp, err
}

// process is a child that runs.
type process struct {
	t      *testing.T
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stdout *bufio.Reader
	stderr bytes.Buffer
}

func (w *world) child(s childSettings) *process {
	w.T.Helper()
	s.Tokens = w.Tokens
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

// reach waits until the child reports that step.
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

// expire makes the sign-in one whose access token has expired.
func (w *world) expire() {
	w.T.Helper()
	w.Server.ExpireAccessTokens()
	w.Edit(func(tok *tokencache.Token) { tok.ExpiresAt = time.Now().Add(-time.Hour) })
}

func TestHundredProcesses(t *testing.T) {
	w := newWorld(t, func(o *idctest.Options) { o.Latency = 100 * time.Millisecond })
	w.expire()
	roles := []string{"Developer", "Auditor"}
	children := make([]*process, 100)
	for i := range children {
		p := w.Profile()
		p.RoleName = roles[i%len(roles)]
		children[i] = w.child(childSettings{Profile: p, Roles: w.Roles})
	}
	for _, c := range children {
		if code := c.exit(); code != 0 || c.stderr.Len() > 0 && strings.Contains(c.stderr.String(), "WARN") {
			t.Errorf("exit code %d\n%s", code, c.stderr.String())
		}
	}
	w.Count("CreateToken", 1)
	w.Count("GetRoleCredentials", len(roles))
}

// TestHundredProcessesWithoutSignIn: one request for all of them, or one in 30 seconds if they
// take longer.
func TestHundredProcessesWithoutSignIn(t *testing.T) {
	w := newWorld(t)
	w.expire()
	w.Server.RevokeAll()
	start := time.Now()
	children := make([]*process, 100)
	for i := range children {
		children[i] = w.child(childSettings{})
	}
	for _, c := range children {
		if code := c.exit(); code != 3 {
			t.Errorf("exit code %d\n%s", code, c.stderr.String())
		}
	}
	if got, most := w.Server.Count("CreateToken"), 1+int(time.Since(start)/(30*time.Second)); got < 1 || got > most {
		t.Errorf("%d CreateTokens, want 1 to %d", got, most)
	}
}

// TestKilledAtEachStep kills a process in the middle of a refresh. The file is
// whole, the lock is free, and the next process recovers by itself, except where
// the response was lost with the process: then it says so.
func TestKilledAtEachStep(t *testing.T) {
	t.Parallel()
	for step, want := range map[string]struct{ code, calls int }{
		stepLock:     {0, 1},
		stepLocked:   {0, 1},
		stepLoaded:   {0, 1},
		stepChecked:  {0, 1},
		stepTurn:     {0, 1},
		stepLooked:   {0, 1},
		stepSending:  {0, 1},
		stepAnswered: {3, 2},
		stepStoring:  {3, 2},
		stepStored:   {0, 1},
	} {
		t.Run(step, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.expire()
			victim := w.child(childSettings{StopAt: step})
			victim.reach(step)
			victim.kill()
			w.Token() // fails unless it is whole

			next := w.child(childSettings{LockTimeout: 10 * time.Second})
			if code := next.exit(); code != want.code {
				t.Errorf("exit code %d of the next process, want %d\n%s", code, want.code, next.stderr.String())
			}
			if strings.Contains(next.stderr.String(), "without the lock") {
				t.Errorf("the lock was left held:\n%s", next.stderr.String())
			}
			w.Count("CreateToken", want.calls)
		})
	}
}

// stoppedAt starts a process and stops it at a step.
func (w *world) stoppedAt(step string) *process {
	w.T.Helper()
	p := w.child(childSettings{StopAt: step})
	p.reach(step)
	p.stop()
	return p
}

// impatient starts processes that wait for a lock no longer than a second.
func (w *world) impatient(n int) []*process {
	w.T.Helper()
	processes := make([]*process, n)
	for i := range processes {
		processes[i] = w.child(childSettings{LockTimeout: time.Second})
	}
	return processes
}

// wake lets a stopped process finish. There must have been one refresh in all, and the next one must succeed.
func (w *world) wake(holder *process) {
	w.T.Helper()
	holder.wake()
	holder.goOn()
	if code := holder.exit(); code != 0 {
		w.T.Errorf("exit code %d of the holder\n%s", code, holder.stderr.String())
	}
	w.Count("CreateToken", 1)
	w.expire()
	if code := w.child(childSettings{}).exit(); code != 0 {
		w.T.Error("the sign-in is lost")
	}
}

// TestStoppedHolder stops a process before it sends the refresh token. The others go on
// after a while, not all at once, and it does no harm when it wakes up.
func TestStoppedHolder(t *testing.T) {
	t.Parallel()
	for _, step := range []string{stepLocked, stepLoaded, stepChecked, stepTurn} {
		t.Run(step, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, func(o *idctest.Options) { o.Latency = 50 * time.Millisecond })
			w.expire()
			holder := w.stoppedAt(step)

			said := ""
			for _, other := range w.impatient(5) {
				if code := other.exit(); code != 0 {
					t.Errorf("exit code %d\n%s", code, other.stderr.String())
				}
				said += other.stderr.String()
			}
			if !strings.Contains(said, "going on without the lock") {
				t.Errorf("nothing was said about the lock:\n%s", said)
			}
			w.wake(holder)
		})
	}
}

// TestStoppedInTheMiddle stops a process between its last look and the end of the
// refresh. Nobody else sends the refresh token, whose use the server may have seen, and
// its response is not lost.
func TestStoppedInTheMiddle(t *testing.T) {
	t.Parallel()
	for _, step := range []string{stepLooked, stepSending, stepAnswered, stepStoring} {
		t.Run(step, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.expire()
			holder := w.stoppedAt(step)
			before := w.Server.Count("CreateToken")

			for _, other := range w.impatient(3) {
				code := other.exit()
				if code != 1 || !strings.Contains(other.stderr.String(), "another process stopped in the middle of a refresh") {
					t.Errorf("exit code %d\n%s", code, other.stderr.String())
				}
			}
			w.Count("CreateToken", before)

			w.wake(holder)
		})
	}
}

// TestStoppedInTheMiddleOfEarlyRefresh: a token that is still valid is used.
func TestStoppedInTheMiddleOfEarlyRefresh(t *testing.T) {
	w := newWorld(t)
	w.Edit(func(tok *tokencache.Token) { tok.ExpiresAt = time.Now().Add(3 * time.Minute) })
	holder := w.stoppedAt(stepSending)
	other := w.child(childSettings{LockTimeout: time.Second})
	if code := other.exit(); code != 0 {
		t.Errorf("exit code %d\n%s", code, other.stderr.String())
	}
	w.Count("CreateToken", 0)
	holder.kill()
}

// TestKilledInFlight: the request of a process that was killed may still be on its way.
// The next one waits for it to arrive, and for the token, before it sends its own.
func TestKilledInFlight(t *testing.T) {
	w := newWorld(t)
	w.expire()
	w.Server.Fail("CreateToken", idctest.Fault{Hang: true})
	victim := w.child(childSettings{})
	for w.Server.Count("CreateToken") == 0 {
		time.Sleep(time.Millisecond)
	}
	victim.kill()

	next := w.child(childSettings{Arrive: time.Hour, StopAt: stepLooked})
	next.reach(stepLooked) // polling for the token
	w.writeWhole(w.Server.SignIn())
	next.goOn()
	if code := next.exit(); code != 0 {
		t.Errorf("exit code %d\n%s", code, next.stderr.String())
	}
	w.Count("CreateToken", 1)
}

// TestOutage: a request that fails does so for all who waited for it, and each error names the
// cause. A process that comes later sends its own.
func TestOutage(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		fault idctest.Fault
		reads string
	}{
		"500":   {idctest.Fault{Status: 500, Code: "InternalServerException", Times: -1}, "InternalServerException"},
		"HTML":  {idctest.Fault{Status: 503, Body: []byte("<html>"), Times: -1}, "HTTP status 503"},
		"hangs": {idctest.Fault{Hang: true, Times: -1}, "no response within 1s"},
		"cut":   {idctest.Fault{Cut: true, Times: -1}, "EOF"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.expire()
			w.Server.Fail("CreateToken", tt.fault)
			once := w.Profile()
			once.MaxAttempts = 1
			settings := childSettings{Profile: once, StopAt: stepAnswered}
			if tt.fault.Hang {
				settings.Call = time.Second
			}
			first := w.child(settings)
			first.reach(stepAnswered)

			others := make([]*process, 10)
			for i := range others {
				others[i] = w.child(childSettings{Profile: once, StopAt: stepLock})
				others[i].reach(stepLock)
				others[i].goOn()
			}
			first.goOn()
			if code := first.exit(); code != 1 {
				t.Errorf("exit code %d of the first\n%s", code, first.stderr.String())
			}
			for _, other := range others {
				code, said := other.exit(), other.stderr.String()
				if code != 1 || !strings.Contains(said, "the request of another process failed at 2") || !strings.Contains(said, tt.reads) {
					t.Errorf("exit code %d, want %q in\n%s", code, tt.reads, said)
				}
			}
			w.Count("CreateToken", 1)

			w.Server.ClearFaults()
			if code := w.child(childSettings{Profile: once}).exit(); code != 0 {
				t.Error("the next one asks nobody")
			}
		})
	}
}

// TestRandomKills refreshes from many processes and kills some of them at any
// moment, over and over.
func TestRandomKills(t *testing.T) {
	w := newWorld(t, func(o *idctest.Options) { o.Latency = 5 * time.Millisecond })
	stop, done := make(chan struct{}), make(chan struct{})
	go func() { // at no moment is there anything but a whole token
		defer close(done)
		for {
			select {
			case <-stop:
				return
			case <-time.After(time.Millisecond):
			}
			data, err := os.ReadFile(w.Tokens.Path("corp"))
			if err == nil {
				_, err = tokencache.Parse(data)
			}
			if err != nil {
				t.Errorf("the token file was not whole: %v", err)
				return
			}
		}
	}()
	defer func() { close(stop); <-done }()

	rounds, kills, lost := 0, 0, 0
	for end := time.Now().Add(*soak); time.Now().Before(end) && !t.Failed(); rounds++ {
		w.expire()
		kills += w.round(2)
		// A response may have been lost with a process, or its request may even have come
		// after that of the next one. A refresh tells.
		w.expire()
		if err := w.signedIn(); err != nil {
			lost++
			w.writeWhole(w.Server.SignIn())
		}
		w.expire()
		w.Server.ResetRequests()
		w.round(0)
		w.Count("CreateToken", 1)
	}
	t.Logf("%d of %d sign-ins lost to %d kills", lost, rounds, kills)
	if rounds >= 20 && lost == rounds { // one in six is, and of a few rounds it may be each
		t.Error("none outlived the kills")
	}
	temps, err := filepath.Glob(filepath.Join(string(w.Tokens), ".*.tmp"))
	if err != nil || len(temps) > kills {
		t.Errorf("%d temporary files after %d kills, %v", len(temps), kills, err)
	}
}

// round starts some processes, kills some of them, and returns how many. The
// others succeed, unless the response was lost with a killed one.
func (w *world) round(victims int) int {
	const processes = 6
	var wg sync.WaitGroup
	for i := range processes {
		c := w.child(childSettings{Arrive: 50 * time.Millisecond})
		wg.Go(func() {
			if i < victims {
				time.Sleep(rand.N(40 * time.Millisecond))
				c.kill()
				return
			}
			if code := c.exit(); code != 0 && (code != 3 || victims == 0) {
				w.T.Errorf("exit code %d\n%s", code, c.stderr.String())
			}
		})
	}
	wg.Wait()
	return victims
}

func (w *world) signedIn() error {
	_, err := w.source(w.Profile()).Token(w.T.Context())
	return err
}

// writeWhole puts a new sign-in into the cache, in one step.
func (w *world) writeWhole(s idctest.SignIn) {
	w.T.Helper()
	tok, err := tokencache.Parse(s.TokenFile())
	if err != nil {
		w.T.Fatal(err)
	}
	if err := w.Tokens.Store(w.T.Context(), "corp", tok); err != nil {
		w.T.Fatal(err)
	}
}
