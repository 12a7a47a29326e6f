package tokencache_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/tokencache"
)

func TestRefused(t *testing.T) {
	ctx := t.Context()
	dir := tokencache.Dir(filepath.Join(t.TempDir(), "cache"))
	const token tokencache.Secret = "secret refresh token"
	check := func(key string, token tokencache.Secret, want time.Time) {
		t.Helper()
		if got := dir.RefusedAt(ctx, key, token); !got.Equal(want) {
			t.Errorf("of %q refused at %v, want %v", key, got, want)
		}
	}
	var never time.Time
	check("s", token, never)
	first := time.Date(2026, 11, 22, 3, 4, 5, 6, time.FixedZone("", 3600))
	for _, at := range []time.Time{first, first.Add(time.Minute)} {
		if err := dir.MarkRefused(ctx, "s", token, at); err != nil {
			t.Fatal(err)
		}
		check("s", token, at)
	}
	check("s", "another", never)
	check("other", token, never)

	notes, err := filepath.Glob(filepath.Join(string(dir), "*"))
	if err != nil || len(notes) != 1 || filepath.Ext(notes[0]) == ".json" {
		t.Fatalf("files %v, %v", notes, err)
	}
	note, err := os.ReadFile(notes[0])
	if err != nil || strings.Contains(string(note), string(token)) {
		t.Errorf("note %q, %v", note, err)
	}
	canceled, cancel := context.WithCancel(ctx)
	cancel()
	if err := dir.MarkRefused(canceled, "s", token, first); err == nil {
		t.Error("no error of a context that has ended")
	}
	if got := dir.RefusedAt(canceled, "s", token); !got.IsZero() {
		t.Errorf("read after the context has ended: %v", got)
	}

	if err := os.WriteFile(notes[0], note[:len(note)-10], 0o600); err != nil {
		t.Fatal(err)
	}
	check("s", token, never)
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
			if err := dir.MarkRefused(ctx, "s", token, at); err != nil {
				t.Fatal(err)
			}
			entry := tokencache.Entry{Path: dir.Path("s"), Token: &tokencache.Token{RefreshToken: token}}
			if got := dir.EntryRefusedAt(ctx, entry); !got.Equal(at) {
				t.Errorf("the entry was refused at %v, want %v", got, at)
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
