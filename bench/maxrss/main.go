// Command maxrss runs a program and prints the most memory that it had resident, in bytes; 0 on Windows:
//
//	maxrss PROGRAM [ARGUMENT]...
//
// Linux counts the memory of the process that starts a program as the program's own, so a large process cannot measure
// a small one. This one links nothing.
package main

import (
	"fmt"
	"os"
	"os/exec"
)

func main() {
	cmd := exec.Command(os.Args[1], os.Args[2:]...) //nolint:gosec,noctx // it runs what it is told to
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "maxrss:", err)
		os.Exit(1)
	}
	fmt.Println(maxRSS(cmd.ProcessState))
}
