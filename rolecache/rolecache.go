// Package rolecache reads and writes role credentials in ~/.aws/cli/cache, which it shares
// with the AWS CLI: each uses the credentials that the other has stored.
//
// [DefaultDir] returns that directory as a [Dir]. A program that keeps role credentials
// elsewhere implements [Cache].
package rolecache

import (
	"context"
	"errors"
	"fmt"

	"github.com/latchkey-sso/latchkey/internal/redact"
)

// Secret is a string that prints as [redacted]; string(s) is its value.
type Secret = redact.Secret

// ErrNotFound is matched by the errors of Load, StoredAt and LoadNote if the cache holds
// nothing under the key.
var ErrNotFound = errors.New("rolecache: not found")

// InvalidError is the error for cached data that cannot be used. The next Store replaces it.
type InvalidError struct {
	Path   string // the file; empty from Parse
	Reason string // may name members of the file; never quotes their values
}

// Error returns the file and the reason.
func (e *InvalidError) Error() string {
	if e.Path == "" {
		return "rolecache: parse credentials: " + e.Reason
	}
	return fmt.Sprintf("rolecache: read %s: %s", e.Path, e.Reason)
}

// Cache keeps the credentials of roles. An implementation stores what [Credentials.Encode]
// returns and reads it with [Parse]: json.Marshal leaves the secrets out. Package cachetest
// tests implementations.
//
// The methods are safe for concurrent use, and each returns an error that matches
// ctx.Err() once ctx is done. A Cache may offer more: [NoteCache], [Ager] and [Clearer] say
// what is lost without them.
type Cache interface {
	// Load returns the credentials under key, expired or not. The error matches
	// ErrNotFound if there are none, and is an *InvalidError if what is stored is not
	// credentials.
	Load(ctx context.Context, key Key) (*Credentials, error)

	// Store replaces the credentials under key. If it fails, the old ones are unchanged.
	Store(ctx context.Context, key Key, credentials *Credentials) error

	// Delete removes the credentials under key, if any.
	Delete(ctx context.Context, key Key) error

	// Lock waits for the exclusive lock of key and returns the function that releases
	// it, of which a second call does nothing. It excludes other processes and other
	// goroutines of this one. Load, Store and Delete do not take the lock.
	Lock(ctx context.Context, key Key) (unlock func(), err error)
}
