package rolecache

import (
	"context"
	"time"
)

// An Ager is a Cache that can tell when credentials were stored. Without it, credentials
// that live for less than 45 minutes are replaced early: their last 15 minutes are not
// used.
type Ager interface {
	Cache

	// StoredAt returns when the credentials under key were stored. The error matches
	// ErrNotFound if there are none.
	StoredAt(ctx context.Context, key Key) (time.Time, error)
}

// A Clearer is a Cache that can find the credentials it holds. Without it, signing out
// deletes the credentials of the roles that the config file names, and no others.
type Clearer interface {
	Cache

	// Clear deletes all credentials from IAM Identity Center but those of the keys to
	// keep, and returns how many it deleted. It continues after credentials that it
	// cannot delete, and returns such errors joined.
	Clear(ctx context.Context, keep ...Key) (int, error)
}
