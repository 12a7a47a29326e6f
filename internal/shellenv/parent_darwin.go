package shellenv

import (
	"bytes"
	"os"

	"golang.org/x/sys/unix"
)

// parentProgram returns the name of the program of the parent process; empty if it cannot be told.
func parentProgram() string {
	process, err := unix.SysctlKinfoProc("kern.proc.pid", os.Getppid())
	if err != nil {
		return ""
	}
	name, _, _ := bytes.Cut(process.Proc.P_comm[:], []byte{0})
	return string(name)
}
