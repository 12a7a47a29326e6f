package atomicfile

import (
	"fmt"
	"io/fs"
	"os"
)

// Open opens the regular file at path for reading, with the symbolic links that lead to
// it, and returns what it is. The error matches [ErrIrregular] for anything else, and
// fs.ErrNotExist if there is nothing. A named pipe at path does not make it wait.
func Open(path string) (*os.File, fs.FileInfo, error) {
	// Opening a device may do something to it, so the look comes first.
	info, err := os.Stat(path)
	if err != nil {
		return nil, nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, nil, fmt.Errorf("open %s: %w", path, ErrIrregular)
	}
	return open(path, nonBlocking)
}

// open opens what was a regular file a moment ago. Something else may have taken its
// place, so flag must keep it from waiting.
func open(path string, flag int) (*os.File, fs.FileInfo, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|flag, 0) //nolint:gosec // G304: the caller says which file
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
