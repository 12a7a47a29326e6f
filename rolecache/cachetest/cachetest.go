// Package cachetest tests implementations of [rolecache.Cache].
package cachetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/internal/contract"
	"github.com/latchkey-sso/latchkey/rolecache"
)

// Test checks that a cache implements [rolecache.Cache] correctly, and any of the optional
// interfaces that it has. It runs one subtest per property, each with a new cache. newCache must
// return an empty cache, and can clean up with t.Cleanup.
func Test(t *testing.T, newCache func(t *testing.T) rolecache.Cache) {
	t.Helper()
	contract.Test(t, newCache, properties())
}

func properties() []contract.Property[rolecache.Cache] {
	return []contract.Property[rolecache.Cache]{
		contract.NewProperty[rolecache.Cache]("RoundTrip", testRoundTrip),
		contract.NewProperty[rolecache.Cache]("Keys", testKeys),
		contract.NewProperty[rolecache.Cache]("FailedStore", testFailedStore),
		contract.NewProperty[rolecache.Cache]("Context", testContext),
		contract.NewProperty[rolecache.Cache]("ConcurrentStores", testConcurrentStores),
		contract.NewProperty[rolecache.Cache]("Lock", testLock),
		contract.NewProperty[rolecache.Cache]("Ager", testAger),
		contract.NewProperty[rolecache.Cache]("Clearer", testClearer),
		contract.NewProperty[rolecache.Cache]("NoteCache", testNotes),
	}
}

var key = rolecache.Key{Session: "corp", AccountID: "111122223333", RoleName: "Developer"}

func newCredentials(secret string) *rolecache.Credentials {
	return &rolecache.Credentials{
		AccessKeyID: "AKIA" + secret, SecretAccessKey: rolecache.Secret(secret), SessionToken: rolecache.Secret(secret),
		Expires: time.Unix(2e9, 0).UTC(), AccountID: key.AccountID,
	}
}

func store(t *testing.T, c rolecache.Cache, key rolecache.Key, credentials *rolecache.Credentials) {
	t.Helper()
	if err := c.Store(contract.Context(t), key, credentials); err != nil {
		t.Fatalf("Store: %v", err)
	}
}

// wantCredentials checks the credentials under key. A nil want means none.
func wantCredentials(t *testing.T, c rolecache.Cache, key rolecache.Key, want *rolecache.Credentials) {
	t.Helper()
	got, err := c.Load(contract.Context(t), key)
	switch {
	case want == nil && (got != nil || !errors.Is(err, rolecache.ErrNotFound)):
		t.Errorf("Load(%+v) = %v, %v; want ErrNotFound", key, got, err)
	case want != nil && (err != nil || got == nil || *got != *want):
		t.Errorf("Load(%+v) = %v, %v; want %v", key, got, err, want)
	}
}

func testRoundTrip(t *testing.T, c rolecache.Cache) {
	wantCredentials(t, c, key, nil)
	large, least := newCredentials(strings.Repeat("large", 10_000)), newCredentials("least")
	least.AccountID = ""
	for _, credentials := range []*rolecache.Credentials{newCredentials("é\"\\"), large, least} {
		want := *credentials
		store(t, c, key, credentials)
		credentials.SessionToken = "changed after Store"
		wantCredentials(t, c, key, &want)
	}
	for range 2 {
		if err := c.Delete(contract.Context(t), key); err != nil {
			t.Fatalf("Delete: %v", err)
		}
		wantCredentials(t, c, key, nil)
	}
}

// testKeys: every field distinguishes keys, except the start URL of a named session.
func testKeys(t *testing.T, c rolecache.Cache) {
	const startURL = "https://d-1234567890.awsapps.com/start"
	keys := []rolecache.Key{
		key,
		{Session: "Corp", AccountID: key.AccountID, RoleName: key.RoleName},
		{Session: "../corp", AccountID: key.AccountID, RoleName: key.RoleName},
		{StartURL: startURL, AccountID: key.AccountID, RoleName: key.RoleName},
		{StartURL: startURL + "/", AccountID: key.AccountID, RoleName: key.RoleName},
		{StartURL: "corp", AccountID: key.AccountID, RoleName: key.RoleName},
		{Session: key.Session, AccountID: "222233334444", RoleName: key.RoleName},
		{Session: key.Session, AccountID: key.AccountID, RoleName: "developer"},
	}
	for i, key := range keys {
		wantCredentials(t, c, key, nil)
		store(t, c, key, newCredentials(fmt.Sprint(i)))
	}
	for i, key := range keys {
		wantCredentials(t, c, key, newCredentials(fmt.Sprint(i)))
	}
	named := key
	named.StartURL = startURL
	wantCredentials(t, c, named, newCredentials("0"))
}

func testFailedStore(t *testing.T, c rolecache.Cache) {
	store(t, c, key, newCredentials("old"))
	for name, inject := range map[string]func(*rolecache.Credentials){
		"access key":    func(c *rolecache.Credentials) { c.AccessKeyID = "" },
		"secret key":    func(c *rolecache.Credentials) { c.SecretAccessKey = "" },
		"session token": func(c *rolecache.Credentials) { c.SessionToken = "" },
		"expiry":        func(c *rolecache.Credentials) { c.Expires = time.Time{} },
	} {
		credentials := newCredentials("new")
		inject(credentials)
		if err := c.Store(contract.Context(t), key, credentials); err == nil {
			t.Errorf("Store accepted credentials without %s", name)
		}
		wantCredentials(t, c, key, newCredentials("old"))
	}
}

// testContext: a method with a context that is done fails and changes nothing.
func testContext(t *testing.T, c rolecache.Cache) {
	store(t, c, key, newCredentials("old"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	calls := map[string]func() error{
		"Load":   func() error { _, err := c.Load(ctx, key); return err },
		"Store":  func() error { return c.Store(ctx, key, newCredentials("new")) },
		"Delete": func() error { return c.Delete(ctx, key) },
		"Lock":   func() error { _, err := c.Lock(ctx, key); return err },
	}
	if c, ok := c.(rolecache.Ager); ok {
		calls["StoredAt"] = func() error { _, err := c.StoredAt(ctx, key); return err }
	}
	if c, ok := c.(rolecache.Clearer); ok {
		calls["Clear"] = func() error { _, err := c.Clear(ctx); return err }
	}
	if c, ok := c.(rolecache.NoteCache); ok {
		calls["LoadNote"] = func() error { _, err := c.LoadNote(ctx, key); return err }
		calls["StoreNote"] = func() error { return c.StoreNote(ctx, key, rolecache.FailureNote{}) }
	}
	for name, call := range calls {
		if err := call(); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v, want %v", name, err, context.Canceled)
		}
	}
	wantCredentials(t, c, key, newCredentials("old"))
}

// testConcurrentStores: a reader always sees complete credentials.
func testConcurrentStores(t *testing.T, c rolecache.Cache) {
	store(t, c, key, newCredentials("first"))
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			credentials := newCredentials(strings.Repeat(fmt.Sprint(i), 5000*(i+1)))
			for range 20 {
				if err := c.Store(t.Context(), key, credentials); err != nil {
					t.Errorf("Store: %v", err)
				}
				got, err := c.Load(t.Context(), key)
				if err != nil || got.SecretAccessKey != got.SessionToken {
					t.Errorf("Load during Store = %v, %v", got, err)
				}
			}
		})
	}
	wg.Wait()
}
