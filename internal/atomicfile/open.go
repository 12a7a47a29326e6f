package atomicfile

import (
	"fmt"
	"io/fs"
	"os"
)

// Open opens the regular file at path for reading, following symbolic links. The error matches
// [ErrIrregular] if path is not a regular file, and fs.ErrNotExist if it does not exist. Open
// does not block on a named pipe.
func Open(path string) (*os.File, fs.FileInfo, error) {
	// Check first: opening a device can have side effects.
	info, err := os.Stat(path)
	if err != nil {
		return nil, nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, nil, fmt.Errorf("open %s: %w", path, ErrIrregular)
	}
	return open(path, nonBlocking)
}

// open opens a file that has been checked to be regular. flag must keep it from blocking if a
// named pipe has replaced the file since.
func open(path string, flag int) (*os.File, fs.FileInfo, error) {
	f, err := openFile(path, flag)
	if err != nil {
		return nil, nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("open %s: %w", path, ErrIrregular)
	}
	if err != nil {
		_ = f.Close()
		return nil, nil, err
	}
	return f, info, nil
}
