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
	"github.com/latchkey-sso/latchkey/tokencache"
)

func testNotFound(t *testing.T, c tokencache.Cache) {
	wantNotFound(t, c, key)
	remove(t, c, key)
	wantNotFound(t, c, key)
}

func testRoundTrip(t *testing.T, c tokencache.Cache) {
	full := newToken(t)
	least := &tokencache.Token{AccessToken: "access", ExpiresAt: time.Date(2030, 1, 2, 3, 4, 5, 999, time.FixedZone("", 3600))}
	large := tokenWith(t, strings.Repeat("large ", 10_000))
	for _, token := range []*tokencache.Token{full, least, large, full} {
		store(t, c, key, token)
		wantToken(t, c, key, token)
	}
	loaded, err := c.Load(contract.Context(t), key)
	if err != nil {
		t.Fatal(err)
	}
	if !loaded.ExpiresAt.Equal(full.ExpiresAt) || loaded.RefreshToken != full.RefreshToken {
		t.Errorf("Load returned %v, want %v", loaded, full)
	}
}

// testUnknownMembers: a refresh keeps the members that another tool stored.
func testUnknownMembers(t *testing.T, c tokencache.Cache) {
	store(t, c, key, newToken(t))
	loaded, err := c.Load(contract.Context(t), key)
	if err != nil {
		t.Fatal(err)
	}
	loaded.AccessToken = "refreshed"
	store(t, c, key, loaded)
	loaded, err = c.Load(contract.Context(t), key)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := encode(t, loaded), strings.Replace(content, `"access"`, `"refreshed"`, 1); got != want {
		t.Errorf("Load returned\n%s\nwant\n%s", got, want)
	}
}

// testKeys: similar and unusual keys do not collide.
func testKeys(t *testing.T, c tokencache.Cache) {
	keys := []string{
		key, "Corp", "corp ", " corp", "corp.json", "corp.lock", "../corp", "a/b", `a\b`, "a:b", "login corp", "é", "e\u0301", "*", "%s",
		startURL, startURL + "/", startURL + "#/", strings.ToUpper(startURL), strings.Repeat("k", 1000), strings.Repeat("k", 1001),
	}
	for _, key := range keys {
		wantNotFound(t, c, key)
		store(t, c, key, tokenWith(t, "of "+key))
	}
	for i, key := range keys {
		wantToken(t, c, key, tokenWith(t, "of "+key))
		if i%2 == 0 {
			remove(t, c, key)
		}
	}
	for i, key := range keys {
		if i%2 == 0 {
			wantNotFound(t, c, key)
		} else {
			wantToken(t, c, key, tokenWith(t, "of "+key))
		}
	}
}

// testCopies: a caller may change a token after Store and after Load.
func testCopies(t *testing.T, c tokencache.Cache) {
	token := newToken(t)
	store(t, c, key, token)
	token.AccessToken = "changed after Store"
	wantToken(t, c, key, newToken(t))
	if loaded, err := c.Load(contract.Context(t), key); err == nil {
		loaded.AccessToken = "changed after Load"
	}
	wantToken(t, c, key, newToken(t))
}

func testFailedStore(t *testing.T, c tokencache.Cache) {
	store(t, c, key, newToken(t))
	for name, inject := range map[string]func(*tokencache.Token){
		"access token": func(token *tokencache.Token) { token.AccessToken = "" },
		"expiry":       func(token *tokencache.Token) { token.ExpiresAt = time.Time{} },
	} {
		token := newToken(t)
		inject(token)
		if err := c.Store(contract.Context(t), key, token); err == nil {
			t.Errorf("Store accepted a token without %s", name)
		}
		wantToken(t, c, key, newToken(t))
	}
}

func testDelete(t *testing.T, c tokencache.Cache) {
	store(t, c, key, newToken(t))
	store(t, c, "other", tokenWith(t, "other"))
	for range 2 {
		remove(t, c, key)
		wantNotFound(t, c, key)
	}
	wantToken(t, c, "other", tokenWith(t, "other"))
	store(t, c, key, newToken(t))
	wantToken(t, c, key, newToken(t))
}

func testDamage(t *testing.T, c RawStorer) {
	for _, data := range []string{content[:90], "[]", `{"accessToken": "secret"}`} {
		store(t, c, key, newToken(t))
		if err := c.StoreRaw(contract.Context(t), key, []byte(data)); err != nil {
			t.Fatal(err)
		}
		token, err := c.Load(contract.Context(t), key)
		var invalid *tokencache.InvalidError
		switch {
		case token != nil || !errors.As(err, &invalid):
			t.Errorf("Load of %q = %v, %v; want an *InvalidError", data, token, err)
		case strings.Contains(err.Error(), "secret"):
			t.Errorf("the error contains the data: %v", err)
		}
		store(t, c, key, newToken(t))
		wantToken(t, c, key, newToken(t))
	}
}

// testContext: a method with a context that is done fails and changes nothing.
func testContext(t *testing.T, c tokencache.Cache) {
	store(t, c, key, newToken(t))
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	expired, cancel := context.WithTimeout(t.Context(), -1)
	defer cancel()
	for _, ctx := range []context.Context{canceled, expired} {
		for name, call := range calls(c) {
			if err := call(ctx); !errors.Is(err, ctx.Err()) {
				t.Errorf("%s: %v, want an error that matches %v", name, err, ctx.Err())
			}
		}
	}
	wantToken(t, c, key, newToken(t))
}

// calls returns a call of every method that c implements, by name.
func calls(c tokencache.Cache) map[string]func(context.Context) error {
	calls := map[string]func(context.Context) error{
		"Load": func(ctx context.Context) error { _, err := c.Load(ctx, key); return err },
		"Store": func(ctx context.Context) error {
			return c.Store(ctx, key, &tokencache.Token{AccessToken: "new", ExpiresAt: time.Unix(2e9, 0)})
		},
		"Delete": func(ctx context.Context) error { return c.Delete(ctx, key) },
		"Lock":   func(ctx context.Context) error { _, err := c.Lock(ctx, key); return err },
	}
	addCalls(calls, c)
	return calls
}

// testConcurrentStores: a reader always sees a complete token.
func testConcurrentStores(t *testing.T, c tokencache.Cache) {
	const writers, times = 4, 10
	stop := make(chan struct{})
	store(t, c, key, tokenWith(t, "first"))
	var reading, writing sync.WaitGroup
	for range 2 {
		reading.Go(func() { readUntil(t, c, stop) })
	}
	for i := range writers {
		writing.Go(func() {
			token := tokenWith(t, strings.Repeat(fmt.Sprint(i), 5000*(i+1)))
			for range times {
				if err := c.Store(t.Context(), key, token); err != nil {
					t.Errorf("Store: %v", err)
				}
			}
		})
	}
	writing.Wait()
	close(stop)
	reading.Wait()
}

func readUntil(t *testing.T, c tokencache.Cache, stop <-chan struct{}) {
	for {
		token, err := c.Load(t.Context(), key)
		if err != nil || token.AccessToken != token.RefreshToken {
			t.Errorf("Load during Store = %v, %v", token, err)
			return
		}
		select {
		case <-stop:
			return
		case <-time.After(time.Millisecond): // on some file systems an open file cannot be replaced
		}
	}
}
