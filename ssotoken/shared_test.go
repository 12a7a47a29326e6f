package ssotoken_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/latchkey-sso/latchkey/idctest"
	"github.com/latchkey-sso/latchkey/internal/ssotest"
	"github.com/latchkey-sso/latchkey/ssotoken"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// TestUnsavedTokenShared: Sources of a sign-in share a token that is only in memory.
func TestUnsavedTokenShared(t *testing.T) {
	w := newWorld(t)
	w.Pass(2 * time.Hour)
	full := &ssotest.Broken{Dir: w.Tokens, StoreErr: errors.New("no space left on device")}
	inMemory := func(o *ssotoken.Options) { o.TokenCache = full }
	retrieve(t, w.source(w.Profile(), inMemory))
	elsewhere := w.Profile()
	elsewhere.RoleName = "Auditor"
	elsewhere.UseDualStack = false
	retrieve(t, w.source(elsewhere, inMemory))
	w.Count("CreateToken", 1)
}

// TestNewSignInBeatsUnsavedToken: a new sign-in replaces an unsaved token, even if it expires earlier.
func TestNewSignInBeatsUnsavedToken(t *testing.T) {
	w := newWorld(t)
	w.Pass(2 * time.Hour)
	full := &ssotest.Broken{Dir: w.Tokens, StoreErr: errors.New("no space left on device")}
	p := w.source(w.Profile(), func(o *ssotoken.Options) { o.TokenCache = full })
	retrieve(t, p)
	again := w.Server.SignIn()
	w.WriteToken(again.TokenFile())
	w.Edit(func(tok *tokencache.Token) { tok.ExpiresAt = w.Now().Add(30 * time.Minute) })
	tok, err := p.Token(t.Context())
	if err != nil || string(tok.AccessToken) != again.AccessToken {
		t.Errorf("the token in memory was used, not the new sign-in (%v)", err)
	}
	if err := w.Tokens.Delete(t.Context(), "corp"); err != nil {
		t.Fatal(err)
	}
	_, err = p.Token(t.Context())
	ssotest.LoginRequired(t, err, "not signed in")
}

// TestSignOutDuringRefresh: the token is not written back.
func TestSignOutDuringRefresh(t *testing.T) {
	w := newWorld(t)
	w.Pass(2 * time.Hour)
	retrieve(t, w.afterLoad(loadBeforeSending, func() { _ = w.Tokens.Delete(t.Context(), "corp") }))
	w.Count("CreateToken", 1)
	if _, err := w.Tokens.Load(t.Context(), "corp"); !errors.Is(err, tokencache.ErrNotFound) {
		t.Errorf("the token was stored after the sign-out: %v", err)
	}
}

// TestValidTokenDoesNotWait: a valid token is used while another process refreshes it.
func TestValidTokenDoesNotWait(t *testing.T) {
	w := newWorld(t)
	w.Pass(56 * time.Minute)
	unlock, err := w.Tokens.Dir.Lock(t.Context(), "corp")
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	retrieve(t, w.source(w.Profile(), func(o *ssotoken.Options) { o.TokenCache, o.LockTimeout = w.Tokens.Dir, time.Hour }))
	w.Count("CreateToken", 0)
}

// busy is a cache whose lock is held by one process after another.
type busy struct {
	ssotest.Dir
	waits int
	since func() (time.Time, error)
}

func (b *busy) Lock(ctx context.Context, key string) (func(), error) {
	if b.waits == 0 || key != "corp" {
		return b.Dir.Lock(ctx, key)
	}
	b.waits--
	<-ctx.Done()
	return nil, ctx.Err()
}

func (b *busy) LockedSince(context.Context, string) (time.Time, error) { return b.since() }

// TestBusyLockNotStuck: a lock with many successive holders does not count as stuck.
func TestBusyLockNotStuck(t *testing.T) {
	for name, tt := range map[string]struct {
		held  time.Duration
		err   error
		stuck bool
	}{
		"successive holders": {0, nil, false},
		"unknown age":        {0, errors.New("unknown"), false},
		"one holder":         {time.Hour, nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			lock := &busy{Dir: w.Tokens, waits: 3, since: func() (time.Time, error) { return time.Now().Add(-tt.held), tt.err }}
			synctest.Test(t, func(t *testing.T) {
				retrieve(t, w.source(w.Profile(), func(o *ssotoken.Options) {
					o.TokenCache, o.HTTPClient = lock, &slowServer{}
					o.LockTimeout = 10 * time.Second
					o.Now = func() time.Time { return w.SignIn.ExpiresAt.Add(time.Minute) }
				}))
			})
			if said := strings.Contains(w.Log.String(), "seems to be stuck"); said != tt.stuck {
				t.Errorf("reported as stuck: %t", said)
			}
			if waited := 3 - lock.waits; tt.stuck != (waited == 1) {
				t.Errorf("waited %d times", waited)
			}
		})
	}
}

// late is a cache whose refresh lock is stuck, and whose sending lock is free, but takes a second to acquire.
type late struct{ busy }

func (l *late) LockSending(ctx context.Context, key string) (func(), error) {
	select {
	case <-time.After(time.Second):
		return l.Dir.LockSending(ctx, key)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (l *late) SendingSince(context.Context, string) (time.Time, error) { return l.since() }

// TestLateLockNotStopped: a slow lock that a process held long ago does not count as held.
func TestLateLockNotStopped(t *testing.T) {
	w := newWorld(t)
	synctest.Test(t, func(t *testing.T) {
		lock := &late{busy{Dir: w.Tokens, waits: 1000, since: func() (time.Time, error) { return time.Now().Add(-time.Hour), nil }}}
		retrieve(t, w.source(w.Profile(), func(o *ssotoken.Options) {
			o.TokenCache, o.HTTPClient = lock, &slowServer{}
			o.Now = func() time.Time {
				return w.SignIn.ExpiresAt.Add(time.Since(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)))
			}
		}))
	})
}

// TestErrorNamesOwnProfile: callers that share a failure get errors with their own profile.
func TestErrorNamesOwnProfile(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *idctest.Options) { o.Latency = 50 * time.Millisecond })
	w.Pass(2 * time.Hour)
	w.Server.RevokeAll()
	var wg sync.WaitGroup
	for _, name := range []string{"a", "b", "c", "d"} {
		p := w.Profile()
		p.Name = name
		wg.Go(func() {
			_, err := w.source(p).Token(t.Context())
			var login *ssotoken.LoginRequiredError
			if !errors.As(err, &login) || login.Profile != name {
				t.Errorf("profile %s got %v", name, err)
			}
		})
	}
	wg.Wait()
}

// TestLockTimeout: the error of a process that times out waiting for the lock names the refresh.
func TestLockTimeout(t *testing.T) {
	w := newWorld(t)
	w.Pass(2 * time.Hour)
	synctest.Test(t, func(t *testing.T) {
		p, err := ssotoken.New(w.Profile().SignIn(), func(o *ssotoken.Options) {
			o.TokenCache = &busy{Dir: w.Tokens, waits: 1000, since: func() (time.Time, error) { return time.Now(), nil }}
			o.Now = func() time.Time { return w.SignIn.ExpiresAt.Add(time.Hour) }
		})
		if err != nil {
			t.Fatal(err)
		}
		_, err = p.Token(t.Context())
		if err == nil || !strings.Contains(err.Error(), `refresh sso-session "corp": timed out after 55s`) {
			t.Errorf("got %v", err)
		}
	})
}
