package atomicfile

import (
	"errors"
	"os"
	"unsafe"

	"golang.org/x/sys/windows"
)

// renameInfo is the header of FILE_RENAME_INFO for FileRenameInfoEx. The file name starts at the
// offset of name.
type renameInfo struct {
	flags      uint32
	root       windows.Handle
	nameLength uint32 // in bytes
	name       [1]uint16
}

// posixRename renames oldpath to newpath, even while another process has newpath open with
// FILE_SHARE_DELETE: that process keeps the old file. Windows 10 has supported it on NTFS since
// 2018.
func posixRename(oldpath, newpath string) error {
	fail := func(err error) error { return &os.LinkError{Op: "rename", Old: oldpath, New: newpath, Err: err} }
	name, err := windows.UTF16PtrFromString(oldpath)
	if err != nil {
		return fail(err)
	}
	full, err := windows.FullPath(newpath)
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

// setRenameInfo renames the open file to target, which ends with a NUL.
func setRenameInfo(handle windows.Handle, target []uint16) error {
	size := int(unsafe.Offsetof(renameInfo{}.name)) + 2*len(target)
	buffer := make([]uint64, (size+7)/8) // aligned as renameInfo is
	info := (*renameInfo)(unsafe.Pointer(unsafe.SliceData(buffer)))
	info.flags = windows.FILE_RENAME_REPLACE_IF_EXISTS | windows.FILE_RENAME_POSIX_SEMANTICS | windows.FILE_RENAME_IGNORE_READONLY_ATTRIBUTE
	info.nameLength = uint32(2 * (len(target) - 1)) //nolint:gosec // G115: a path is short
	copy(unsafe.Slice(&info.name[0], len(target)), target)
	return windows.SetFileInformationByHandle(handle, windows.FileRenameInfoEx, (*byte)(unsafe.Pointer(info)), uint32(size)) //nolint:gosec // G115: a path is short
}

// isUnsupported reports whether err means that the system or file system lacks POSIX rename.
func isUnsupported(err error) bool {
	return errors.Is(err, windows.ERROR_INVALID_PARAMETER) ||
		errors.Is(err, windows.ERROR_NOT_SUPPORTED) ||
		errors.Is(err, windows.ERROR_INVALID_FUNCTION) ||
		errors.Is(err, windows.ERROR_INVALID_LEVEL) ||
		errors.Is(err, windows.ERROR_CALL_NOT_IMPLEMENTED)
}
