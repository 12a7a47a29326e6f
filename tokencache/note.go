package tokencache

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/latchkey-sso/latchkey/internal/atomicfile"
	"github.com/latchkey-sso/latchkey/internal/cachefile"
)

// RefreshNote tells other processes the outcome of a request to refresh a token, so that
// they need not send the same request. It must not hold a secret: other errors show it.
type RefreshNote struct {
	At      time.Time      `json:"at"` // when the request was sent or, for the other outcomes, when it failed
	Outcome RefreshOutcome `json:"outcome"`
	Code    string         `json:"code,omitempty"`    // the service's error code; may be empty
	Message string         `json:"message,omitempty"` // why it failed; a cache may cut it after 300 bytes
	Server  string         `json:"server,omitempty"`  // identifies the server: the note says nothing about others
}

// RefreshOutcome is the outcome of a request to refresh a token.
type RefreshOutcome string

// The outcomes. A refresh that succeeds leaves no note.
const (
	RefreshSent     RefreshOutcome = "sent"     // no response yet, or the sender was killed
	RefreshFailed   RefreshOutcome = "failed"   // another attempt may succeed
	RefreshRejected RefreshOutcome = "rejected" // the session has expired or was revoked
)

// noteFile is the content of a note's file.
type noteFile struct {
	Of string `json:"of"` // a hash of the refresh token
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
	case errors.Is(err, fs.ErrNotExist), err == nil && note.Of != hash(refreshToken):
		return RefreshNote{}, fmt.Errorf("%w: %s", ErrNotFound, path)
	case err != nil:
		return RefreshNote{}, fmt.Errorf("tokencache: load note: %w", err)
	}
	return note.RefreshNote, nil
}

// StoreNote implements [NoteCache]. The note is a file beside the token's.
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
	return atomicfile.Within(ctx, func() (string, error) {
		return atomicfile.Beside(d.Path(key), func(target string) string { return withExtension(target, noteExtension) })
	}, nil)
}

func hash(s Secret) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}
