package atomicfile

import (
	"fmt"
	"io/fs"
	"os"
)

// Open opens the regular file at path for reading, following symbolic links. The error matches
// [ErrIrregular] for anything else, and fs.ErrNotExist if there is no file. Open does not
// block on a named pipe.
func Open(path string) (*os.File, fs.FileInfo, error) {
	// Check first: opening a device may have an effect.
	info, err := os.Stat(path)
	if err != nil {
		return nil, nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, nil, fmt.Errorf("open %s: %w", path, ErrIrregular)
	}
	return open(path, nonBlocking)
}

// open opens a file that was regular a moment ago. flag must keep it from blocking on whatever
// has replaced it since.
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
