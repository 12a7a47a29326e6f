package rolecache

import (
	"context"
	"time"
)

// An Ager is a Cache that knows when credentials were stored. Without it, credentials that are
// valid for less than 45 minutes are replaced 15 minutes before they expire.
type Ager interface {
	Cache

	// StoredAt returns when the credentials under key were stored. The error matches
	// ErrNotFound if there are none.
	StoredAt(ctx context.Context, key Key) (time.Time, error)
}

// A Clearer is a Cache that can delete all its credentials. Without it, signing out deletes
// only the credentials of the roles in the config file.
type Clearer interface {
	Cache

	// Clear deletes all credentials from IAM Identity Center except those under the keys
	// in keep, and returns the number of credentials deleted. If some cannot be deleted,
	// Clear continues with the others and returns the errors joined.
	Clear(ctx context.Context, keep ...Key) (int, error)
}

// A NoteCache is a Cache that stores, for each key, a note about the last failed request.
// Without it, processes do not share failures: while Identity Center is down or throttles,
// processes that wait for the same role send their own requests, one after another.
type NoteCache interface {
	Cache

	// LoadNote returns the note of key. The error matches ErrNotFound if there is none.
	// Callers ignore other errors.
	LoadNote(ctx context.Context, key Key) (FailureNote, error)

	// StoreNote replaces the note of key. A key without AccountID and RoleName holds the
	// note for all roles of a session, for example about throttling. Delete also deletes
	// the note of its key, and Clear all notes except those of the keys in keep.
	StoreNote(ctx context.Context, key Key, note FailureNote) error
}
