// Package tokencache reads and writes the tokens of IAM Identity Center sign-ins in
// ~/.aws/sso/cache, which all AWS tools share.
//
// [DefaultDir] returns that directory as a [Dir]. [Dir.Load] returns the token of a session.
// A program that stores tokens elsewhere implements [Cache].
package tokencache

import (
	"context"
	"errors"
	"fmt"

	"github.com/latchkey-sso/latchkey/internal/redact"
)

// Secret is a string that prints as [redacted]. string(s) returns its value.
type Secret = redact.Secret

// ErrNotFound is the error of Load, LoadRegistration and LoadNote if the cache has nothing
// under the key. It may be wrapped.
var ErrNotFound = errors.New("tokencache: not found")

// ErrReplaced is the error of CompareAndStore if the cache has another token under the key. It may
// be wrapped.
var ErrReplaced = errors.New("tokencache: replaced by another token")

// InvalidError is the error for invalid cached data. A new sign-in replaces the data.
type InvalidError struct {
	Path   string // the path of the file; empty in errors of Parse
	Reason string // may contain names of members, but not their values
}

// Error returns the path and the reason.
func (e *InvalidError) Error() string {
	if e.Path == "" {
		return "tokencache: parse token: " + e.Reason
	}
	return fmt.Sprintf("tokencache: read %s: %s", e.Path, e.Reason)
}

// Cache stores the tokens of sessions. The key of a session is its name or, if it has no name,
// its start URL exactly as configured. An implementation encodes tokens with [Token.Encode]
// and decodes them with [Parse]: json.Marshal redacts the secrets. Package cachetest tests
// implementations.
//
// The methods are safe for concurrent use. Once ctx is done, they return an error that matches
// ctx.Err(). A Cache may also implement the optional interfaces [Lister], [RegistrationCache],
// [NoteCache], [SendLocker], [LeaseLocker], [LockAger], [CompareAndStorer], [WriteChecker],
// [PrivacyChecker] and [Sweeper]. Each documents what does not work without it.
type Cache interface {
	// Load returns the token under key, expired or not. The error matches ErrNotFound if
	// there is none, and is an *InvalidError if the stored data is not a valid token.
	Load(ctx context.Context, key string) (*Token, error)

	// Store replaces the token under key. If it fails, the old token is unchanged.
	Store(ctx context.Context, key string, token *Token) error

	// Delete removes the token under key, if any.
	Delete(ctx context.Context, key string) error

	// Lock acquires the exclusive lock of key, waiting if necessary, and returns a
	// function that releases it. Calling unlock again does nothing. The lock excludes
	// other processes and other goroutines. Load, Store and Delete do not acquire it.
	// Keys without a token can be locked too: package login locks "login " + key.
	//
	// A SendLocker, whose second lock is always exclusive, may let all waiting calls return
	// together once the holder has loaded a valid token, or stored a token or a note. So
	// callers must load the token, and rely on the lock for nothing else.
	Lock(ctx context.Context, key string) (unlock func(), err error)
}
