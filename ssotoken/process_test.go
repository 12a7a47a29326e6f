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
	"github.com/latchkey-sso/latchkey/internal/atomicfile"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/provider"
	"github.com/latchkey-sso/latchkey/rolecache"
	"github.com/latchkey-sso/latchkey/ssotoken"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// The tests in this file run the test binary as child processes, which get their settings from an
// environment variable.

var soak = flag.Duration("soak", 2*time.Second, "how long TestRandomKills runs")

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
	Call        time.Duration // the time limit of a request
	StopAt      string        // the step at which to print its name and wait for a line
	DiskFull    bool          // make all writes fail
}

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
	return s.retrieve(func(o *provider.Options) { o.TokenCache, o.RoleCache = s.Tokens, s.Roles })
}

func (s childSettings) retrieve(optFn func(*provider.Options)) error {
	p, err := provider.New(s.Profile, optFn, func(o *provider.Options) { o.Logger = logging.NewStandardLogger(os.Stderr) })
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
		c.steps.at(stepUnused)
	}
	return tok, err
}

func (c *stepCache) LockSending(ctx context.Context, key string) (func(), error) {
	c.steps.at(stepLockSending)
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
	if r.Method != http.MethodPost { // not CreateToken
		return http.DefaultClient.Do(r)
	}
	c.steps.at(stepSending)
	resp, err := http.DefaultClient.Do(r)
	c.steps.at(stepResponse)
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

func TestHundredProcesses(t *testing.T) {
	w := newWorld(t, func(o *idctest.Options) { o.Latency = 100 * time.Millisecond })
	w.expire()
	roles := []string{"Developer", "Auditor"}
	w.retrieveAtOnce(100, roles, "")
	w.Count("CreateToken", 1)
	w.Count("GetRoleCredentials", len(roles))
}

// retrieveAtOnce runs n processes that get credentials of the roles. All succeed without a warning.
func (w *world) retrieveAtOnce(n int, roles []string, store string) {
	w.T.Helper()
	children := make([]*process, n)
	for i := range children {
		p := w.Profile()
		p.RoleName, p.Session.TokenStore = roles[i%len(roles)], store
		children[i] = w.child(childSettings{Profile: p, Roles: w.Roles})
	}
	for _, c := range children {
		if code := c.exit(); code != 0 || strings.Contains(c.stderr.String(), "WARN") {
			w.T.Errorf("exit code %d\n%s", code, c.stderr.String())
		}
	}
}

// TestHundredProcessesWithoutSignIn: all processes together send one request per 30 seconds.
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
		t.Errorf("%d CreateToken calls, want 1 to %d", got, most)
	}
}

// TestKilledAtEachStep kills a process at each step of a refresh. The file is complete, the lock is
// free, and the next process succeeds, or reports that the user must sign in if the response was
// lost.
func TestKilledAtEachStep(t *testing.T) {
	t.Parallel()
	for step, want := range map[string]struct{ code, calls int }{
		stepLock:        {0, 1},
		stepLocked:      {0, 1},
		stepLoaded:      {0, 1},
		stepChecked:     {0, 1},
		stepLockSending: {0, 1},
		stepUnused:      {0, 1},
		stepSending:     {0, 1},
		stepResponse:    {3, 2},
		stepStoring:     {3, 2},
		stepStored:      {0, 1},
	} {
		t.Run(step, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.expire()
			victim := w.child(childSettings{StopAt: step})
			victim.reach(step)
			victim.kill()
			w.Token() // fails the test if the file is damaged

			next := w.child(childSettings{LockTimeout: 10 * time.Second})
			if code := next.exit(); code != want.code {
				t.Errorf("exit code %d of the next process, want %d\n%s", code, want.code, next.stderr.String())
			}
			if strings.Contains(next.stderr.String(), "without the lock") {
				t.Errorf("the lock is still held:\n%s", next.stderr.String())
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

// impatient starts processes that wait at most a second for a lock.
func (w *world) impatient(n int) []*process {
	w.T.Helper()
	processes := make([]*process, n)
	for i := range processes {
		processes[i] = w.child(childSettings{LockTimeout: stuckAfter})
	}
	return processes
}

// wake resumes a stopped process. There must have been only one refresh, and the next one must succeed.
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
		w.T.Error("the sign-in was lost")
	}
}

// TestStoppedHolder stops a process before it sends the refresh token. Other processes continue
// without it, one at a time, and it does not send the consumed refresh token when it resumes.
func TestStoppedHolder(t *testing.T) {
	t.Parallel()
	for _, step := range []string{stepLocked, stepLoaded, stepChecked, stepLockSending} {
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
			if !strings.Contains(said, "continuing without the lock") {
				t.Errorf("no warning about the lock:\n%s", said)
			}
			w.wake(holder)
		})
	}
}

// TestStoppedDuringRefresh stops a process between its last check and the end of the refresh. No
// other process sends the refresh token, and the response is stored when the process resumes.
func TestStoppedDuringRefresh(t *testing.T) {
	t.Parallel()
	for _, step := range []string{stepUnused, stepSending, stepResponse, stepStoring} {
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

// TestStoppedDuringEarlyRefresh: other processes use the token while it is valid.
func TestStoppedDuringEarlyRefresh(t *testing.T) {
	w := newWorld(t)
	w.Edit(func(tok *tokencache.Token) { tok.ExpiresAt = time.Now().Add(3 * time.Minute) })
	holder := w.stoppedAt(stepSending)
	other := w.child(childSettings{LockTimeout: stuckAfter})
	if code := other.exit(); code != 0 {
		t.Errorf("exit code %d\n%s", code, other.stderr.String())
	}
	w.Count("CreateToken", 0)
	holder.kill()
}

// TestKilledInFlight: the request of a killed process may still be in flight. The next process waits
// for it before it sends its own.
func TestKilledInFlight(t *testing.T) {
	w := newWorld(t)
	w.expire()
	w.Server.Fail("CreateToken", idctest.Fault{Hang: true})
	victim := w.child(childSettings{})
	for w.Server.Count("CreateToken") == 0 {
		time.Sleep(time.Millisecond)
	}
	victim.kill()

	next := w.child(childSettings{Arrive: time.Hour, StopAt: stepUnused})
	next.reach(stepUnused) // polling for the token
	w.writeWhole(w.Server.SignIn())
	next.goOn()
	if code := next.exit(); code != 0 {
		t.Errorf("exit code %d\n%s", code, next.stderr.String())
	}
	w.Count("CreateToken", 1)
}

// TestOutage: all processes that wait for a failed request share its error. A later process sends its
// own request.
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
			settings := childSettings{Profile: once, StopAt: stepResponse}
			if tt.fault.Hang {
				settings.Call = time.Second
			}
			first := w.child(settings)
			first.reach(stepResponse)

			others := make([]*process, crowd)
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
				t.Error("the later process sent no request")
			}
		})
	}
}

// TestRandomKills repeatedly refreshes in many processes and kills some of them at random times.
func TestRandomKills(t *testing.T) {
	w := newWorld(t, func(o *idctest.Options) { o.Latency = 5 * time.Millisecond })
	stop, done := make(chan struct{}), make(chan struct{})
	go func() { // the file always holds a complete token
		defer close(done)
		for {
			select {
			case <-stop:
				return
			case <-time.After(time.Millisecond):
			}
			data, err := atomicfile.Read(w.T.Context(), w.Tokens.Path("corp"), 1<<20)
			if err == nil {
				_, err = tokencache.Parse(data)
			}
			if err != nil {
				t.Errorf("damaged token file: %v", err)
				return
			}
		}
	}()
	defer func() { close(stop); <-done }()

	rounds, kills, lost := 0, 0, 0
	for end := time.Now().Add(*soak); time.Now().Before(end) && !t.Failed(); rounds++ {
		w.expire()
		kills += w.round(2)
		// A killed process may have lost a response, or its request may have arrived after
		// that of the next process. A refresh shows whether the sign-in was lost.
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
	if rounds >= 20 && lost == rounds { // about one in six is lost
		t.Error("no sign-in survived the kills")
	}
	temps, err := filepath.Glob(filepath.Join(string(w.Tokens), ".*.tmp"))
	if err != nil || len(temps) > kills {
		t.Errorf("%d temporary files after %d kills, %v", len(temps), kills, err)
	}
}

// round starts some processes, kills some of them, and returns the number killed. The others must
// succeed, unless a killed process lost the response.
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

// writeWhole stores a new sign-in in the cache atomically.
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
