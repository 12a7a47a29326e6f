package tokencache

import (
	"context"
	"time"
)

// A Lister is a Cache that can list its tokens. Without it, nothing can sign out of
// every session or show all sign-ins.
type Lister interface {
	Cache

	// Entries returns every token in the cache, whichever tool stored it. The caller
	// passes the keys it knows, since a cache may keep only a hash of each key: the
	// Key of an entry is one of them if it matches.
	//
	// A token that Load rejects as invalid is listed if its access token can be read:
	// the token may still be live, and signing out has to end it.
	Entries(ctx context.Context, keys ...string) ([]Entry, error)
}

// Entry is a token that a Lister found.
type Entry struct {
	// Key is the key of the token for all methods of the same cache. It is a session's
	// name or start URL if the cache knows that, and otherwise opaque.
	Key string

	// Token is never nil. Of a damaged token it holds the fields that can be read, at
	// least AccessToken.
	Token *Token
}

// A Sweeper is a Cache that may hold secrets outside its entries, such as temporary
// files of a killed process. Without it, login.LogoutAll deletes the entries alone.
type Sweeper interface {
	Cache

	// Sweep deletes what may hold a token and is not an entry, even if a Store in
	// progress needs it, and returns how many items it deleted. It continues after an
	// item that it cannot delete, and returns such errors joined.
	Sweep(ctx context.Context) (int, error)
}

// A RegistrationCache is a Cache that keeps client registrations as well. Without it,
// each sign-in registers a new client.
type RegistrationCache interface {
	Cache

	// LoadRegistration returns the registration under key, expired or not. Errors are
	// those of Load.
	LoadRegistration(ctx context.Context, key RegistrationKey) (*Registration, error)

	// StoreRegistration replaces the registration under key.
	StoreRegistration(ctx context.Context, key RegistrationKey, registration *Registration) error
}

// A NoteCache is a Cache that keeps, for each key, a note on the last request to refresh
// the token. Without it, processes do not share failures: each sends a rejected refresh
// token again, and does not wait for the request of a killed process to arrive.
type NoteCache interface {
	Cache

	// LoadNote returns the note of key if it is about refreshToken. The error matches
	// ErrNotFound if there is none. A caller that gets any other error ignores the note.
	LoadNote(ctx context.Context, key string, refreshToken Secret) (RefreshNote, error)

	// StoreNote replaces the note of key by one about refreshToken. The note must not
	// reveal the refresh token: a hash tells it from others.
	StoreNote(ctx context.Context, key string, refreshToken Secret, note RefreshNote) error

	// DeleteNote deletes the note of key, if any. Delete deletes it too.
	DeleteNote(ctx context.Context, key string) error
}

// A LockAger is a Cache that can tell how long a lock has been held. Without it, a
// waiting process cannot tell one stuck holder from many that take turns: it waits until
// its own time limit, where it would go on without the lock after 25 seconds.
type LockAger interface {
	Cache

	// LockedSince returns when the lock of key was last taken. It fails if the lock was
	// never taken. Only the holder's own time counts: a lock that changes hands is
	// taken anew.
	LockedSince(ctx context.Context, key string) (time.Time, error)
}

// A SendLocker is a Cache with a second lock for each key, held from just before a
// refresh token is sent until the new token is stored. A process stopped while it holds
// only the first lock has sent nothing, so others can safely go on without it. Without
// SendLocker, a stuck holder of the first lock blocks every refresh of the session.
type SendLocker interface {
	Cache

	// LockSending is Lock for the second lock.
	LockSending(ctx context.Context, key string) (unlock func(), err error)

	// SendingSince is LockedSince for the second lock.
	SendingSince(ctx context.Context, key string) (time.Time, error)
}

// A WriteChecker is a Cache that can tell in advance whether a Store would succeed.
// Without it, a refresh may use up a refresh token whose successor cannot be stored,
// which ends the sign-in for all other processes; and a login finds out only after the
// user has signed in.
type WriteChecker interface {
	Cache

	// CheckWritable reports whether Store could replace the token under key now. It
	// changes nothing.
	CheckWritable(ctx context.Context, key string) error
}

// A PrivacyChecker is a Cache that can tell whether other users may write to it. Without
// it, there is no warning.
type PrivacyChecker interface {
	Cache

	// CheckPrivate returns an error if other users can write to the cache.
	CheckPrivate(ctx context.Context) error
}
