package tokencache_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/latchkey-sso/latchkey/tokencache"
)

// TestRefreshNote: a note is about one refresh token of one key, replaces the one before,
// and holds no token.
func TestRefreshNote(t *testing.T) {
	ctx := t.Context()
	dir := tokencache.Dir(filepath.Join(t.TempDir(), "cache"))
	const token tokencache.Secret = "secret refresh token"
	check := func(key string, token tokencache.Secret, want tokencache.RefreshNote) {
		t.Helper()
		if diff := cmp.Diff(want, dir.LastRefresh(ctx, key, token)); diff != "" {
			t.Errorf("note of %q (-want +got):\n%s", key, diff)
		}
	}
	var none tokencache.RefreshNote
	check("s", token, none)
	at := time.Date(2026, 11, 22, 3, 4, 5, 6, time.UTC)
	for _, note := range []tokencache.RefreshNote{
		{At: at, Outcome: tokencache.RefreshSent},
		{At: at.Add(time.Minute), Outcome: tokencache.RefreshRefused, Code: "InvalidGrantException", Message: "no\nmore", Server: "a"},
	} {
		if err := dir.NoteRefresh(ctx, "s", token, note); err != nil {
			t.Fatal(err)
		}
		check("s", token, note)
	}
	check("s", "another", none)
	check("other", token, none)

	notes, err := filepath.Glob(filepath.Join(string(dir), "*"))
	if err != nil || len(notes) != 1 || filepath.Ext(notes[0]) == ".json" {
		t.Fatalf("files %v, %v", notes, err)
	}
	data, err := os.ReadFile(notes[0])
	if err != nil || strings.Contains(string(data), string(token)) {
		t.Errorf("note %q, %v", data, err)
	}
	canceled, cancel := context.WithCancel(ctx)
	cancel()
	if err := dir.NoteRefresh(canceled, "s", token, none); err == nil {
		t.Error("no error of a context that has ended")
	}
	if got := dir.LastRefresh(canceled, "s", token); got != none {
		t.Errorf("read after the context has ended: %v", got)
	}

	long := tokencache.RefreshNote{At: at, Outcome: tokencache.RefreshFailed, Message: strings.Repeat("ö", 10_000)}
	if err := dir.NoteRefresh(ctx, "s", token, long); err != nil {
		t.Fatal(err)
	}
	long.Message = strings.Repeat("ö", 150)
	check("s", token, long)
	for _, data := range []string{"", "{", "0a1b 2026-11-22T03:04:05Z\n", string(data[:len(data)-10])} {
		if err := os.WriteFile(notes[0], []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
		check("s", token, none)
	}
}

// TestRefusedGoes: a note goes with its token, and can be removed by itself.
func TestRefusedGoes(t *testing.T) {
	ctx := t.Context()
	const token tokencache.Secret = "secret refresh token"
	for name, remove := range map[string]func(d tokencache.Dir) error{
		"ForgetRefused": func(d tokencache.Dir) error { return d.ForgetRefused(ctx, "s") },
		"Delete":        func(d tokencache.Dir) error { return d.Delete(ctx, "s") },
		"DeleteEntry": func(d tokencache.Dir) error {
			return d.DeleteEntry(ctx, tokencache.Entry{Path: d.Path("s")})
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := tokencache.Dir(filepath.Join(t.TempDir(), "cache"))
			if err := remove(dir); err != nil {
				t.Errorf("of nothing: %v", err)
			}
			at := time.Date(2026, 11, 22, 3, 4, 5, 6, time.UTC)
			note := tokencache.RefreshNote{At: at, Outcome: tokencache.RefreshRefused}
			if err := dir.NoteRefresh(ctx, "s", token, note); err != nil {
				t.Fatal(err)
			}
			entry := tokencache.Entry{Path: dir.Path("s"), Token: &tokencache.Token{RefreshToken: token}}
			if got := dir.EntryRefusedAt(ctx, entry); !got.Equal(at) {
				t.Errorf("the entry was refused at %v, want %v", got, at)
			}
			note.Outcome = tokencache.RefreshFailed
			if err := dir.NoteRefresh(ctx, "s", token, note); err != nil {
				t.Fatal(err)
			}
			if got := dir.EntryRefusedAt(ctx, entry); !got.IsZero() {
				t.Errorf("the entry was refused at %v, though the request failed otherwise", got)
			}
			if err := remove(dir); err != nil {
				t.Fatal(err)
			}
			left, err := os.ReadDir(string(dir))
			if err != nil || len(left) > 0 {
				t.Errorf("left: %v, %v", left, err)
			}
		})
	}
}
