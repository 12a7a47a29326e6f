// Package tokencache reads and writes the tokens of IAM Identity Center sign-ins in
// ~/.aws/sso/cache, which all AWS tools share.
//
// [DefaultDir] returns that directory as a [Dir], whose Load returns the token of a session.
// A program that keeps tokens elsewhere implements [Cache].
package tokencache

import (
	"context"
	"errors"
	"fmt"

	"github.com/latchkey-sso/latchkey/internal/redact"
)

// Secret is a string that prints as [redacted]; string(s) is its value.
type Secret = redact.Secret

// ErrNotFound is matched by the errors of Load, LoadRegistration and LoadNote if the cache
// holds nothing under the key.
var ErrNotFound = errors.New("tokencache: not found")

// InvalidError is the error for cached data that cannot be used. A new sign-in replaces it.
type InvalidError struct {
	Path   string // the file; empty from Parse
	Reason string // may name members of the file; never quotes their values
}

// Error returns the file and the reason.
func (e *InvalidError) Error() string {
	if e.Path == "" {
		return "tokencache: parse token: " + e.Reason
	}
	return fmt.Sprintf("tokencache: read %s: %s", e.Path, e.Reason)
}

// Cache keeps the tokens of sessions. The key of a session is its name, or its start URL
// exactly as configured if it has no name. An implementation stores what [Token.Encode]
// returns and reads it with [Parse]: json.Marshal leaves the secrets out. Package cachetest
// tests implementations.
//
// The methods are safe for concurrent use, and each returns an error that matches
// ctx.Err() once ctx is done. A Cache may offer more: [Lister], [RegistrationCache],
// [NoteCache], [SendLocker], [LockAger], [WriteChecker], [PrivacyChecker] and [Sweeper] say
// what is lost without them.
type Cache interface {
	// Load returns the token under key, expired or not. The error matches ErrNotFound
	// if there is none, and is an *InvalidError if what is stored is not a token.
	Load(ctx context.Context, key string) (*Token, error)

	// Store replaces the token under key. If it fails, the old token is unchanged.
	Store(ctx context.Context, key string, token *Token) error

	// Delete removes the token under key, if any.
	Delete(ctx context.Context, key string) error

	// Lock waits for the exclusive lock of key and returns the function that releases
	// it, of which a second call does nothing. It excludes other processes and other
	// goroutines of this one. Load, Store and Delete do not take the lock. A key need
	// not be that of a token: login locks "login " and the key of the session.
	Lock(ctx context.Context, key string) (unlock func(), err error)
}
