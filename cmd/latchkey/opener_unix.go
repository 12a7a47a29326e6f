//go:build !windows

package main

import (
	"os/exec"
	"syscall"
)

// detach keeps a Ctrl-C in the terminal from a browser, which may be one with other pages
// open, and the terminal from a text browser.
func detach(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }
