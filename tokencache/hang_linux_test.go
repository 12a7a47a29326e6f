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

// hangs are system calls that hang in a file system whose server is gone, and the methods that
// must give up then.
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

// TestHungFileSystem: a context bounds every method, whatever hangs.
func TestHungFileSystem(t *testing.T) {
	const variable = "TOKENCACHE_HANG"
	if name := os.Getenv(variable); name != "" {
		if err := giveUp(tokencache.Dir(os.Getenv(variable+"_DIR")), hangs[name].number, hangs[name].methods); err != nil {
			t.Fatal(err)
		}
		// The hung calls would keep the test from returning.
		_, _ = os.Stdout.WriteString("all gave up\n")
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
			if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "all gave up") {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

// giveUp calls every method while the system call of that number hangs. The listed methods must
// fail when their context is done.
func giveUp(dir tokencache.Dir, number uintptr, methods []string) error {
	key := tokencache.RegistrationKey{StartURL: "s"}
	registration := &tokencache.Registration{ClientID: "i", ClientSecret: "s", ExpiresAt: time.Unix(2e9, 0)}
	if err := dir.StoreRegistration(context.Background(), key, registration); err != nil {
		return err
	}
	if err := faulttest.Hang(number); err != nil {
		return err
	}
	for _, method := range []struct {
		name string
		call func(context.Context) error
	}{ // what deletes comes last
		{"Load", func(ctx context.Context) error { _, err := dir.Load(ctx, "s"); return err }},
		{"Store", func(ctx context.Context) error { return dir.Store(ctx, "s", cliToken()) }},
		{"Lock", func(ctx context.Context) error { _, err := dir.Lock(ctx, "s"); return err }},
		{"LockedSince", func(ctx context.Context) error { _, err := dir.LockedSince(ctx, "s"); return err }},
		{"CheckWritable", func(ctx context.Context) error { return dir.CheckWritable(ctx, "s") }},
		{"CheckPrivate", dir.CheckPrivate},
		{"Entries", func(ctx context.Context) error { _, err := dir.Entries(ctx); return err }},
		{"LoadRegistration", func(ctx context.Context) error { _, err := dir.LoadRegistration(ctx, key); return err }},
		{"StoreNote", func(ctx context.Context) error {
			return dir.StoreNote(ctx, "s", "rt", tokencache.RefreshNote{At: time.Unix(1e9, 0), Outcome: tokencache.RefreshRejected})
		}},
		{"LoadNote", func(ctx context.Context) error { _, err := dir.LoadNote(ctx, "s", "rt"); return err }},
		{"Sweep", func(ctx context.Context) error { _, err := dir.Sweep(ctx); return err }},
		{"Delete", func(ctx context.Context) error { return dir.Delete(ctx, "s") }},
	} {
		ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
		err := method.call(ctx)
		cancel()
		if slices.Contains(methods, method.name) && !errors.Is(err, context.DeadlineExceeded) {
			return errors.Join(errors.New(method.name+" does not give up"), err)
		}
	}
	return nil
}
