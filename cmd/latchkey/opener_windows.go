package main

import (
	"os/exec"
	"syscall"
)

// detach keeps a Ctrl-C in the console from a browser.
func detach(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
}
