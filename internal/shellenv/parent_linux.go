package shellenv

import (
	"fmt"
	"os"
	"strings"
)

// parentProgram returns the name of the program of the parent process; empty if it cannot be told.
func parentProgram() string {
	name, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", os.Getppid()))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(name))
}
