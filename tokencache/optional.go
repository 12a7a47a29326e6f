package tokencache

import (
	"context"
	"time"
)

// A Lister is a Cache that can list its tokens. Without it, a program cannot sign out of all
// sessions or show all sign-ins.
type Lister interface {
	Cache

	// Entries returns every token in the cache, including those that other tools stored.
	// keys are the keys that the caller knows: a cache may store only a hash of each key,
	// and cannot name an entry whose key is not among them.
	//
	// Entries also returns a token that Load rejects as invalid, if its access token can
	// be read: the token may still be active, and signing out must revoke it.
	Entries(ctx context.Context, keys ...string) ([]Entry, error)
}

// Entry is a token that a Lister found.
type Entry struct {
	// Key is the key of the token in the same cache. It is the session's name or start
	// URL if the cache knows it, and opaque otherwise.
	Key string

	// Token is never nil. If the stored token is invalid, only the fields that can be read
	// are set, at least AccessToken.
	Token *Token
}

// A Sweeper is a Cache that can delete secrets outside its entries, such as the temporary
// files of a killed process. Without it, login.LogoutAll deletes only the entries.
type Sweeper interface {
	Cache

	// Sweep deletes everything but the entries that may hold a token, and returns the
	// number of items deleted. A concurrent Store may fail. If an item cannot be deleted,
	// Sweep continues with the others and returns the errors joined.
	Sweep(ctx context.Context) (int, error)
}

// A RegistrationCache is a Cache that also stores client registrations. Without it, each
// sign-in registers a new client.
type RegistrationCache interface {
	Cache

	// LoadRegistration returns the registration under key, expired or not. It returns the
	// same errors as Load.
	LoadRegistration(ctx context.Context, key RegistrationKey) (*Registration, error)

	// StoreRegistration replaces the registration under key.
	StoreRegistration(ctx context.Context, key RegistrationKey, registration *Registration) error
}

// A NoteCache is a Cache that stores, for each key, a note about the last request to refresh
// the token. Without it, processes do not share failures: each process sends a rejected
// refresh token again, and none waits for a request that a killed process has sent.
type NoteCache interface {
	Cache

	// LoadNote returns the note of key if it was stored for refreshToken. The error
	// matches ErrNotFound if there is none. Callers ignore other errors.
	LoadNote(ctx context.Context, key string, refreshToken Secret) (RefreshNote, error)

	// StoreNote replaces the note of key. It must not store refreshToken itself: a hash
	// is enough for LoadNote.
	StoreNote(ctx context.Context, key string, refreshToken Secret, note RefreshNote) error

	// DeleteNote deletes the note of key, if any. Delete deletes it too.
	DeleteNote(ctx context.Context, key string) error
}

// A LockAger is a Cache that knows how long a lock has been held. By default, a process that
// has held the lock for 25 seconds counts as stuck. Without LockAger, a waiting process cannot
// tell one stuck holder from many successive ones, and waits until its context is done.
type LockAger interface {
	Cache

	// LockedSince returns when the lock of key was last acquired: each new holder resets
	// the time. It fails if the lock was never acquired.
	LockedSince(ctx context.Context, key string) (time.Time, error)
}

// A SendLocker is a Cache with a second lock for each key. A process holds it from just before
// it sends a refresh token until it has stored the new token. A process stuck with only the
// first lock has sent nothing, so others can safely continue without that lock. Without
// SendLocker, a stuck holder of the first lock blocks every refresh of the session.
type SendLocker interface {
	Cache

	// LockSending acquires the second lock, as Lock does the first.
	LockSending(ctx context.Context, key string) (unlock func(), err error)

	// SendingSince returns when the second lock was last acquired, as LockedSince does for
	// the first.
	SendingSince(ctx context.Context, key string) (time.Time, error)
}

// A LeaseLocker is a SendLocker whose second lock expires if the cache does not hear from its
// holder, for example because it was suspended or its network failed. Without it, a cache must
// keep the lock for as long as the holder is alive: otherwise a holder that resumes sends a refresh
// token that another process may have sent meanwhile.
type LeaseLocker interface {
	SendLocker

	// HoldsSending reports whether this process holds the second lock of key. If it does,
	// HoldsSending renews the lease. A refresh token is not sent unless it returns true.
	HoldsSending(ctx context.Context, key string) (bool, error)
}

// A CompareAndStorer is a Cache that can replace a token only if it is still the one that was
// refreshed, in one step. Without it, a process that is suspended right before it stores a
// refreshed token overwrites a newer token, or undoes a sign-out, when it resumes.
type CompareAndStorer interface {
	Cache

	// CompareAndStore replaces the token under key, as Store does, if its refresh token is
	// redeemed, which was sent to get token. Otherwise it changes nothing, and the error
	// matches ErrReplaced, or ErrNotFound if there is no token. Invalid data may be replaced.
	CompareAndStore(ctx context.Context, key string, redeemed Secret, token *Token) error
}

// A WriteChecker is a Cache that can check in advance whether a Store would succeed. Without
// it, a refresh may consume the refresh token and fail to store the new one, which signs the
// user out in all other processes; and a login fails only after the user has signed in.
type WriteChecker interface {
	Cache

	// CheckWritable returns an error if Store could not replace the token under key now.
	// It changes no entry.
	CheckWritable(ctx context.Context, key string) error
}

// A PrivacyChecker is a Cache that can check whether other users can write to it. Without it,
// a program cannot warn the user.
type PrivacyChecker interface {
	Cache

	// CheckPrivate returns an error if other users can write to the cache.
	CheckPrivate(ctx context.Context) error
}
