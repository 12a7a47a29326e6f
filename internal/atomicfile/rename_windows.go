package atomicfile

import (
	"errors"
	"os"
	"unsafe"

	"golang.org/x/sys/windows"
)

// renameInfo is FILE_RENAME_INFO for the class FileRenameInfoEx. The name follows at the
// offset of name.
type renameInfo struct {
	flags      uint32
	root       windows.Handle
	nameLength uint32 // in bytes
	name       [1]uint16
}

// posixRename renames the file from over the file to, even if processes that share deletion
// have that open: they keep the old file. Windows 10 has it since 2018, on NTFS.
func posixRename(from, to string) error {
	fail := func(err error) error { return &os.LinkError{Op: "rename", Old: from, New: to, Err: err} }
	name, err := windows.UTF16PtrFromString(from)
	if err != nil {
		return fail(err)
	}
	full, err := windows.FullPath(to)
	if err != nil {
		return fail(err)
	}
	target, err := windows.UTF16FromString(full)
	if err != nil {
		return fail(err)
	}
	handle, err := windows.CreateFile(name, windows.DELETE|windows.SYNCHRONIZE, shareAll, nil, windows.OPEN_EXISTING, windows.FILE_ATTRIBUTE_NORMAL, 0)
	if err != nil {
		return fail(err)
	}
	defer windows.CloseHandle(handle) //nolint:errcheck // nothing was written
	if err := setRenameInfo(handle, target); err != nil {
		return fail(err)
	}
	return nil
}

// setRenameInfo renames the open file. target ends with a NUL.
func setRenameInfo(handle windows.Handle, target []uint16) error {
	size := int(unsafe.Offsetof(renameInfo{}.name)) + 2*len(target)
	buffer := make([]uint64, (size+7)/8) // aligned as renameInfo is
	info := (*renameInfo)(unsafe.Pointer(unsafe.SliceData(buffer)))
	info.flags = windows.FILE_RENAME_REPLACE_IF_EXISTS | windows.FILE_RENAME_POSIX_SEMANTICS | windows.FILE_RENAME_IGNORE_READONLY_ATTRIBUTE
	info.nameLength = uint32(2 * (len(target) - 1)) //nolint:gosec // G115: a path is short
	copy(unsafe.Slice(&info.name[0], len(target)), target)
	return windows.SetFileInformationByHandle(handle, windows.FileRenameInfoEx, (*byte)(unsafe.Pointer(info)), uint32(size)) //nolint:gosec // G115: a path is short
}

// isUnsupported reports whether the system or the file system has no POSIX rename.
func isUnsupported(err error) bool {
	return errors.Is(err, windows.ERROR_INVALID_PARAMETER) ||
		errors.Is(err, windows.ERROR_NOT_SUPPORTED) ||
		errors.Is(err, windows.ERROR_INVALID_FUNCTION) ||
		errors.Is(err, windows.ERROR_INVALID_LEVEL) ||
		errors.Is(err, windows.ERROR_CALL_NOT_IMPLEMENTED)
}
