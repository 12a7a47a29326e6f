package atomicfile

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
)

// ErrForeign is the error for a file, or a symbolic link to it, that another user may have
// planted.
var ErrForeign = errors.New("it belongs to another user, and others can write to its directory")

// CheckPrivate returns an error if other users can create files in dir. A missing directory is
// private: it will be created with mode 0700.
func CheckPrivate(ctx context.Context, dir string) error {
	if err := within(ctx, func() error { return checkPrivate(dir) }); err != nil {
		return fmt.Errorf("check %s: %w", dir, err)
	}
	return nil
}

// An openToOthersError is the error of CheckPrivate.
type openToOthersError struct{ directory }

func (e openToOthersError) Error() string {
	return fmt.Sprintf("other users can write to it (owner %d, mode %v)", e.owner, e.mode)
}

// A user is the effective user of this process, or the owner of a file.
type user int

const root user = 0

// A directory has what decides whether another user could have planted a file in it.
type directory struct {
	owner user
	mode  fs.FileMode
}

// othersCanWrite reports whether users other than me and root can create files in d.
func (d directory) othersCanWrite(me user) bool {
	return d.owner != me && d.owner != root || d.mode&0o022 != 0
}

// mayHold reports whether I may use a file of that owner in d: mine, root's, or one in a
// directory that only we can write to. Root also uses the files of the directory's owner.
func (d directory) mayHold(owner, me user) bool {
	return owner == me || owner == root || me == root && owner == d.owner || !d.othersCanWrite(me)
}
