// Package atomicfile replaces small files atomically: a reader sees the old content or the new
// one, even after a crash.
//
// [Write] replaces a file, [Rewrite] keeps its mode, [Replace] does not wait for the disk,
// [Read] reads a file without blocking and with a limit, and [Remove] also removes what a
// crash left beside it. All of them follow a symbolic link at the path and keep the link,
// reject files that another user may have planted, and return when their context is done,
// even if the file system hangs.
package atomicfile

import (
	"context"
	"fmt"
	"path/filepath"
)

// Write replaces the file at path with data. It writes a temporary file in the same directory,
// syncs it and renames it over the old file, so that a failed Write leaves the old file
// unchanged. The new file has mode 0600, whatever the old one had. Missing parent directories
// are created with mode 0700.
//
// Write follows a symbolic link at path: it replaces the target, or creates it if only that is
// missing. The error is [ErrIrregular] if path is not a regular file, and [ErrForeign] if
// another user may have planted a link.
//
// Files that root writes belong to the owner of the file they replace, or else of the
// directory. Directories that root creates belong to the owner of the directory above.
//
// The error matches ctx.Err() if ctx is done before the file is replaced, or while the file
// system hangs. In the latter case the file may still be replaced, once the hung call returns.
//
// Write also removes temporary files of the same path that a crash left behind more than an
// hour ago.
func Write(ctx context.Context, path string, data []byte) error {
	if err := write(ctx, path, data, durable); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// Rewrite is Write for a file that the user edits: the new file has the permission bits of the
// old one, or mode 0600 if there is none.
func Rewrite(ctx context.Context, path string, data []byte) error {
	if err := write(ctx, path, data, durable|keepMode); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// Replace is Write without waiting for the disk. Every process sees the whole file, but it may
// be empty after a crash of the machine in the next seconds. It is for content that can be
// obtained again.
func Replace(ctx context.Context, path string, data []byte) error {
	if err := write(ctx, path, data, 0); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// manner says how to write a file.
type manner uint8

const (
	durable  manner = 1 << iota // it survives a crash of the machine
	keepMode                    // it has the mode of the file it replaces
)

func write(ctx context.Context, path string, data []byte, how manner) error {
	return within(ctx, func() error { return writeNow(ctx, path, data, how) })
}

func writeNow(ctx context.Context, path string, data []byte, how manner) error {
	t, err := newTemp(path)
	if err != nil {
		return err
	}
	if err := t.fill(data, how); err != nil {
		t.discard()
		return err
	}
	// A caller that has given up may have released its lock, and others may have written.
	if err := ctx.Err(); err != nil {
		t.discard()
		return err
	}
	if err := replace(ctx, t.file.Name(), t.target); err != nil {
		t.discard()
		return err
	}
	if how&durable != 0 {
		if err := syncDir(t.dir); err != nil {
			return err
		}
	}
	sweep(t.dir, t.base, t.made.Add(-staleAfter))
	return nil
}

// probeSize is how much CheckWritable writes: more than a token file has.
const probeSize = 16 << 10

// CheckWritable reports whether Write could store a small file at path now. It does everything
// that Write does, except that it removes the temporary file in the end. The error is the one
// that Write would return.
func CheckWritable(ctx context.Context, path string) error {
	if err := within(ctx, func() error { return probe(path) }); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

func probe(path string) error {
	t, err := newTemp(path)
	if err != nil {
		return err
	}
	defer t.discard()
	// A full disk may allow an empty file, and an exceeded quota may show only when the
	// file is synced or closed.
	return t.fill(make([]byte, probeSize), durable)
}

// newTemp creates the directory of path, and an empty temporary file beside the file that a
// write to path replaces.
func newTemp(path string) (*temp, error) {
	// Only the directory of path itself is created. A link into a missing directory most
	// likely means a disk that is not mounted.
	if err := MkdirAll(filepath.Dir(path)); err != nil {
		return nil, err
	}
	target, err := Resolve(path)
	if err != nil {
		return nil, err
	}
	return createTemp(target)
}
