package command

import (
	"os/exec"
	"syscall"
)

// detach starts a process in a new process group: Ctrl-C must not close the user's browser.
func detach(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
}
