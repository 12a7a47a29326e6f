package ssotoken_test

import (
	"strings"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/idctest"
	"github.com/latchkey-sso/latchkey/tokencache"
)

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
		children[i] = w.child(childSettings{Profile: p, Roles: w.Roles.Dir, LockTimeout: time.Minute})
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
		children[i] = w.child(childSettings{LockTimeout: time.Minute})
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

// impatient starts processes for which a lock that is held for a second is stuck.
func (w *world) impatient(n int, s childSettings) []*process {
	w.T.Helper()
	s.LockTimeout = stuckAfter
	processes := make([]*process, n)
	for i := range processes {
		processes[i] = w.child(s)
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
			for _, other := range w.impatient(5, childSettings{WaitToSend: true}) {
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

			for _, other := range w.impatient(3, childSettings{}) {
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
		fault   idctest.Fault
		timeOut bool
		reads   string
	}{
		"500":     {idctest.Fault{Status: 500, Code: "InternalServerException", Times: -1}, false, "InternalServerException"},
		"HTML":    {idctest.Fault{Status: 503, Body: []byte("<html>"), Times: -1}, false, "HTTP status 503"},
		"timeout": {idctest.Fault{Status: 500, Times: -1}, true, "no response within 5m0s"},
		"cut":     {idctest.Fault{Cut: true, Times: -1}, false, "EOF"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.expire()
			w.Server.Fail("CreateToken", tt.fault)
			once := w.Profile()
			once.MaxAttempts = 1
			others := make([]*process, crowd)
			for i := range others {
				others[i] = w.child(childSettings{Profile: once, StopAt: stepLock})
			}
			for _, other := range others {
				other.reach(stepLock)
			}
			first := w.child(childSettings{Profile: once, StopAt: stepResponse, TimeOut: tt.timeOut})
			first.reach(stepResponse)
			for _, other := range others {
				other.goOn()
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
