// Package child runs a program as a child process that receives this process's signals.
package child

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
)

// Run starts cmd and waits until it exits. It forwards termination signals to the child, except those
// that the terminal has already sent to it. The error is not nil only if the program could not be
// started or waited for; the state has the exit code or signal.
func Run(cmd *exec.Cmd) (*os.ProcessState, error) {
	// Before starting the child: an earlier signal would orphan it.
	received := make(chan os.Signal, 16)
	signal.Notify(received, forwarded()...)
	defer signal.Stop(received)
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start program: %w", err)
	}
	defer tie(cmd.Process)()
	done := make(chan struct{})
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		forward(cmd.Process, received, done)
	}()
	err := cmd.Wait()
	close(done)
	<-stopped
	if cmd.ProcessState == nil {
		return nil, fmt.Errorf("wait for program: %w", err)
	}
	return cmd.ProcessState, nil
}

// forward forwards signals until done is closed.
func forward(process *os.Process, received <-chan os.Signal, done <-chan struct{}) {
	for {
		select {
		case <-done:
			return
		case s := <-received:
			if !sentToBoth(s) {
				_ = process.Signal(s) // it fails once the child has exited
			}
		}
	}
}
