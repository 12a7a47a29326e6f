package atomicfile

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
)

// ErrForeign says that a file, or a symbolic link to it, belongs to another user, who may
// have planted it there.
var ErrForeign = errors.New("it belongs to another user, and others can write to its directory")

// CheckPrivate returns an error that says so if other users can put files into dir. One
// that is missing is private, as it will be made so.
func CheckPrivate(ctx context.Context, dir string) error {
	if err := within(ctx, func() error { return checkPrivate(dir) }); err != nil {
		return fmt.Errorf("check %s: %w", dir, err)
	}
	return nil
}

// An openToOthersError is that of CheckPrivate.
type openToOthersError struct{ directory }

func (e openToOthersError) Error() string {
	return fmt.Sprintf("other users can write to it (owner %d, mode %v)", e.owner, e.mode)
}

// A user is the effective user of this process, or one that a file belongs to.
type user int

const root user = 0

// A directory is what decides whether another user could have planted a file in it.
type directory struct {
	owner user
	mode  fs.FileMode
}

// othersCanWrite reports whether anyone but me and root can put files into d.
func (d directory) othersCanWrite(me user) bool {
	return d.owner != me && d.owner != root || d.mode&0o022 != 0
}

// mayHold reports whether a file of that owner in d is one for me to use: mine, root's,
// or one that only we could have put there. Root does the work of the user whose
// directory it is.
func (d directory) mayHold(owner, me user) bool {
	return owner == me || owner == root || me == root && owner == d.owner || !d.othersCanWrite(me)
}
