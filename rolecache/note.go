package rolecache

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/latchkey-sso/latchkey/internal/atomicfile"
	"github.com/latchkey-sso/latchkey/internal/cachefile"
)

// FailureNote records a failed request for role credentials, so that other processes do not
// send the same request. Errors show its content: it must not contain secrets.
type FailureNote struct {
	At      time.Time `json:"at"`                // when the request failed
	Status  int       `json:"status,omitempty"`  // the HTTP status; 0 if there was no response
	Code    string    `json:"code,omitempty"`    // the service's error code; may be empty
	Message string    `json:"message,omitempty"` // the error message; a cache may truncate it to 300 bytes
	Server  string    `json:"server,omitempty"`  // identifies the server that the request was sent to

	// RetryAt is when the server will accept requests again, zero if unknown.
	RetryAt time.Time `json:"retryAt,omitzero"`
}

// LoadNote implements [NoteCache]. A damaged note counts as not found.
func (d Dir) LoadNote(ctx context.Context, key Key) (FailureNote, error) {
	var note FailureNote
	path, err := d.notePath(ctx, key)
	if err == nil {
		err = cachefile.LoadNote(ctx, path, &note)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return FailureNote{}, fmt.Errorf("%w: %s", ErrNotFound, path)
	case err != nil:
		return FailureNote{}, fmt.Errorf("rolecache: load note: %w", err)
	}
	return note, nil
}

// StoreNote implements [NoteCache]. It writes the note to a file beside the credentials file.
func (d Dir) StoreNote(ctx context.Context, key Key, note FailureNote) error {
	note.At, note.RetryAt = note.At.UTC(), note.RetryAt.UTC()
	note.Message = cachefile.ShortMessage(note.Message)
	path, err := d.notePath(ctx, key)
	if err == nil {
		err = cachefile.StoreNote(ctx, path, note)
	}
	if err != nil {
		return fmt.Errorf("rolecache: store note: %w", err)
	}
	return nil
}

func (d Dir) deleteNote(ctx context.Context, key Key) error {
	path, err := d.notePath(ctx, key)
	if err == nil {
		err = atomicfile.Remove(ctx, path)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("rolecache: delete note: %w", err)
	}
	return nil
}

const noteExtension = ".failure"

func (d Dir) notePath(ctx context.Context, key Key) (string, error) {
	return cachefile.SiblingPath(ctx, d.Path(key), noteExtension)
}
