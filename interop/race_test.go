package interop

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/latchkey-sso/latchkey/idctest"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// goSDKVariable makes this test binary a program that gets credentials of the
// profile it names with the official Go SDK alone.
const goSDKVariable = "LATCHKEY_INTEROP_GOSDK"

func TestMain(m *testing.M) {
	if profile := os.Getenv(goSDKVariable); profile != "" {
		os.Exit(goSDK(profile))
	}
	code := m.Run()
	if binaries != "" {
		_ = os.RemoveAll(binaries)
	}
	os.Exit(code)
}

func goSDK(profile string) int {
	ctx := context.Background()
	cfg, err := config.LoadDefaultConfig(ctx, config.WithSharedConfigProfile(profile))
	if err == nil {
		_, err = cfg.Credentials.Retrieve(ctx)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// TestRaceGoSDK starts our processes and the Go SDK's at once, on an expired
// token that the server rotates. The SDK takes no lock and loses most of its own
// processes; none of ours may fail.
func TestRaceGoSDK(t *testing.T) {
	w := newWorld(t, func(o *idctest.Options) { o.Latency = 50 * time.Millisecond })
	w.race(t, 20*time.Millisecond, func() *exec.Cmd {
		cmd := exec.CommandContext(t.Context(), os.Args[0])
		cmd.Env = append(os.Environ(), goSDKVariable+"=dev")
		return cmd
	})
}

// race runs rounds of processes: six of the peer's, and six of ours, spread over
// the time in which the peer's get going.
func (w *world) race(t *testing.T, spread time.Duration, peer func() *exec.Cmd) {
	t.Helper()
	const rounds, each = 5, 6
	theirs := 0
	for range rounds {
		w.signInAgain(t)
		w.expire(t)
		var wg sync.WaitGroup
		var mu sync.Mutex
		for range each {
			their := peer()
			wg.Go(func() {
				if their.Run() == nil {
					mu.Lock()
					theirs++
					mu.Unlock()
				}
			})
			ours := exec.CommandContext(t.Context(), w.command, "credential-process", "--profile", "dev")
			var stderr bytes.Buffer
			ours.Stderr = &stderr
			wg.Go(func() {
				time.Sleep(rand.N(spread))
				if err := ours.Run(); err != nil {
					t.Errorf("one of ours failed: %v\n%s", err, stderr.String())
				}
			})
		}
		wg.Wait()
	}
	t.Logf("%d of %d processes of the peer got credentials, and all of ours", theirs, rounds*each)
}

// signInAgain puts a new sign-in into the token cache and empties the role
// cache.
func (w *world) signInAgain(t *testing.T) {
	t.Helper()
	tok, err := tokencache.Parse(w.server.SignIn().TokenFile())
	if err != nil {
		t.Fatal(err)
	}
	if err := w.tokens().Store(t.Context(), "corp", tok); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(w.File("cli")); err != nil {
		t.Fatal(err)
	}
}
