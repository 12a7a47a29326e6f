package filelock_test

import (
	"context"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/latchkey-sso/latchkey/internal/filelock"
)

// TestLockClosesFile: a released or canceled lock keeps no file open.
func TestLockClosesFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.lock")
	before := openFiles(t)
	unlock := mustLock(t, path)
	if got := openFiles(t); got != before+1 {
		t.Errorf("%d files open for one lock", got-before)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if _, err := filelock.Lock(ctx, path); err == nil {
			t.Error("Lock acquired a held lock")
		}
	}()
	cancel()
	<-done
	unlock()
	if got := openFiles(t); got != before {
		t.Errorf("%d files still open", got-before)
	}
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

func openFiles(t *testing.T) int {
	t.Helper()
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(files)
}
