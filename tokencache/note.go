package tokencache

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/latchkey-sso/latchkey/internal/cachefile"
)

// RefreshNote records the outcome of a request to refresh a token, so that other processes do
// not send the same request. Errors show its content: it must not contain secrets.
type RefreshNote struct {
	At      time.Time      `json:"at"` // when the request was sent (RefreshSent) or failed
	Outcome RefreshOutcome `json:"outcome"`
	Code    string         `json:"code,omitempty"`    // the service's error code; may be empty
	Message string         `json:"message,omitempty"` // the error message; a cache may truncate it to 300 bytes
	Server  string         `json:"server,omitempty"`  // identifies the server that the request was sent to
}

// RefreshOutcome is the outcome of a request to refresh a token.
type RefreshOutcome string

// The outcomes of a refresh. A successful refresh leaves no note.
const (
	RefreshSent     RefreshOutcome = "sent"     // no response yet, or the process was killed
	RefreshFailed   RefreshOutcome = "failed"   // a retry may succeed
	RefreshRejected RefreshOutcome = "rejected" // the session has expired or was revoked
)

// noteFile is the content of a note file.
type noteFile struct {
	TokenHash string `json:"of"` // the SHA-256 of the refresh token, in hex
	RefreshNote
}

// LoadNote implements [NoteCache]. A damaged note counts as not found.
func (d Dir) LoadNote(ctx context.Context, key string, refreshToken Secret) (RefreshNote, error) {
	var note noteFile
	path, err := d.notePath(ctx, key)
	if err == nil {
		err = cachefile.LoadNote(ctx, path, &note)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist), err == nil && note.TokenHash != hash(refreshToken):
		return RefreshNote{}, fmt.Errorf("%w: %s", ErrNotFound, path)
	case err != nil:
		return RefreshNote{}, fmt.Errorf("tokencache: load note: %w", err)
	}
	return note.RefreshNote, nil
}

// StoreNote implements [NoteCache]. It writes the note to a file beside the token file.
func (d Dir) StoreNote(ctx context.Context, key string, refreshToken Secret, note RefreshNote) error {
	note.At = note.At.UTC()
	note.Message = cachefile.ShortMessage(note.Message)
	path, err := d.notePath(ctx, key)
	if err == nil {
		err = cachefile.StoreNote(ctx, path, noteFile{hash(refreshToken), note})
	}
	if err != nil {
		return fmt.Errorf("tokencache: store note: %w", err)
	}
	return nil
}

// DeleteNote implements [NoteCache].
func (d Dir) DeleteNote(ctx context.Context, key string) error {
	path, err := d.notePath(ctx, key)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("tokencache: delete note: %w", err)
	}
	return remove(ctx, path)
}

const noteExtension = ".refresh"

func (d Dir) notePath(ctx context.Context, key string) (string, error) {
	return cachefile.SiblingPath(ctx, d.Path(key), noteExtension)
}

func hash(s Secret) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}
