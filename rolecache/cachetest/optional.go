package cachetest

import (
	"errors"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/internal/contract"
	"github.com/latchkey-sso/latchkey/rolecache"
)

func testAger(t *testing.T, c rolecache.Ager) {
	if at, err := c.StoredAt(contract.Context(t), key); !errors.Is(err, rolecache.ErrNotFound) {
		t.Errorf("StoredAt of nothing: %v, %v; want ErrNotFound", at, err)
	}
	var last time.Time
	for range 2 {
		store(t, c, key, newCredentials("x"))
		at, err := c.StoredAt(contract.Context(t), key)
		if ago := time.Since(at); err != nil || ago < -time.Minute || ago > time.Minute || !at.After(last) {
			t.Errorf("StoredAt right after Store = %v, %v", at, err)
		}
		last = at
		time.Sleep(50 * time.Millisecond) // file times are coarse
	}
}

func testClearer(t *testing.T, c rolecache.Clearer) {
	kept, missing := key, key
	kept.RoleName, missing.RoleName = "Kept", "Missing"
	store(t, c, key, newCredentials("x"))
	store(t, c, kept, newCredentials("kept"))
	if n, err := c.Clear(contract.Context(t), kept, missing); n != 1 || err != nil {
		t.Errorf("Clear: %d, %v; want 1", n, err)
	}
	wantCredentials(t, c, key, nil)
	wantCredentials(t, c, kept, newCredentials("kept"))
	if n, err := c.Clear(contract.Context(t)); n != 1 || err != nil {
		t.Errorf("Clear: %d, %v; want 1", n, err)
	}
	wantCredentials(t, c, kept, nil)
}

func testNotes(t *testing.T, c rolecache.NoteCache) {
	at := time.Date(2026, 11, 22, 3, 4, 5, 678e6, time.UTC)
	session := rolecache.Key{Session: key.Session}
	notes := map[rolecache.Key]rolecache.FailureNote{
		key:     {At: at, Status: 500, Code: "InternalServerException", Message: "no\nluck", Server: "server"},
		session: {At: at.Add(time.Second), RetryAt: at.Add(time.Minute)},
	}
	for key := range notes {
		wantNote(t, c, key, nil)
	}
	for range 2 {
		for key, note := range notes {
			storeNote(t, c, key, note)
		}
		for key, note := range notes {
			wantNote(t, c, key, &note)
			wantCredentials(t, c, key, nil)
			note.Message = "replaced"
			storeNote(t, c, key, note)
			wantNote(t, c, key, &note)
		}
	}
	if err := c.Delete(contract.Context(t), key); err != nil {
		t.Errorf("Delete: %v", err)
	}
	wantNote(t, c, key, nil)
	if clearer, ok := c.(rolecache.Clearer); ok {
		if _, err := clearer.Clear(contract.Context(t)); err != nil {
			t.Errorf("Clear: %v", err)
		}
	} else if err := c.Delete(contract.Context(t), session); err != nil {
		t.Errorf("Delete: %v", err)
	}
	wantNote(t, c, session, nil)
}

func storeNote(t *testing.T, c rolecache.NoteCache, key rolecache.Key, note rolecache.FailureNote) {
	t.Helper()
	if err := c.StoreNote(contract.Context(t), key, note); err != nil {
		t.Fatalf("StoreNote: %v", err)
	}
}

// wantNote checks the note of key. A nil want means no note.
func wantNote(t *testing.T, c rolecache.NoteCache, key rolecache.Key, want *rolecache.FailureNote) {
	t.Helper()
	got, err := c.LoadNote(contract.Context(t), key)
	if want == nil {
		if !errors.Is(err, rolecache.ErrNotFound) {
			t.Errorf("LoadNote(%+v) = %+v, %v; want ErrNotFound", key, got, err)
		}
		return
	}
	if err != nil || !got.At.Equal(want.At) || !got.RetryAt.Equal(want.RetryAt) ||
		got.Status != want.Status || got.Code != want.Code || got.Message != want.Message || got.Server != want.Server {
		t.Errorf("LoadNote(%+v) = %+v, %v; want %+v", key, got, err, *want)
	}
}
