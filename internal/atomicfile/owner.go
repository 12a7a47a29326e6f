package atomicfile

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
)

// ErrUntrusted is the error for a file or symbolic link that another user may have planted.
var ErrUntrusted = errors.New("owned by another user, in a directory that others can write to")

// CheckPrivate returns an error if other users can create files in dir. A missing directory is
// private: Write creates it with mode 0700.
func CheckPrivate(ctx context.Context, dir string) error {
	if err := do(ctx, func() error { return checkPrivate(dir) }); err != nil {
		return fmt.Errorf("check %s: %w", dir, err)
	}
	return nil
}

// A user is a user ID.
type user int

const root user = 0

// checkSecretOf returns ErrNotPrivate if a file with that owner and mode is not secret for me.
func checkSecretOf(me, owner user, mode fs.FileMode) error {
	allowed := fs.FileMode(0o700)
	if owner == root && me != root {
		allowed |= 0o050
	}
	if mode&^allowed != 0 {
		return fmt.Errorf("%w (mode %04o)", ErrNotPrivate, mode)
	}
	if owner != me && owner != root && me != root {
		return fmt.Errorf("%w: user %d owns it", ErrNotPrivate, owner)
	}
	return nil
}
