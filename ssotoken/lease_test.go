package ssotoken_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/idctest"
	"github.com/latchkey-sso/latchkey/internal/ssotest"
	"github.com/latchkey-sso/latchkey/ssotoken"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// newLeases returns a cache with leases, and a source of an expired token in it.
func newLeases(t *testing.T) (*world, *ssotest.Leases, *ssotoken.Source) {
	t.Helper()
	w := newWorld(t)
	w.Pass(2 * time.Hour)
	cache := &ssotest.Leases{Dir: w.Tokens}
	return w, cache, w.source(w.Profile(), func(o *ssotoken.Options) { o.TokenCache = cache })
}

// otherRefresh stores a token as another process would that has refreshed it.
func otherRefresh(w *world) idctest.SignIn {
	next := w.Server.SignIn()
	w.WriteToken(next.TokenFile())
	return next
}

// TestLostLockNotSent: a process that was suspended with the sending lock, and lost it, does not send the
// refresh token when it resumes.
func TestLostLockNotSent(t *testing.T) {
	w, cache, source := newLeases(t)
	var next idctest.SignIn
	cache.Hold = func() (bool, error) { next = otherRefresh(w); return false, nil }
	if tok := retrieve(t, source); string(tok.AccessToken) != next.AccessToken {
		t.Error("got another token than the one that the new holder stored")
	}
	w.Count("CreateToken", 0)
}

// TestLostLockAcquiredAgain: if the new holder stores nothing, the process waits for the lock again.
func TestLostLockAcquiredAgain(t *testing.T) {
	w, cache, source := newLeases(t)
	calls := 0
	cache.Hold = func() (bool, error) { calls++; return calls > 1, nil }
	retrieve(t, source)
	w.Count("CreateToken", 1)
	if calls != 2 {
		t.Errorf("the lock was confirmed %d times, want once before it was lost and once after", calls)
	}
}

// TestUnknownLockNotSent: without a lock, a refresh token that another machine may send is not sent.
func TestUnknownLockNotSent(t *testing.T) {
	gone := errors.New("connection refused")
	for name, inject := range map[string]func(*ssotest.Leases){
		"cannot lock":  func(c *ssotest.Leases) { c.LockErr = gone },
		"cannot check": func(c *ssotest.Leases) { c.Hold = func() (bool, error) { return false, gone } },
		"cannot load": func(c *ssotest.Leases) {
			c.Hold = func() (bool, error) { c.LoadErr = gone; return true, nil }
		},
	} {
		t.Run(name, func(t *testing.T) {
			w, cache, source := newLeases(t)
			inject(cache)
			_, err := source.Token(t.Context())
			var login *ssotoken.LoginRequiredError
			if err == nil || errors.As(err, &login) || !strings.Contains(err.Error(), "connection refused") {
				t.Errorf("Token: %v", err)
			}
			w.Count("CreateToken", 0)
		})
	}
}

// TestReplacedBeforeStore: a process that is suspended right before it stores the refreshed token does not
// overwrite what was stored meanwhile.
func TestReplacedBeforeStore(t *testing.T) {
	w, cache, source := newLeases(t)
	var next idctest.SignIn
	cache.BeforeStore = func() { next = otherRefresh(w) }
	if tok := retrieve(t, source); string(tok.AccessToken) != next.AccessToken {
		t.Error("got another token than the stored one")
	}
	if string(w.Token().AccessToken) != next.AccessToken {
		t.Error("the token of another process was overwritten")
	}
	w.Count("CreateToken", 1)
}

// TestSignOutBeforeStore: a sign-out right before the refreshed token is stored stays in effect.
func TestSignOutBeforeStore(t *testing.T) {
	w, cache, source := newLeases(t)
	cache.BeforeStore = func() { _ = w.Tokens.Delete(t.Context(), "corp") }
	retrieve(t, source)
	if _, err := w.Tokens.Load(t.Context(), "corp"); !errors.Is(err, tokencache.ErrNotFound) {
		t.Errorf("the token was stored after the sign-out: %v", err)
	}
}

// TestUnsavedTokenRefreshed: a token that could not be stored is refreshed. The new one replaces the token in the cache,
// which is two refreshes older.
func TestUnsavedTokenRefreshed(t *testing.T) {
	w, cache, source := newLeases(t)
	stores := 0
	cache.BeforeStore = func() {
		if stores++; stores == 3 {
			cache.StoreErr = nil
		}
	}
	cache.StoreErr = errors.New("connection refused")
	retrieve(t, source)
	w.Pass(2 * time.Hour)
	if tok := retrieve(t, source); w.Token().AccessToken != tok.AccessToken {
		t.Error("the token was not stored")
	}
	w.Pass(2 * time.Hour)
	retrieve(t, source)
	w.Count("CreateToken", 3)
}

// TestUnreadableCacheAfterSignOut: a token that was deleted is not used.
func TestUnreadableCacheAfterSignOut(t *testing.T) {
	w, cache, source := newLeases(t)
	retrieve(t, source)
	if err := w.Tokens.Delete(t.Context(), "corp"); err != nil {
		t.Fatal(err)
	}
	_, signedOut := source.Token(t.Context())
	cache.LoadErr = errors.New("connection refused")
	if _, err := source.Token(t.Context()); signedOut == nil || !errors.Is(err, cache.LoadErr) {
		t.Errorf("Token after the sign-out: %v, then %v", signedOut, err)
	}
}

// TestUnreadableCache: while the cache cannot be read, a valid token in memory is used.
func TestUnreadableCache(t *testing.T) {
	w, cache, source := newLeases(t)
	want := retrieve(t, source).AccessToken
	cache.LoadErr = errors.New("connection refused")
	for range 2 {
		if got := retrieve(t, source).AccessToken; got != want {
			t.Error("got another token than the one in memory")
		}
	}
	if n := strings.Count(w.Log.String(), "connection refused"); n != 1 {
		t.Errorf("%d warnings, want 1:\n%s", n, w.Log.String())
	}
	w.Pass(2 * time.Hour)
	if _, err := source.Token(t.Context()); err == nil || !strings.Contains(err.Error(), "connection refused") {
		t.Errorf("Token, when that in memory has expired: %v", err)
	}
	w.Count("CreateToken", 1)
}
