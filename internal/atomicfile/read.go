package atomicfile

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
)

// ErrTooLarge is the error for a file larger than the limit.
var ErrTooLarge = errors.New("file is too large")

// ErrNotPrivate is the error for a secret that another user may know.
var ErrNotPrivate = errors.New("other users can read it")

// Read returns the content of the regular file at path, which may have at most limit bytes. The
// error matches [ErrIrregular], [ErrTooLarge] or [ErrUntrusted] if the file is rejected,
// fs.ErrNotExist if it does not exist, and ctx.Err() if ctx is done first. Read does not block
// on a named pipe.
func Read(ctx context.Context, path string, limit int64) ([]byte, error) {
	return Do(ctx, func() (data []byte, err error) {
		err = retry(ctx, readWait, func() (err error) {
			data, err = read(path, limit)
			return err
		})
		return data, pathError(path, err)
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

// ReadShared is Read for a file that may belong to any user, such as a config file.
func ReadShared(ctx context.Context, path string, limit int64) ([]byte, error) {
	return readChecked(ctx, path, limit, func(string, fs.FileInfo) error { return nil })
}

// ReadPrivate is Read for a file that holds a key or a password. The error matches [ErrNotPrivate]
// if another user owns the file or may read it. A file that root owns may be readable for a group:
// containers get their secrets that way.
func ReadPrivate(ctx context.Context, path string, limit int64) ([]byte, error) {
	return readChecked(ctx, path, limit, checkSecret)
}

// readChecked returns the content of the file at path if check accepts it.
func readChecked(ctx context.Context, path string, limit int64, check func(string, fs.FileInfo) error) ([]byte, error) {
	return Do(ctx, func() ([]byte, error) {
		f, info, err := Open(path)
		if err != nil {
			return nil, pathError(path, err)
		}
		defer f.Close()
		if err := check(path, info); err != nil {
			return nil, pathError(path, err)
		}
		data, err := ReadAll(f, info, limit)
		return data, pathError(path, err)
	}, nil)
}

// ReadAll returns the content of f, or ErrTooLarge if it has more than limit bytes. [Open]
// returned f and info. The size in info is a hint: the file may grow, and some files in /proc
// have size 0.
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

// pathError wraps err in an *fs.PathError for reading path. It returns nil if err is nil.
func pathError(path string, err error) error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		err = e.Err
	}
	return &fs.PathError{Op: "read", Path: path, Err: err}
}
