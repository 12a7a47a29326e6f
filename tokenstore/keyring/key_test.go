package keyring

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/latchkey-sso/latchkey/internal/agecipher"
	"github.com/latchkey-sso/latchkey/internal/redact"
	"github.com/latchkey-sso/latchkey/rolecache"
	rolecachetest "github.com/latchkey-sso/latchkey/rolecache/cachetest"
	"github.com/latchkey-sso/latchkey/tokencache"
	"github.com/latchkey-sso/latchkey/tokencache/cachetest"
	"github.com/latchkey-sso/latchkey/tokenstore"
)

// fakeRing is a keyring in memory.
type fakeRing struct {
	mu         sync.Mutex
	key        redact.Secret
	err        error
	hang       bool
	gets, sets int
}

func (r *fakeRing) get() (redact.Secret, error) {
	if r.hang {
		time.Sleep(time.Hour)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.gets++
	if r.err == nil && r.key == "" {
		return "", agecipher.ErrNoKey
	}
	return r.key, r.err
}

func (r *fakeRing) set(key redact.Secret) error {
	time.Sleep(10 * time.Millisecond) // so that callers without a lock all find no key
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sets++
	if r.err == nil {
		r.key = key
	}
	return r.err
}

// newStore returns a store as another process would open it: with the keyring and a directory, and
// nothing in memory.
func newStore(r ring, dir string) *tokenstore.Store {
	return tokenstore.NewEncrypted("test", dir, agecipher.Cipher{Keys: &key{ring: r}})
}

func newToken() *tokencache.Token {
	return &tokencache.Token{AccessToken: "access", RefreshToken: "refresh", ExpiresAt: time.Now().Add(time.Hour)}
}

func store(ctx context.Context, s *tokenstore.Store) error {
	return s.Tokens.Store(ctx, "corp", newToken())
}

func mustStore(t *testing.T, s *tokenstore.Store) {
	t.Helper()
	if err := store(t.Context(), s); err != nil {
		t.Error(err)
	}
}

func load(ctx context.Context, s *tokenstore.Store) error {
	_, err := s.Tokens.Load(ctx, "corp")
	return err
}

func mustLoad(t *testing.T, s *tokenstore.Store) {
	t.Helper()
	if err := load(t.Context(), s); err != nil {
		t.Error(err)
	}
}

func wantInvalid(t *testing.T, s *tokenstore.Store, reason string) {
	t.Helper()
	var invalid *tokencache.InvalidError
	if err := load(t.Context(), s); !errors.As(err, &invalid) || invalid.Reason != reason {
		t.Errorf("Load: %v, want %q", err, reason)
	}
}

func testCaches(t *testing.T, newStore func(*testing.T) *tokenstore.Store) {
	t.Helper()
	cachetest.Test(t, func(t *testing.T) tokencache.Cache { return newStore(t).Tokens })
	rolecachetest.Test(t, func(t *testing.T) rolecache.Cache { return newStore(t).Roles })
}

func TestCaches(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	ring := &fakeRing{}
	testCaches(t, func(t *testing.T) *tokenstore.Store { return newStore(ring, t.TempDir()) })
}

func TestOpen(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	for _, setting := range []string{"keyring", "keyring?dir=~/a"} {
		one, err := tokenstore.Open(setting, Driver)
		if err != nil {
			t.Fatal(err)
		}
		two, err := tokenstore.Open(setting, Driver)
		if err != nil || one.Tokens != two.Tokens || one.Roles != two.Roles || !strings.HasSuffix(one.Name, " (encrypted with a key in the keyring)") {
			t.Errorf("%s: %+v and %+v, %v", setting, one, two, err)
		}
	}
	for setting, want := range map[string]string{
		"keyring:login":     "keyring has no value",
		"keyring?dri=/a":    "unknown parameter dri",
		"keyring?dir=a":     "is relative",
		"keyring:?service=": "unknown parameter service",
	} {
		var invalid *tokenstore.SettingError
		if _, err := tokenstore.Open(setting, Driver); !errors.As(err, &invalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", setting, err, want)
		}
	}
}

// TestOneKey: processes that start at the same time create one key, and read it once.
func TestOneKey(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	ring, dir := &fakeRing{}, t.TempDir()
	if err := load(t.Context(), newStore(ring, dir)); !errors.Is(err, tokencache.ErrNotFound) || ring.gets != 0 {
		t.Errorf("Load of nothing: %v, after %d requests", err, ring.gets)
	}
	var all sync.WaitGroup
	for range 20 {
		s := newStore(ring, t.TempDir()) // the lock does not depend on the directory
		all.Go(func() {
			mustStore(t, s)
			mustLoad(t, s)
		})
	}
	all.Wait()
	if ring.sets != 1 {
		t.Errorf("%d keys", ring.sets)
	}
	mustStore(t, newStore(ring, dir))
	ring.gets = 0
	s := newStore(ring, dir)
	for range 20 {
		all.Go(func() { mustLoad(t, s) })
	}
	all.Wait()
	if ring.gets != 1 {
		t.Errorf("a process has sent %d requests", ring.gets)
	}
}

// TestLostKey: a key that the user deleted or replaced costs a sign-in, in running processes too.
func TestLostKey(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	ring, dir := &fakeRing{}, t.TempDir()
	running := newStore(ring, dir)
	mustStore(t, running)

	ring.key = ""
	wantInvalid(t, newStore(ring, dir), "cannot be decrypted: the key no longer exists")
	mustStore(t, newStore(ring, dir))
	mustLoad(t, running)

	ring.key = ""
	other := newStore(ring, t.TempDir())
	mustStore(t, other)
	wantInvalid(t, newStore(ring, dir), "cannot be decrypted with this key")
	mustStore(t, newStore(ring, dir))
	mustLoad(t, running)
	mustStore(t, running)
	mustLoad(t, newStore(ring, dir))
}

// TestUnavailable: without the keyring, nothing is stored, and a sign-in is neither lost nor
// reported as missing.
func TestUnavailable(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	ring, dir := &fakeRing{}, t.TempDir()
	mustStore(t, newStore(ring, dir))
	locked := errors.New("it is locked")
	ring.err = locked
	for _, err := range []error{load(t.Context(), newStore(ring, dir)), store(t.Context(), newStore(ring, dir))} {
		if !errors.Is(err, ErrUnavailable) || !errors.Is(err, locked) {
			t.Errorf("%v", err)
		}
	}
	ring.err = nil
	mustLoad(t, newStore(ring, dir))
	if ring.sets != 1 {
		t.Errorf("%d keys", ring.sets)
	}
	ring.key = "AGE-SECRET-KEY-1DAMAGED"
	if err := store(t.Context(), newStore(ring, dir)); err == nil || ring.sets != 1 || strings.Contains(err.Error(), "DAMAGED") {
		t.Errorf("a damaged key: %v, %d keys", err, ring.sets)
	}
}

// TestHung: a keyring that waits for a user who is not there does not block forever.
func TestHung(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	dir := t.TempDir()
	ring := &fakeRing{}
	mustStore(t, newStore(ring, dir))
	synctest.Test(t, func(t *testing.T) {
		hung := &fakeRing{hang: true}
		start := time.Now()
		if err := load(t.Context(), newStore(hung, dir)); !errors.Is(err, ErrUnavailable) || !strings.Contains(err.Error(), "no response within 20s") {
			t.Errorf("Load: %v", err)
		}
		if waited := time.Since(start); waited < timeout || waited > timeout+time.Second {
			t.Errorf("waited %s", waited)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := load(ctx, newStore(hung, dir)); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Load: %v, want the error of the context", err)
		}
		time.Sleep(2 * time.Hour) // until the calls return
	})
}

// TestSecret: printing a store shows no key.
func TestSecret(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	ring := &fakeRing{}
	k := &key{ring: ring}
	if _, err := k.Create(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"%v", "%+v", "%s"} {
		if got := fmt.Sprintf(verb, k); got != "key in the keyring" {
			t.Errorf("%s: %s", verb, got)
		}
	}
}
