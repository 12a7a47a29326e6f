// Package atomicfile replaces small files atomically: a reader sees either the old content or
// the new content, even after a crash.
//
// [Write] replaces a file, [Rewrite] also keeps its mode, and [Replace] does not wait for the
// disk. [Read] reads a file without blocking, up to a size limit. [Remove] removes a file and its
// temporary files. All of them follow a symbolic link at the path and keep the link, reject files
// that another user may have planted, and return when their context is done, even if the file
// system hangs.
package atomicfile

import (
	"context"
	"fmt"
	"path/filepath"
)

// Write replaces the file at path with data. It writes a temporary file in the same directory,
// syncs it and renames it over the old file, so that a failed Write leaves the old file
// unchanged. The new file has mode 0600, regardless of the old mode. Missing parent directories
// are created with mode 0700.
//
// Write follows a symbolic link at path: it replaces or creates the target, but does not create
// the target's directory. The error matches [ErrIrregular] if path is not a regular file, and
// [ErrUntrusted] if another user may have planted a link.
//
// A file that root writes gets the owner of the file it replaces, or else the owner of the
// directory. A directory that root creates gets the owner of its parent.
//
// The error matches ctx.Err() if ctx is done before the file is replaced, or while the file
// system hangs. In the latter case, the file may still be replaced once the hung call returns.
//
// Write also removes temporary files of the same path that are more than an hour old.
func Write(ctx context.Context, path string, data []byte) error {
	if err := write(ctx, path, data, durable); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// Rewrite is Write for a file that users edit: the new file gets the permission bits of the old
// one, on Windows its access list, or mode 0600 if there is none.
func Rewrite(ctx context.Context, path string, data []byte) error {
	if err := write(ctx, path, data, durable|keepMode); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// Replace is Write without waiting for the disk. Other processes see the complete file, but it
// may be empty if the machine crashes within seconds. Use it for content that can be recreated.
func Replace(ctx context.Context, path string, data []byte) error {
	if err := write(ctx, path, data, 0); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// writeFlags modify a write.
type writeFlags uint8

const (
	durable  writeFlags = 1 << iota // survive a crash of the machine
	keepMode                        // keep the mode of the old file
)

func write(ctx context.Context, path string, data []byte, flags writeFlags) error {
	return do(ctx, func() error { return writeNow(ctx, path, data, flags) })
}

func writeNow(ctx context.Context, path string, data []byte, flags writeFlags) error {
	t, err := newTemp(path)
	if err != nil {
		return err
	}
	if err := t.fill(data, flags); err != nil {
		t.discard()
		return err
	}
	// Once ctx is done, the caller may have released its lock, and others may have written.
	if err := ctx.Err(); err != nil {
		t.discard()
		return err
	}
	if err := replace(ctx, t.file.Name(), t.target); err != nil {
		t.discard()
		return err
	}
	if flags&durable != 0 {
		if err := syncDir(t.dir); err != nil {
			return err
		}
	}
	sweep(t.dir, t.base, t.created.Add(-staleAfter))
	return nil
}

// probeSize is the number of bytes that CheckWritable writes, more than the size of a token file.
const probeSize = 16 << 10

// CheckWritable returns the error that Write would return for a small file at path. It does
// everything that Write does, but removes the temporary file instead of renaming it.
func CheckWritable(ctx context.Context, path string) error {
	if err := do(ctx, func() error { return probe(path) }); err != nil {
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
	// A full disk may still allow an empty file. An exceeded quota may show only on sync or
	// close.
	return t.fill(make([]byte, probeSize), durable)
}

// newTemp creates the directory of path, and an empty temporary file beside the target of path.
func newTemp(path string) (*temp, error) {
	// Do not create the directory of a link's target: it may be on a disk that is not mounted.
	if err := MkdirAll(filepath.Dir(path)); err != nil {
		return nil, err
	}
	target, err := Resolve(path)
	if err != nil {
		return nil, err
	}
	return createTemp(target)
}
