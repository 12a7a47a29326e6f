package atomicfile

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
)

// ErrTooLarge says that a file is larger than the reader was ready to take.
var ErrTooLarge = errors.New("file is too large")

// Read returns the content of the file at path if it is a regular file of at most
// limit bytes. The error matches [ErrIrregular], [ErrTooLarge] or [ErrForeign] if it
// cannot be used, fs.ErrNotExist if there is no file, and ctx.Err() if ctx is done
// first. A named pipe at path does not make it wait.
func Read(ctx context.Context, path string, limit int64) ([]byte, error) {
	return Within(ctx, func() (data []byte, err error) {
		err = retry(func() (err error) {
			data, err = read(path, limit)
			return err
		})
		return data, named("read", path, err)
	}, nil)
}

func read(path string, limit int64) ([]byte, error) {
	target, err := Resolve(path)
	if err != nil {
		return nil, err
	}
	f, info, err := open(target, nonBlocking|noFollow)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if err := checkOwner(target, info); err != nil {
		return nil, err
	}
	return ReadAll(f, info, limit)
}

// ReadShared is Read for a file that may belong to anyone, as a config file may.
func ReadShared(ctx context.Context, path string, limit int64) ([]byte, error) {
	return Within(ctx, func() ([]byte, error) {
		f, info, err := Open(path)
		if err != nil {
			return nil, named("read", path, err)
		}
		defer f.Close()
		data, err := ReadAll(f, info, limit)
		return data, named("read", path, err)
	}, nil)
}

// ReadAll returns the content of f, which [Open] returned with info, if that is at most
// limit bytes, and ErrTooLarge otherwise. The size in info may be wrong: the file may grow,
// and some of the system's own say that they are empty.
func ReadAll(f *os.File, info fs.FileInfo, limit int64) ([]byte, error) {
	if info.Size() > limit {
		return nil, ErrTooLarge
	}
	var b bytes.Buffer
	b.Grow(int(info.Size()) + bytes.MinRead)
	n, err := b.ReadFrom(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, err
	}
	if n > limit {
		return nil, ErrTooLarge
	}
	return b.Bytes(), nil
}

// named returns err, if there is one, as an *fs.PathError about path.
func named(op, path string, err error) error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		err = e.Err
	}
	return &fs.PathError{Op: op, Path: path, Err: err}
}
