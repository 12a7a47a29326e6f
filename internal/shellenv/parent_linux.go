package shellenv

import (
	"fmt"
	"os"
	"strings"
)

// parentProgram returns the program name of the parent process; empty if it is unknown.
func parentProgram() string {
	name, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", os.Getppid()))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(name))
}
