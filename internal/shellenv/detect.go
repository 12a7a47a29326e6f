package shellenv

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// Detect returns the shell that this process was started from: the program of its parent, else $SHELL, else the
// usual one of the system.
func Detect() Shell {
	for _, path := range []string{parentProgram(), os.Getenv("SHELL")} {
		if s, ok := Parse(programName(path)); ok {
			return s
		}
	}
	return Default()
}

// Default returns the usual shell of the system.
func Default() Shell {
	if runtime.GOOS == "windows" {
		return PowerShell
	}
	return Sh
}

// programName returns the name of a program without its path, the dash of a login shell and the extension of
// Windows.
func programName(path string) string {
	name := strings.ToLower(filepath.Base(path))
	return strings.TrimSuffix(strings.TrimPrefix(name, "-"), ".exe")
}
