package rolecache

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"time"

	"github.com/latchkey-sso/latchkey/internal/atomicfile"
	"github.com/latchkey-sso/latchkey/internal/cachefile"
)

// FailureNote tells other processes that a request for role credentials failed, so that they
// need not send the same request. It must not hold a secret: other errors show it.
type FailureNote struct {
	At      time.Time `json:"at"`                // when it failed
	Status  int       `json:"status,omitempty"`  // the HTTP status; 0 without a response
	Code    string    `json:"code,omitempty"`    // the service's error code; may be empty
	Message string    `json:"message,omitempty"` // why it failed; a cache may cut it after 300 bytes
	Server  string    `json:"server,omitempty"`  // identifies the server: the note says nothing about others

	// RetryAt is when the server takes requests again. Zero if it has not said so.
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

// StoreNote implements [NoteCache]. The note is a file beside the credentials'.
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
	return atomicfile.Within(ctx, func() (string, error) {
		return atomicfile.Beside(d.Path(key), func(target string) string { return withExtension(target, noteExtension) })
	}, nil)
}

func withExtension(path, other string) string {
	return strings.TrimSuffix(path, filepath.Ext(path)) + other
}
