package command

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// TestSignalBeforeRefresh: after a signal, no refresh token is sent.
func TestSignalBeforeRefresh(t *testing.T) {
	s := newSignaled(t)
	unlock, err := s.tokens.Lock(t.Context(), "corp")
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	locks, err := filepath.Glob(filepath.Join(string(s.tokens), "*.lock"))
	if err != nil || len(locks) != 1 {
		t.Fatalf("locks %q, %v", locks, err)
	}
	opened := watchOpen(t, locks[0])
	cmd, stdout, stderr := s.start(os.Args[0], "latchkey", "credential-process", "--profile", "dev")
	opened() // it waits for the lock
	s.send(cmd, syscall.SIGINT)
	s.diedOf(cmd, syscall.SIGINT, stdout, stderr)
	if n := s.server.Count("CreateToken"); n > 0 {
		t.Errorf("%d CreateTokens", n)
	}
}

// watchOpen returns a function that waits until a process opens the file.
func watchOpen(t *testing.T, path string) (opened func()) {
	t.Helper()
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		t.Fatal(err)
	}
	events := os.NewFile(uintptr(fd), "inotify")
	t.Cleanup(func() { events.Close() })
	if _, err := unix.InotifyAddWatch(fd, path, unix.IN_OPEN); err != nil {
		t.Fatal(err)
	}
	return func() {
		t.Helper()
		if _, err := events.Read(make([]byte, unix.SizeofInotifyEvent+unix.PathMax)); err != nil {
			t.Fatal(err)
		}
	}
}
