// Package child runs a program as a child process that stands in for this one: signals reach
// it, and this process outlives it.
package child

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
)

// Run starts cmd and waits until it exits. Signals that end this process by default are passed on
// to the child instead, except those that the terminal has sent to both. The error is not nil
// only if the program could not be started or waited for: an exit code other than 0 and death by
// a signal are in the state.
func Run(cmd *exec.Cmd) (*os.ProcessState, error) {
	// Caught from before the start: a signal in between must not leave the child on its own.
	received := make(chan os.Signal, 16)
	signal.Notify(received, forwarded()...)
	defer signal.Stop(received)
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start program: %w", err)
	}
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

// forward passes signals on until done is closed.
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
