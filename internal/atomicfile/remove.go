package atomicfile

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"
)

// Remove removes the file at path, if any, and all its temporary files. A concurrent Write fails.
//
// Remove follows a symbolic link at path: it removes the target and keeps the link. The error
// matches [ErrIrregular] if path is not a regular file, [ErrUntrusted] if another user may have
// planted a link, and ctx.Err() if ctx is done first.
func Remove(ctx context.Context, path string) error {
	if err := do(ctx, func() error { return remove(ctx, path) }); err != nil {
		return fmt.Errorf("remove %s: %w", path, err)
	}
	return nil
}

func remove(ctx context.Context, path string) error {
	target, err := Resolve(path)
	if err == nil {
		err = retry(ctx, replaceWait, func() error { return os.Remove(target) })
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	dir, base := split(target)
	sweep(dir, base, time.Time{})
	return nil
}
