package redistest

import "syscall"

// dieWithTest makes the kernel kill a process with the test, even if the test panics or times out.
func dieWithTest() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
