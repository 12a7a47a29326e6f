package tokencache_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/latchkey-sso/latchkey/internal/filetest"
	"github.com/latchkey-sso/latchkey/tokencache"
)

const noteToken tokencache.Secret = "secret refresh token"

var noteAt = time.Date(2026, 11, 22, 3, 4, 5, 6, time.UTC)

func wantNote(t *testing.T, dir tokencache.Dir, key string, token tokencache.Secret, want tokencache.RefreshNote) {
	t.Helper()
	got, err := dir.LoadNote(t.Context(), key, token)
	if err != nil && !errors.Is(err, tokencache.ErrNotFound) {
		t.Errorf("LoadNote: %v", err)
	}
	if (err == nil) != (want != tokencache.RefreshNote{}) {
		t.Errorf("LoadNote: %v", err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("note of %q (-want +got):\n%s", key, diff)
	}
}

// TestNote: a note belongs to one key and refresh token, replaces the previous note, and does not
// contain the token.
func TestNote(t *testing.T) {
	dir := tokencache.Dir(filepath.Join(t.TempDir(), "cache"))
	var none tokencache.RefreshNote
	wantNote(t, dir, "s", noteToken, none)
	for _, note := range []tokencache.RefreshNote{
		{At: noteAt, Outcome: tokencache.RefreshSent},
		{At: noteAt.Add(time.Minute), Outcome: tokencache.RefreshRejected, Code: "InvalidGrantException", Message: "no\nmore", Server: "a"},
	} {
		if err := dir.StoreNote(t.Context(), "s", noteToken, note); err != nil {
			t.Fatal(err)
		}
		wantNote(t, dir, "s", noteToken, note)
	}
	wantNote(t, dir, "s", "another", none)
	wantNote(t, dir, "other", noteToken, none)

	data, err := os.ReadFile(noteFile(dir, "s"))
	if err != nil || strings.Contains(string(data), string(noteToken)) {
		t.Errorf("note %q, %v", data, err)
	}
	long := tokencache.RefreshNote{At: noteAt, Outcome: tokencache.RefreshFailed, Message: strings.Repeat("ö", 10_000)}
	if err := dir.StoreNote(t.Context(), "s", noteToken, long); err != nil {
		t.Fatal(err)
	}
	long.Message = strings.Repeat("ö", 150)
	wantNote(t, dir, "s", noteToken, long)
	for _, damaged := range []string{"", "{", "0a1b 2026-11-22T03:04:05Z\n", string(data[:len(data)-10])} {
		filetest.Write(t, noteFile(dir, "s"), damaged)
		wantNote(t, dir, "s", noteToken, none)
	}
}

func noteFile(dir tokencache.Dir, key string) string {
	return strings.TrimSuffix(dir.Path(key), ".json") + ".refresh"
}

func TestNoteContextDone(t *testing.T) {
	dir := tokencache.Dir(t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, loadErr := dir.LoadNote(ctx, "s", noteToken)
	for name, err := range map[string]error{
		"LoadNote":   loadErr,
		"StoreNote":  dir.StoreNote(ctx, "s", noteToken, tokencache.RefreshNote{}),
		"DeleteNote": dir.DeleteNote(ctx, "s"),
	} {
		if !errors.Is(err, context.Canceled) || !strings.HasPrefix(err.Error(), "tokencache: ") {
			t.Errorf("%s: %v, want %v", name, err, context.Canceled)
		}
	}
}

// TestDeleteNote: both Delete and DeleteNote delete the note.
func TestDeleteNote(t *testing.T) {
	for name, remove := range map[string]func(tokencache.Dir, context.Context, string) error{
		"Delete":     tokencache.Dir.Delete,
		"DeleteNote": tokencache.Dir.DeleteNote,
	} {
		t.Run(name, func(t *testing.T) {
			dir := tokencache.Dir(filepath.Join(t.TempDir(), "cache"))
			if err := remove(dir, t.Context(), "s"); err != nil {
				t.Errorf("nothing to delete: %v", err)
			}
			note := tokencache.RefreshNote{At: noteAt, Outcome: tokencache.RefreshRejected}
			if err := dir.StoreNote(t.Context(), "s", noteToken, note); err != nil {
				t.Fatal(err)
			}
			if err := remove(dir, t.Context(), "s"); err != nil {
				t.Fatal(err)
			}
			left, err := os.ReadDir(string(dir))
			if err != nil || len(left) > 0 {
				t.Errorf("files left: %v, %v", left, err)
			}
		})
	}
}
