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

// A NoteCache is a Cache that keeps, for each key, a note on the last request that failed.
// Without it, processes do not share failures: when Identity Center is down or throttles,
// each of those that wait for the same role sends its own requests, one after another.
type NoteCache interface {
	Cache

	// LoadNote returns the note of key. The error matches ErrNotFound if there is none.
	// A caller that gets any other error ignores the note.
	LoadNote(ctx context.Context, key Key) (FailureNote, error)

	// StoreNote replaces the note of key. A key without AccountID and RoleName is for
	// a note about all roles of a session, such as that requests are throttled.
	// Delete deletes the note of its key, and Clear of a Clearer all notes but those of
	// the keys to keep.
	StoreNote(ctx context.Context, key Key, note FailureNote) error
}
