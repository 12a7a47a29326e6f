//go:build !linux

package redistest

import "syscall"

// dieWithTest does nothing: only Linux can kill a process with its parent.
func dieWithTest() *syscall.SysProcAttr { return nil }
