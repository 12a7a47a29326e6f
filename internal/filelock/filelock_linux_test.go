package filelock_test

import (
	"context"
	"os"
	"path/filepath"
	"runtime/debug"
	"syscall"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/internal/filelock"
)

// TestLockClosesFile: a lock that is released, or was not acquired, keeps no file open.
func TestLockClosesFile(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // which closes files
	path := filepath.Join(t.TempDir(), "x.lock")
	unlock := mustLock(t, path)
	if got := timesOpen(t, path); got != 1 {
		t.Errorf("open %d times for one lock", got)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	if _, err := filelock.Lock(ctx, path); err == nil {
		t.Error("Lock acquired a held lock")
	}
	unlock()
	for range 60_000 { // on a busy machine, Lock may time out before the file is closed
		if timesOpen(t, path) == 0 {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Error("the file is still open")
}

func TestLockNamedPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.lock")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := filelock.Lock(t.Context(), path); err == nil {
		t.Error("Lock accepted a named pipe")
	}
}

// timesOpen counts how often this process has a file open.
func timesOpen(t *testing.T, path string) (n int) {
	t.Helper()
	const dir = "/proc/self/fd"
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if target, err := os.Readlink(filepath.Join(dir, f.Name())); err == nil && target == path {
			n++
		}
	}
	return n
}
