package shellenv

import (
	"os"
	"unsafe"

	"golang.org/x/sys/windows"
)

// parentProgram returns the program name of the parent process; empty if it is unknown.
func parentProgram() string {
	snapshot, err := windows.CreateToolhelp32Snapshot(windows.TH32CS_SNAPPROCESS, 0)
	if err != nil {
		return ""
	}
	defer func() { _ = windows.CloseHandle(snapshot) }()
	parent := uint32(os.Getppid()) //nolint:gosec // G115: process ids are 32 bits wide
	var entry windows.ProcessEntry32
	entry.Size = uint32(unsafe.Sizeof(entry))
	for err = windows.Process32First(snapshot, &entry); err == nil; err = windows.Process32Next(snapshot, &entry) {
		if entry.ProcessID == parent {
			return windows.UTF16ToString(entry.ExeFile[:])
		}
	}
	return ""
}
