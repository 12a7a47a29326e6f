package atomicfile

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"
)

// Remove removes the file at path and every temporary file of that path, also one of a
// Write under way: that Write fails. It is no error when there is nothing to remove.
//
// A symbolic link at path stays, and what it points to is removed. A path that holds
// anything but a regular file is refused with [ErrIrregular], and a link that another user
// may have planted with [ErrForeign]. The error matches ctx.Err() if ctx is done first.
func Remove(ctx context.Context, path string) error {
	if err := within(ctx, func() error { return remove(path) }); err != nil {
		return fmt.Errorf("remove %s: %w", path, err)
	}
	return nil
}

func remove(path string) error {
	target, err := Resolve(path)
	if err == nil {
		err = retry(func() error { return os.Remove(target) })
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	dir, base := split(target)
	sweep(dir, base, time.Time{})
	return nil
}
