package filelock_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/latchkey-sso/latchkey/internal/filelock"
	"github.com/latchkey-sso/latchkey/internal/filetest"
)

// Roles of the test binary when a test runs it as a child process.
const (
	roleVariable = "FILELOCK_TEST_ROLE"
	pathVariable = "FILELOCK_TEST_PATH"
)

func TestMain(m *testing.M) {
	switch os.Getenv(roleVariable) {
	case "hold":
		hold()
	case "count":
		count()
	case "wait":
		_, _ = io.Copy(io.Discard, os.Stdin) // until the test closes stdin
	default:
		os.Exit(m.Run())
	}
}

// hold acquires the lock, starts a child that outlives it, and waits to be killed.
func hold() {
	unlock, err := filelock.Lock(context.Background(), os.Getenv(pathVariable))
	if err != nil {
		panic(err)
	}
	defer unlock() // never runs, but keeps the lock from being garbage-collected
	child := self("wait", "")
	child.Stdin = os.Stdin
	if err := child.Start(); err != nil {
		panic(err)
	}
	_, _ = io.WriteString(os.Stdout, "locked\n")
	time.Sleep(time.Hour)
}

// count appends to a file many times, in two steps that the lock must make atomic.
func count() {
	path := os.Getenv(pathVariable)
	for range 50 {
		unlock, err := filelock.Lock(context.Background(), path+".lock")
		if err != nil {
			panic(err)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			panic(err)
		}
		if err := os.WriteFile(path, append(data, 'x'), 0o600); err != nil {
			panic(err)
		}
		unlock()
	}
}

// self returns a command that runs the test binary in a role.
func self(role, path string) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), roleVariable+"="+role, pathVariable+"="+path)
	cmd.Stderr = os.Stderr
	return cmd
}

func TestLockCreatesFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "b", "x.lock")
	unlock := mustLock(t, path)
	filetest.WantMode(t, path, 0o600)
	filetest.WantMode(t, filepath.Dir(path), fs.ModeDir|0o700)
	filetest.WantMode(t, filepath.Dir(filepath.Dir(path)), fs.ModeDir|0o700)
	unlock()
	filetest.WantMode(t, path, 0o600) // unlock does not remove the file
}

func TestLockExcludesGoroutines(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.lock")
	var inside, total atomic.Int32
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			for range 20 {
				unlock, err := filelock.Lock(t.Context(), path)
				if err != nil {
					t.Error(err)
					return
				}
				if n := inside.Add(1); n != 1 {
					t.Errorf("%d goroutines hold the lock", n)
				}
				total.Add(1)
				inside.Add(-1)
				unlock()
			}
		})
	}
	wg.Wait()
	if total.Load() != 200 {
		t.Errorf("%d locks taken, want 200", total.Load())
	}
}

// TestUnlockTwice: calling unlock again does not release the lock of the next holder.
func TestUnlockTwice(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.lock")
	first := mustLock(t, path)
	first()
	second := mustLock(t, path)
	first()
	wantHeld(t, path)
	second()
	mustLock(t, path)()
}

func TestLockContextDone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.lock")
	defer mustLock(t, path)()

	t.Run("already done", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := filelock.Lock(ctx, filepath.Join(t.TempDir(), "free.lock"))
		if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "free.lock") {
			t.Errorf("Lock: %v", err)
		}
	})
	t.Run("deadline", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			start := time.Now()
			_, err := filelock.Lock(ctx, path)
			if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), path) {
				t.Errorf("Lock: %v", err)
			}
			if waited := time.Since(start); waited != time.Second {
				t.Errorf("Lock returned after %v, want the deadline", waited)
			}
		})
	})
	t.Run("canceled", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(time.Second, cancel)
			if _, err := filelock.Lock(ctx, path); !errors.Is(err, context.Canceled) {
				t.Errorf("Lock: %v", err)
			}
		})
	})
}

// TestLockWaits: Lock acquires a released lock within the longest wait.
func TestLockWaits(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.lock")
	synctest.Test(t, func(t *testing.T) {
		for _, held := range []time.Duration{time.Millisecond, 500 * time.Millisecond} {
			unlock := mustLock(t, path)
			time.AfterFunc(held, unlock)
			start := time.Now()
			mustLock(t, path)()
			if waited := time.Since(start); waited < held || waited > held+10*time.Millisecond {
				t.Errorf("lock held for %v, acquired after %v", held, waited)
			}
		}
	})
}

func TestLockExcludesProcesses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "count")
	filetest.Write(t, path, "")
	commands := make([]*exec.Cmd, 4)
	for i := range commands {
		commands[i] = self("count", path)
		if err := commands[i].Start(); err != nil {
			t.Fatal(err)
		}
	}
	for _, cmd := range commands {
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	}
	data, err := os.ReadFile(path)
	if err != nil || len(data) != 200 {
		t.Errorf("counted %d, %v; want 200", len(data), err)
	}
}

// TestLockReleasedOnExit kills the holder. Its child survives, but does not inherit the lock.
func TestLockReleasedOnExit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.lock")
	keepAlive, stdin, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer keepAlive.Close()
	defer stdin.Close() // makes the holder's child exit

	holder := self("hold", path)
	holder.Stdin = keepAlive
	stdout, err := holder.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := holder.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = holder.Process.Kill() })
	if line, err := bufio.NewReader(stdout).ReadString('\n'); line != "locked\n" {
		t.Fatalf("the holder printed %q, %v", line, err)
	}
	wantHeld(t, path)

	if err := holder.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = holder.Wait() // killed: the error is expected
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	unlock, err := filelock.Lock(ctx, path)
	if err != nil {
		t.Fatalf("the lock is still held after its holder was killed: %v", err)
	}
	unlock()
}

func TestLockErrors(t *testing.T) {
	root := t.TempDir()
	file := filepath.Join(root, "file")
	filetest.Write(t, file, "")
	for name, path := range map[string]string{
		"file for a parent":      filepath.Join(file, "x.lock"),
		"file for a grandparent": filepath.Join(file, "dir", "x.lock"),
		"directory":              root,
	} {
		unlock, err := filelock.Lock(t.Context(), path)
		if err == nil || unlock != nil {
			t.Errorf("%s: Lock succeeded", name)
			continue
		}
		if !strings.Contains(err.Error(), path) {
			t.Errorf("%s: the error does not name %s: %v", name, path, err)
		}
	}
}

func mustLock(t *testing.T, path string) (unlock func()) {
	t.Helper()
	unlock, err := filelock.Lock(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	return unlock
}

// wantHeld checks that the lock is held.
func wantHeld(t *testing.T, path string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	if unlock, err := filelock.Lock(ctx, path); err == nil {
		unlock()
		t.Error("the lock is not held")
	}
}
