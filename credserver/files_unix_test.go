//go:build unix

package credserver

import (
	"syscall"
	"testing"
)

// TestConnectionsLeaveFiles: connections use at most half of the files that the process may open.
func TestConnectionsLeaveFiles(t *testing.T) {
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &before); err != nil {
		t.Fatal(err)
	}
	lower := before
	lower.Cur = 300
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &lower); err != nil {
		t.Fatal(err)
	}
	s, _ := listen(t)
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &before); err != nil {
		t.Fatal(err)
	}
	if s.connections.max != 150 {
		t.Errorf("%d connections, with 300 files", s.connections.max)
	}
}
