// Package rolecache reads and writes role credentials in ~/.aws/cli/cache, the cache of the
// AWS CLI. Each uses the credentials that the other has stored.
//
// [DefaultDir] returns that directory as a [Dir]. A program that stores role credentials
// elsewhere implements [Cache].
package rolecache

import (
	"context"
	"errors"
	"fmt"

	"github.com/latchkey-sso/latchkey/internal/redact"
)

// Secret is a string that prints as [redacted]. string(s) returns its value.
type Secret = redact.Secret

// ErrNotFound is the error of Load, StoredAt and LoadNote if the cache has nothing under the
// key. It may be wrapped.
var ErrNotFound = errors.New("rolecache: not found")

// InvalidError is the error for invalid cached data. The next Store replaces the data.
type InvalidError struct {
	Path   string // the path of the file; empty in errors of Parse
	Reason string // may contain names of members, but not their values
}

// Error returns the path and the reason.
func (e *InvalidError) Error() string {
	if e.Path == "" {
		return "rolecache: parse credentials: " + e.Reason
	}
	return fmt.Sprintf("rolecache: read %s: %s", e.Path, e.Reason)
}

// Cache stores role credentials. An implementation encodes them with [Credentials.Encode] and
// decodes them with [Parse]: json.Marshal redacts the secrets. Package cachetest tests
// implementations.
//
// The methods are safe for concurrent use. Once ctx is done, they return an error that matches
// ctx.Err(). A Cache may also implement the optional interfaces [NoteCache], [Ager] and
// [Clearer]. Each documents what does not work without it.
type Cache interface {
	// Load returns the credentials under key, expired or not. The error matches
	// ErrNotFound if there are none, and is an *InvalidError if the stored data is not
	// valid credentials.
	Load(ctx context.Context, key Key) (*Credentials, error)

	// Store replaces the credentials under key. If it fails, the old credentials are
	// unchanged.
	Store(ctx context.Context, key Key, credentials *Credentials) error

	// Delete removes the credentials under key, if any.
	Delete(ctx context.Context, key Key) error

	// Lock acquires the exclusive lock of key, waiting if necessary, and returns a
	// function that releases it. Calling unlock again does nothing. The lock excludes
	// other processes and other goroutines. Load, Store and Delete do not acquire it.
	//
	// The lock only saves requests. So all waiting calls may return together once the holder
	// has loaded valid credentials, or stored credentials or a note.
	Lock(ctx context.Context, key Key) (unlock func(), err error)
}
