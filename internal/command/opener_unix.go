//go:build !windows

package command

import (
	"os/exec"
	"syscall"
)

// detach starts a process in a new session: Ctrl-C in the terminal must not close the
// user's browser, and a text browser must not take the terminal.
func detach(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }
