// Package rolecache reads and writes role credentials in ~/.aws/cli/cache, where the
// AWS CLI keeps them, in its format and under its keys, so that either warms the
// other.
//
// [DefaultDir] returns that directory as a [Dir]. A program that keeps role
// credentials elsewhere implements [Cache].
package rolecache

import (
	"context"
	"errors"
	"fmt"

	"github.com/latchkey-sso/latchkey/internal/redact"
)

// Secret is a string that prints as [redacted]; string(s) is its value.
type Secret = redact.Secret

// ErrNotFound says that the cache holds nothing under the key. Load returns an error
// that matches it.
var ErrNotFound = errors.New("rolecache: not found")

// InvalidError says that the cache holds something under the key that cannot be
// used. The next Store replaces it.
type InvalidError struct {
	Path   string // the file; empty from Parse
	Reason string // what is wrong; it names members of the file and never quotes it
}

// Error names the file and the reason.
func (e *InvalidError) Error() string {
	if e.Path == "" {
		return "rolecache: parse credentials: " + e.Reason
	}
	return fmt.Sprintf("rolecache: read %s: %s", e.Path, e.Reason)
}

// Cache keeps the credentials of roles. An implementation stores what [Credentials.Encode]
// returns and reads it with [Parse]; json.Marshal leaves the secrets out.
//
// The methods are safe for concurrent use, and each returns an error that matches
// ctx.Err() once ctx is done.
type Cache interface {
	// Load returns the credentials under key, expired or not. The error matches
	// ErrNotFound when there are none, and is an *InvalidError when there is
	// something else.
	Load(ctx context.Context, key Key) (*Credentials, error)

	// Store replaces the credentials under key. A failed Store leaves the old ones.
	Store(ctx context.Context, key Key, credentials *Credentials) error

	// Delete removes the credentials under key. It is no error when there are none.
	Delete(ctx context.Context, key Key) error

	// Lock waits for the exclusive lock of key and returns the function that
	// releases it. It excludes other processes, and other goroutines of this one.
	// Load, Store and Delete do not take it.
	Lock(ctx context.Context, key Key) (unlock func(), err error)
}
