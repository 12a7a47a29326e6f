// Package atomicfile keeps small files whole: a reader sees the old content or the
// new, and so does the next start after a crash.
//
// [Write] replaces a file, [Rewrite] keeps its mode, [Replace] is for what can be had
// again, [Read] reads one without ever blocking or filling the memory, [Remove] removes
// one with whatever a crash left beside it. All of them follow a symbolic link at the
// path and leave the link in place, refuse what another user may have planted, and give
// up a file system that hangs when their context is done.
package atomicfile

import (
	"context"
	"fmt"
	"path/filepath"
)

// Write replaces the file at path with data. The content goes to a temporary file in
// the same directory, which is synced and renamed over the old one, so that a failed
// Write leaves the old file as it was. The new file has mode 0600 whatever the old
// one had, and parent directories that are missing are made with mode 0700.
//
// A symbolic link at path stays a link: the file it points to is replaced, or made
// when only that is missing. A path that holds anything but a regular file is refused
// with [ErrIrregular], and a link that another user may have planted with [ErrForeign].
//
// Run by root, it makes a file that belongs to the owner of the one it replaces, or to
// the owner of the directory where there was none, and so with the directories it makes.
//
// The error matches ctx.Err() if ctx is done before the file is replaced, or while the
// file system hangs. In the latter case the file may still be replaced, if the call that
// hangs is the one that does it.
//
// Temporary files of the same path that a crash left behind more than an hour ago are
// removed on the way.
func Write(ctx context.Context, path string, data []byte) error {
	if err := write(ctx, path, data, durable); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// Rewrite is Write for a file that belongs to the user: the new file has the permission
// bits of the one it replaces, and mode 0600 only where there was none.
func Rewrite(ctx context.Context, path string, data []byte) error {
	if err := write(ctx, path, data, durable|keepMode); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// Replace is Write without waiting for the disk. Every process sees the file whole,
// but should the machine itself stop in the next seconds, the file may be empty when
// it starts again: it is for content that can be had again.
func Replace(ctx context.Context, path string, data []byte) error {
	if err := write(ctx, path, data, 0); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// manner is how a file is written.
type manner uint8

const (
	durable  manner = 1 << iota // it outlasts a crash of the machine
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
	// Who has given up may have released a lock since, and others have written.
	if err := ctx.Err(); err != nil {
		t.discard()
		return err
	}
	if err := replace(t.file.Name(), t.target); err != nil {
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

// probeSize is what CheckWritable writes: more than a token file takes.
const probeSize = 16 << 10

// CheckWritable reports whether Write could store a small file at path now. It does
// all that Write does short of replacing the file: it makes the missing directories,
// and makes, fills, syncs, closes and removes a temporary file. The error is the one that
// Write would return.
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
	// A full disk lets a file be made and not be filled, and what is over a quota may
	// come to light only when the file is synced or closed.
	return t.fill(make([]byte, probeSize), durable)
}

// newTemp makes the directory of path and, beside the file that a write to path
// replaces, an empty temporary file.
func newTemp(path string) (*temp, error) {
	// Only the directory of path itself is made. A link into a directory that is
	// missing is more likely to mean a disk that is not mounted.
	if err := MkdirAll(filepath.Dir(path)); err != nil {
		return nil, err
	}
	target, err := Resolve(path)
	if err != nil {
		return nil, err
	}
	return createTemp(target)
}
