package atomicfile

import (
	"errors"
	"io/fs"
	"testing"
)

func TestCheckSecretOf(t *testing.T) {
	const me, other user = 1000, 1001
	for _, tt := range []struct {
		name      string
		me, owner user
		mode      fs.FileMode
		private   bool
	}{
		{"own", me, me, 0o600, true},
		{"own, read-only", me, me, 0o400, true},
		{"own, group may read", me, me, 0o640, false},
		{"own, others may read", me, me, 0o604, false},
		{"own, group may write", me, me, 0o620, false},
		{"root's, for a group", me, root, 0o440, true},
		{"root's, group may write", me, root, 0o460, false},
		{"root's, for all", me, root, 0o444, false},
		{"another user's", me, other, 0o600, false},
		{"root reads its own", root, root, 0o600, true},
		{"root reads its own, for a group", root, root, 0o440, false},
		{"root reads a user's", root, me, 0o600, true},
		{"root reads a user's, for all", root, me, 0o644, false},
	} {
		if err := checkSecretOf(tt.me, tt.owner, tt.mode); (err == nil) != tt.private || err != nil && !errors.Is(err, ErrNotPrivate) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}
