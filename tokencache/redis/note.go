package redis

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/latchkey-sso/latchkey/internal/cachefile"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// keepNote is how long a note stays on the server. Notes matter for half a minute.
const keepNote = time.Hour

// refreshNote is the content of a note's record.
type refreshNote struct {
	Of string `json:"of"` // the tag of the refresh token
	tokencache.RefreshNote
}

// LoadNote implements [tokencache.NoteCache]. A note that cannot be read counts as not found.
func (t TokenCache) LoadNote(ctx context.Context, key string, refreshToken tokencache.Secret) (tokencache.RefreshNote, error) {
	name := t.name(key, kindNote)
	r, err := t.client.read(ctx, name)
	if err != nil {
		return tokencache.RefreshNote{}, tokenError("load note", name, err)
	}
	var note refreshNote
	if err := json.Unmarshal(r.content, &note); err != nil || note.Of != t.tag(refreshToken) {
		return tokencache.RefreshNote{}, fmt.Errorf("redis: load note: %w", tokencache.ErrNotFound)
	}
	note.At = r.local(note.At)
	return note.RefreshNote, nil
}

// StoreNote implements [tokencache.NoteCache].
func (t TokenCache) StoreNote(ctx context.Context, key string, refreshToken tokencache.Secret, note tokencache.RefreshNote) error {
	name := t.name(key, kindNote)
	note.At = note.At.UTC()
	note.Message = cachefile.ShortMessage(note.Message)
	content, err := json.Marshal(refreshNote{t.tag(refreshToken), note})
	if err == nil {
		err = t.client.write(ctx, name, key, content, keepNote)
	}
	if err != nil {
		return tokenError("store note", name, err)
	}
	return nil
}

// DeleteNote implements [tokencache.NoteCache].
func (t TokenCache) DeleteNote(ctx context.Context, key string) error {
	if _, err := t.client.remove(ctx, t.name(key, kindNote)); err != nil {
		return fmt.Errorf("redis: delete note: %w", err)
	}
	return nil
}
