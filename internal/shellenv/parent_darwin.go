package shellenv

import (
	"bytes"
	"os"

	"golang.org/x/sys/unix"
)

// parentProgram returns the program name of the parent process; empty if it is unknown.
func parentProgram() string {
	process, err := unix.SysctlKinfoProc("kern.proc.pid", os.Getppid())
	if err != nil {
		return ""
	}
	name, _, _ := bytes.Cut(process.Proc.P_comm[:], []byte{0})
	return string(name)
}
