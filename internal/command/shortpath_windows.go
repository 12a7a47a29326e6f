package command

import (
	"strings"

	"golang.org/x/sys/windows"
)

// withoutBlanks returns the short form of a path with blanks, such as C:\PROGRA~1. The Go SDK passes
// the command to cmd.exe with its quotes escaped, so that a program in quotes is not found.
func withoutBlanks(path string) string {
	if !strings.Contains(path, " ") {
		return path
	}
	long, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return path
	}
	short := make([]uint16, windows.MAX_LONG_PATH)
	n, err := windows.GetShortPathName(long, &short[0], windows.MAX_LONG_PATH)
	if err != nil || int(n) > len(short) {
		return path // the file system has no short names
	}
	return windows.UTF16ToString(short[:n])
}
