package redis_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/aws/smithy-go/logging"

	"github.com/latchkey-sso/latchkey/idctest"
	"github.com/latchkey-sso/latchkey/ssotoken"
	"github.com/latchkey-sso/latchkey/tokencache/redis"
)

// machineArgument is the first argument of a process that world.start starts.
const machineArgument = "machine"

// runMachine is the process that world.start starts. It refreshes the sign-in, or holds the sending lock until it is
// killed.
func runMachine(args []string) int {
	what, addr, key, url, startURL, region := args[0], args[1], args[2], args[3], args[4], args[5]
	lease := time.Minute
	if what == "lock" {
		lease = time.Second
	}
	client, err := newMachine(addr, key, lease)
	if err == nil && what == "lock" {
		if _, err = client.Tokens().LockSending(context.Background(), session); err == nil {
			select {}
		}
	}
	var source *ssotoken.Source
	if err == nil {
		source, err = makeSource(client, url, startURL, region)
	}
	if err == nil {
		_, err = source.Token(context.Background())
	}
	if err != nil {
		fmt.Println(err)
		return 1
	}
	return 0
}

func newMachine(addr, key string, lease time.Duration) (*redis.Client, error) {
	keys, err := redis.ParseKeys([]byte(key))
	if err != nil {
		return nil, err
	}
	return redis.New(redis.Options{Addrs: []string{addr}, Keys: keys, Timeout: 15 * time.Second, Lease: lease})
}

// start starts a process of another machine.
func (w *world) start(what string) *exec.Cmd {
	w.t.Helper()
	cmd := exec.CommandContext(w.t.Context(), os.Args[0], machineArgument, what, w.redis.Addr(), w.key, w.idc.URL(), w.signIn.StartURL, w.signIn.Region)
	cmd.Stdout = &strings.Builder{}
	if err := cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	return cmd
}

// TestMachineStopped: a process is stopped with SIGSTOP after it has sent the refresh token, for longer than its
// lease. When it continues, it stores the new token, which the others wait for.
func TestMachineStopped(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sent, respond := w.holdRefresh()
	stopped := w.start("refresh")
	sent()
	at := time.Now()
	_ = stopped.Process.Signal(syscall.SIGSTOP)
	w.endLeases()
	// The others wait for seconds, so that the clock of this one stops. It is set back when it begins to wait: then it
	// waits long enough for the process on any machine.
	clock := atomic.Pointer[time.Time]{}
	setClock := func(now time.Time) { clock.Store(&now) }
	setClock(at.Add(time.Second))
	continued := logging.LoggerFunc(func(_ logging.Classification, format string, _ ...any) {
		if strings.Contains(format, "waiting for the request of a killed process") {
			setClock(at.Add(-45 * time.Second))
			_ = stopped.Process.Signal(syscall.SIGCONT)
			respond()
		}
	})
	token := w.token(w.source(w.client(), func(o *ssotoken.Options) {
		o.Now, o.Logger = func() time.Time { return *clock.Load() }, continued
	}))
	if err := stopped.Wait(); err != nil {
		t.Errorf("the stopped process: %v, %v", err, stopped.Stdout)
	}
	w.wantRefreshes(1)
	if w.stored().AccessToken != token.AccessToken {
		t.Error("the machines have different tokens")
	}
}

// TestMachineKilled: the lock of a process that was killed is free after its lease.
func TestMachineKilled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	killed := w.start("lock")
	_, _, _, sending := w.client().Tokens().Names(session)
	await(t, "the process has the lock", func() bool { return w.redis.Do("EXISTS", sending) == ":1" })
	_ = killed.Process.Kill()
	_ = killed.Wait()
	w.token(w.source(w.client()))
	w.wantRefreshes(1)
}

// TestResponseLost: a process is killed after it has sent the refresh token. Only a new sign-in helps.
func TestResponseLost(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.idc.Fail("CreateToken", idctest.Fault{Hang: true, AfterEffect: true})
	killed := w.start("refresh")
	await(t, "the refresh token is sent", func() bool { return w.idc.Count("CreateToken") == 1 })
	_ = killed.Process.Kill()
	_ = killed.Wait()
	w.endLeases()
	w.wantLoginRequired(w.source(w.client()))
	w.store(w.client(), -time.Minute) // the user signs in again
	w.token(w.source(w.client()))
}
