package command

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"syscall"

	"github.com/latchkey-sso/latchkey/internal/child"
)

// exitError is the failure of a program that the command ran. The command exits the same way, without
// a message.
type exitError struct {
	code   int
	signal os.Signal // that killed the program; nil if it exited by itself
}

func (e *exitError) Error() string { return fmt.Sprintf("the program exited with code %d", e.code) }

// runChild runs a program as a child process and forwards signals to it. The error is an
// *exitError if the program failed.
func runChild(cmd *exec.Cmd) error {
	state, err := child.Run(cmd)
	if err != nil {
		return err
	}
	if s := child.Signal(state); s != nil {
		number, _ := s.(syscall.Signal)
		return &exitError{code: 128 + int(number), signal: s} // as shells report it
	}
	if code := state.ExitCode(); code != 0 {
		return &exitError{code: code}
	}
	return nil
}

// exit returns the program's exit code. If SIGINT, SIGTERM or SIGHUP killed the program, it kills this
// process too: a shell then stops a script that was interrupted.
func (e *exitError) exit() int {
	if slices.Contains([]os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP}, e.signal) {
		endBy(e.signal)
	}
	return e.code
}
