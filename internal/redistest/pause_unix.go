//go:build unix

package redistest

import (
	"sync"
	"syscall"
)

// Pause stops the process with SIGSTOP, and returns a function that lets it continue.
func (s *Server) Pause() (resume func()) {
	s.tb.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		s.tb.Fatal(err)
	}
	resume = sync.OnceFunc(func() { _ = s.cmd.Process.Signal(syscall.SIGCONT) })
	s.tb.Cleanup(resume)
	return resume
}
