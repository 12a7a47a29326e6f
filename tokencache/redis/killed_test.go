package redis_test

import (
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/idctest"
	"github.com/latchkey-sso/latchkey/internal/redistest"
)

const killedMembers = 8

// TestServerKilled kills the server at random times, while processes refresh tokens that live for two seconds. No process
// gets a wrong token, and no refresh token is sent twice. If the server saves its writes, no sign-in is lost.
func TestServerKilled(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		args  []string
		saves bool
	}{
		"append-only file": {[]string{"--appendonly", "yes"}, true},
		"in memory":        {nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFleet(t, redistest.Start(t, tt.args...), func(o *idctest.Options) { o.AccessTokenTTL = 2 * time.Second })
			f.member.Until = time.Now().Add(*soak)
			var processes []*process
			for range killedMembers {
				processes = append(processes, f.start(exec.CommandContext(t.Context(), os.Args[0])))
			}
			kills := 0
			for ; time.Now().Before(f.member.Until); kills++ {
				time.Sleep(rand.N(1500 * time.Millisecond))
				f.redis.Kill()
				time.Sleep(rand.N(time.Second))
				f.redis.Run()
				if !tt.saves {
					f.signIn()
				}
			}
			tokens, lost := f.check(processes)
			if tt.saves && lost > 0 {
				t.Errorf("the sign-in was lost %d times", lost)
			}
			t.Logf("%d kills, %d refreshes, %d tokens; %d times, a process found no sign-in", kills, f.center.Count("CreateToken"), tokens, lost)
		})
	}
}

// TestServerDisturbed does at random what operators, other programs and overload do to a server, while processes refresh
// tokens. All is over before a call fails, so no process notices.
func TestServerDisturbed(t *testing.T) {
	t.Parallel()
	f := newFleet(t, redistest.Start(t), func(o *idctest.Options) { o.AccessTokenTTL = 2 * time.Second })
	f.member.Until = time.Now().Add(*soak)
	var processes []*process
	for range killedMembers {
		processes = append(processes, f.start(exec.CommandContext(t.Context(), os.Args[0])))
	}
	disturbances := [][]string{
		{"CLIENT", "KILL", "TYPE", "normal"},
		{"CLIENT", "KILL", "TYPE", "pubsub"},
		{"CLIENT", "PAUSE", "700"},
		{"SCRIPT", "FLUSH"},
	}
	n := 0
	for ; time.Now().Before(f.member.Until); n++ {
		time.Sleep(rand.N(400 * time.Millisecond))
		f.redis.Do(disturbances[rand.N(len(disturbances))]...)
	}
	tokens, lost := f.check(processes)
	if lost > 0 || f.failed > 0 {
		t.Errorf("the sign-in was lost %d times, and processes had %d kinds of errors", lost, f.failed)
	}
	t.Logf("%d disturbances, %d refreshes, %d tokens", n, f.center.Count("CreateToken"), tokens)
}

// check waits for the processes. It returns how many tokens they got, and how often they needed a sign-in.
func (f *fleet) check(processes []*process) (tokens, lost int) {
	f.Helper()
	for _, p := range processes {
		r, err := p.report()
		if err != nil {
			f.Error(err)
			continue
		}
		tokens += r.Tokens
		for reason, n := range r.Lost {
			if lost += n; reason != "not signed in" {
				f.Errorf("%d times: %s", n, reason)
			}
		}
		for _, wrong := range r.Wrong {
			f.Errorf("wrong token: %s", wrong)
		}
		for kind, example := range r.Failed {
			f.failed++
			f.Logf("%s: %s", kind, example)
		}
	}
	if n := f.rejected(); n > 0 {
		f.Errorf("%d refresh tokens were sent twice", n)
	}
	if tokens == 0 {
		f.Error("no process got a token")
	}
	return tokens, lost
}
