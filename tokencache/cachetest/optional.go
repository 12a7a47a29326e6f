package cachetest

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/internal/contract"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// addCalls adds a call of each method of the optional interfaces that c implements.
func addCalls(calls map[string]func(context.Context) error, c tokencache.Cache) {
	if c, ok := c.(tokencache.Lister); ok {
		calls["Entries"] = func(ctx context.Context) error { _, err := c.Entries(ctx, key); return err }
	}
	if c, ok := c.(tokencache.Sweeper); ok {
		calls["Sweep"] = func(ctx context.Context) error { _, err := c.Sweep(ctx); return err }
	}
	if c, ok := c.(tokencache.RegistrationCache); ok {
		calls["LoadRegistration"] = func(ctx context.Context) error { _, err := c.LoadRegistration(ctx, registrationKey()); return err }
		calls["StoreRegistration"] = func(ctx context.Context) error {
			return c.StoreRegistration(ctx, registrationKey(), newRegistration("id"))
		}
	}
	if c, ok := c.(tokencache.NoteCache); ok {
		calls["LoadNote"] = func(ctx context.Context) error { _, err := c.LoadNote(ctx, key, "refresh"); return err }
		calls["StoreNote"] = func(ctx context.Context) error { return c.StoreNote(ctx, key, "refresh", newNote()) }
		calls["DeleteNote"] = func(ctx context.Context) error { return c.DeleteNote(ctx, key) }
	}
	if c, ok := c.(tokencache.LockAger); ok {
		calls["LockedSince"] = func(ctx context.Context) error { _, err := c.LockedSince(ctx, key); return err }
	}
	if c, ok := c.(tokencache.SendLocker); ok {
		calls["LockSending"] = func(ctx context.Context) error { _, err := c.LockSending(ctx, key); return err }
		calls["SendingSince"] = func(ctx context.Context) error { _, err := c.SendingSince(ctx, key); return err }
	}
	if c, ok := c.(tokencache.LeaseLocker); ok {
		calls["HoldsSending"] = func(ctx context.Context) error { _, err := c.HoldsSending(ctx, key); return err }
	}
	if c, ok := c.(tokencache.CompareAndStorer); ok {
		calls["CompareAndStore"] = func(ctx context.Context) error {
			return c.CompareAndStore(ctx, key, "refresh", &tokencache.Token{AccessToken: "new", ExpiresAt: time.Unix(2e9, 0)})
		}
	}
	if c, ok := c.(tokencache.WriteChecker); ok {
		calls["CheckWritable"] = func(ctx context.Context) error { return c.CheckWritable(ctx, key) }
	}
	if c, ok := c.(tokencache.PrivacyChecker); ok {
		calls["CheckPrivate"] = c.CheckPrivate
	}
}

// testLister: Entries returns every token, with a key that works in all methods.
func testLister(t *testing.T, c tokencache.Lister) {
	wantEntries(t, c, map[string]string{})
	for _, key := range []string{key, "other", startURL} {
		store(t, c, key, tokenWith(t, "of "+key))
	}
	if c, ok := c.(tokencache.RegistrationCache); ok {
		if err := c.StoreRegistration(contract.Context(t), registrationKey(), newRegistration("id")); err != nil {
			t.Fatal(err)
		}
	}
	entries := wantEntries(t, c, map[string]string{key: "of " + key, "other": "of other", startURL: "of " + startURL})
	for _, e := range entries {
		wantToken(t, c, e.Key, tokenWith(t, string(e.Token.AccessToken)))
		name := strings.TrimPrefix(string(e.Token.AccessToken), "of ")
		unlock := take(t, c.Lock, e.Key)
		wantHeld(t, c.Lock, name)
		unlock()
		remove(t, c, e.Key)
		wantNotFound(t, c, name)
	}
	wantEntries(t, c, map[string]string{})
}

// wantEntries checks that Entries returns exactly these access tokens, by key. It returns the
// entries for a caller that knows no keys.
func wantEntries(t *testing.T, c tokencache.Lister, want map[string]string) []tokencache.Entry {
	t.Helper()
	known, err := c.Entries(contract.Context(t), append(slices.Collect(maps.Keys(want)), "another key")...)
	if err != nil {
		t.Fatalf("Entries: %v", err)
	}
	got := map[string]string{}
	for _, e := range known {
		got[e.Key] = string(e.Token.AccessToken)
	}
	if !maps.Equal(got, want) || len(known) != len(want) {
		t.Errorf("Entries returned %d tokens: %q, want %q", len(known), got, want)
	}
	entries, err := c.Entries(contract.Context(t))
	if err != nil || len(entries) != len(want) {
		t.Errorf("Entries without keys: %v, %v; want %d tokens", entries, err, len(want))
	}
	return entries
}

// testSweeper: Sweep keeps the entries.
func testSweeper(t *testing.T, c tokencache.Sweeper) {
	store(t, c, key, newToken(t))
	if n, err := c.Sweep(contract.Context(t)); n != 0 || err != nil {
		t.Errorf("Sweep = %d, %v; want 0", n, err)
	}
	wantToken(t, c, key, newToken(t))
}

func registrationKey() tokencache.RegistrationKey {
	return tokencache.RegistrationKey{StartURL: startURL, Region: "eu-west-1", Scopes: []string{"a", "b"}, SessionName: key}
}

func newRegistration(id string) *tokencache.Registration {
	return &tokencache.Registration{
		ClientID: id, ClientSecret: "secret", ExpiresAt: time.Unix(2e9, 0).UTC(),
		Scopes: []string{"a", "b"}, GrantTypes: []string{"authorization_code", "refresh_token"},
	}
}

func testRegistrations(t *testing.T, c tokencache.RegistrationCache) {
	keys := map[string]tokencache.RegistrationKey{"unchanged": registrationKey()}
	for name, change := range map[string]func(*tokencache.RegistrationKey){
		"start URL":      func(k *tokencache.RegistrationKey) { k.StartURL += "/" },
		"region":         func(k *tokencache.RegistrationKey) { k.Region = "us-east-1" },
		"session":        func(k *tokencache.RegistrationKey) { k.SessionName = "other" },
		"no session":     func(k *tokencache.RegistrationKey) { k.SessionName = "" },
		"order":          func(k *tokencache.RegistrationKey) { k.Scopes = []string{"b", "a"} },
		"empty scopes":   func(k *tokencache.RegistrationKey) { k.Scopes = []string{} },
		"without scopes": func(k *tokencache.RegistrationKey) { k.Scopes = nil },
	} {
		k := registrationKey()
		change(&k)
		keys[name] = k
	}
	for name, k := range keys {
		if r, err := c.LoadRegistration(contract.Context(t), k); r != nil || !errors.Is(err, tokencache.ErrNotFound) {
			t.Errorf("%s: LoadRegistration = %v, %v; want ErrNotFound", name, r, err)
		}
		if err := c.StoreRegistration(contract.Context(t), k, newRegistration(name)); err != nil {
			t.Fatalf("StoreRegistration: %v", err)
		}
	}
	for name, k := range keys {
		got, err := c.LoadRegistration(contract.Context(t), k)
		if err != nil || !equal(got, newRegistration(name)) {
			t.Errorf("%s: LoadRegistration = %v, %v; want %v", name, got, err, newRegistration(name))
		}
	}
	wantNotFound(t, c, key)
}

func equal(a, b *tokencache.Registration) bool {
	return a.ClientID == b.ClientID && a.ClientSecret == b.ClientSecret && a.ExpiresAt.Equal(b.ExpiresAt) &&
		slices.Equal(a.Scopes, b.Scopes) && slices.Equal(a.GrantTypes, b.GrantTypes)
}

func newNote() tokencache.RefreshNote {
	return tokencache.RefreshNote{
		At: time.Date(2026, 11, 22, 3, 4, 5, 678e6, time.UTC), Outcome: tokencache.RefreshRejected,
		Code: "InvalidGrantException", Message: "no\nmore", Server: "server",
	}
}

func testNotes(t *testing.T, c tokencache.NoteCache) {
	wantNote(t, c, key, "refresh", nil)
	note, sent := newNote(), tokencache.RefreshNote{At: newNote().At.Add(-time.Hour), Outcome: tokencache.RefreshSent}
	for _, note := range []tokencache.RefreshNote{sent, note} {
		storeNote(t, c, note)
		wantNote(t, c, key, "refresh", &note)
	}
	wantNote(t, c, key, "another token", nil)
	wantNote(t, c, "another key", "refresh", nil)
	wantNotFound(t, c, key)
	store(t, c, key, newToken(t))
	wantNote(t, c, key, "refresh", &note)
	for name, remove := range map[string]func(context.Context, string) error{"Delete": c.Delete, "DeleteNote": c.DeleteNote} {
		storeNote(t, c, note)
		for range 2 {
			if err := remove(contract.Context(t), key); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		wantNote(t, c, key, "refresh", nil)
	}
}

func storeNote(t *testing.T, c tokencache.NoteCache, note tokencache.RefreshNote) {
	t.Helper()
	if err := c.StoreNote(contract.Context(t), key, "refresh", note); err != nil {
		t.Fatalf("StoreNote: %v", err)
	}
}

// wantNote checks the note of key for a refresh token. A nil want means no note.
func wantNote(t *testing.T, c tokencache.NoteCache, key string, token tokencache.Secret, want *tokencache.RefreshNote) {
	t.Helper()
	got, err := c.LoadNote(contract.Context(t), key, token)
	if want == nil {
		if !errors.Is(err, tokencache.ErrNotFound) {
			t.Errorf("LoadNote(%q) = %v, %v; want ErrNotFound", key, got, err)
		}
		return
	}
	at := got.At
	got.At = want.At
	if err != nil || got != *want || !at.Equal(want.At) {
		t.Errorf("LoadNote(%q) = %v at %v, %v; want %v", key, got, at, err, *want)
	}
}

func testWriteChecker(t *testing.T, c tokencache.WriteChecker) {
	check := func() {
		t.Helper()
		if err := c.CheckWritable(contract.Context(t), key); err != nil {
			t.Errorf("CheckWritable: %v", err)
		}
	}
	check()
	wantNotFound(t, c, key)
	store(t, c, key, newToken(t))
	check()
	wantToken(t, c, key, newToken(t))
}

func testPrivacyChecker(t *testing.T, c tokencache.PrivacyChecker) {
	store(t, c, key, newToken(t))
	if err := c.CheckPrivate(contract.Context(t)); err != nil {
		t.Errorf("CheckPrivate of a new cache: %v", err)
	}
}
