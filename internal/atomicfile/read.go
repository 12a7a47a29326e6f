package atomicfile

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// ErrTooLarge says that a file is larger than the reader was ready to take.
var ErrTooLarge = errors.New("file is too large")

// Read returns the content of the file at path if it is a regular file of at most
// limit bytes. The error matches [ErrIrregular] or [ErrTooLarge] if it is not, and
// fs.ErrNotExist if there is no file. A named pipe at path does not make it wait.
func Read(path string, limit int64) ([]byte, error) {
	var data []byte
	err := retry(func() (err error) {
		data, err = read(path, limit)
		return err
	})
	return data, err
}

func read(path string, limit int64) ([]byte, error) {
	// Opening a named pipe waits for its writer, so the look comes first.
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("read %s: %w", path, ErrIrregular)
	}
	f, err := os.Open(path) //nolint:gosec // G304: the caller says which file
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("read %s: %w", path, ErrTooLarge)
	}
	return data, nil
}
