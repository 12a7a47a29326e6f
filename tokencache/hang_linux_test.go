package tokencache_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/latchkey-sso/latchkey/internal/atomicfile/faulttest"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// hangs lists system calls that hang if the server of a network file system is down, and the
// methods that must time out.
var hangs = map[string]struct {
	number  uintptr
	methods []string
}{
	"flock":  {unix.SYS_FLOCK, []string{"Lock"}},
	"fsync":  {unix.SYS_FSYNC, []string{"CheckWritable", "Store"}},
	"rename": {unix.SYS_RENAMEAT, []string{"StoreNote", "Store"}},
	"unlink": {unix.SYS_UNLINKAT, []string{"CheckWritable", "Delete"}},
	"read":   {unix.SYS_READ, []string{"Load", "LoadNote", "LoadRegistration"}},
}

// TestHungFileSystem: every method returns when its context is done, even if a system call hangs.
func TestHungFileSystem(t *testing.T) {
	const variable = "TOKENCACHE_HANG"
	if name := os.Getenv(variable); name != "" {
		if err := giveUp(tokencache.Dir(os.Getenv(variable+"_DIR")), hangs[name].number, hangs[name].methods); err != nil {
			t.Fatal(err)
		}
		// The hung calls would keep the test from returning.
		_, _ = os.Stdout.WriteString("all timed out\n")
		syscall.Exit(0)
	}
	for name := range hangs {
		t.Run(name, func(t *testing.T) {
			dir := tokencache.Dir(t.TempDir())
			mustStore(t, dir, "s", cliToken())
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			cmd := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestHungFileSystem$")
			cmd.Env = append(os.Environ(), variable+"="+name, variable+"_DIR="+string(dir))
			if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "all timed out") {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

// giveUp calls every method while a system call hangs. The given methods must time out.
func giveUp(dir tokencache.Dir, number uintptr, methods []string) error {
	key := tokencache.RegistrationKey{StartURL: "s"}
	registration := &tokencache.Registration{ClientID: "i", ClientSecret: "s", ExpiresAt: time.Unix(2e9, 0)}
	note := tokencache.RefreshNote{At: time.Unix(1e9, 0), Outcome: tokencache.RefreshRejected}
	err := errors.Join(
		dir.StoreRegistration(context.Background(), key, registration),
		dir.StoreNote(context.Background(), "s", "rt", note),
	)
	if err != nil {
		return err
	}
	if err := faulttest.Hang(number); err != nil {
		return err
	}
	for _, method := range []struct {
		name string
		call func(context.Context) error
	}{ // methods that delete come last
		{"Load", func(ctx context.Context) error { _, err := dir.Load(ctx, "s"); return err }},
		{"Store", func(ctx context.Context) error { return dir.Store(ctx, "s", cliToken()) }},
		{"Lock", func(ctx context.Context) error { _, err := dir.Lock(ctx, "s"); return err }},
		{"LockedSince", func(ctx context.Context) error { _, err := dir.LockedSince(ctx, "s"); return err }},
		{"CheckWritable", func(ctx context.Context) error { return dir.CheckWritable(ctx, "s") }},
		{"CheckPrivate", dir.CheckPrivate},
		{"Entries", func(ctx context.Context) error { _, err := dir.Entries(ctx); return err }},
		{"LoadRegistration", func(ctx context.Context) error { _, err := dir.LoadRegistration(ctx, key); return err }},
		{"StoreNote", func(ctx context.Context) error { return dir.StoreNote(ctx, "s", "rt", note) }},
		{"LoadNote", func(ctx context.Context) error { _, err := dir.LoadNote(ctx, "s", "rt"); return err }},
		{"Sweep", func(ctx context.Context) error { _, err := dir.Sweep(ctx); return err }},
		{"Delete", func(ctx context.Context) error { return dir.Delete(ctx, "s") }},
	} {
		ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
		err := method.call(ctx)
		cancel()
		if slices.Contains(methods, method.name) && !errors.Is(err, context.DeadlineExceeded) {
			return errors.Join(errors.New(method.name+" did not time out"), err)
		}
	}
	return nil
}
