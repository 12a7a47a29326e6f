package shellenv

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// Detect returns the shell that started this process: the parent process if it is a known shell,
// else $SHELL, else Default.
func Detect() Shell {
	for _, path := range []string{parentProgram(), os.Getenv("SHELL")} {
		if s, ok := Parse(programName(path)); ok {
			return s
		}
	}
	return Default()
}

// Default returns the default shell of the operating system.
func Default() Shell {
	if runtime.GOOS == "windows" {
		return PowerShell
	}
	return Sh
}

// programName returns the base name of a program, without the leading dash of a login shell and .exe.
func programName(path string) string {
	name := strings.ToLower(filepath.Base(path))
	return strings.TrimSuffix(strings.TrimPrefix(name, "-"), ".exe")
}
