package provider_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/latchkey-sso/latchkey/idctest"
	"github.com/latchkey-sso/latchkey/provider"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// TestUnsavedTokenIsShared: providers that differ in what has nothing to do with
// the sign-in share a token that is only in memory.
func TestUnsavedTokenIsShared(t *testing.T) {
	w := newWorld(t)
	w.pass(2 * time.Hour)
	full := &broken{Dir: w.tokens, store: errors.New("no space left on device")}
	inMemory := func(o *provider.Options) { o.TokenCache = full }
	retrieve(t, w.provider(w.profile(), inMemory))
	elsewhere := w.profile()
	elsewhere.RoleName = "Auditor"
	elsewhere.UseDualStack = false
	retrieve(t, w.provider(elsewhere, inMemory, w.withRoleCache))
	w.count("CreateToken", 1)
}

// TestNewSignInBeatsUnsavedToken: what a person has done since counts, also when
// it ends earlier.
func TestNewSignInBeatsUnsavedToken(t *testing.T) {
	w := newWorld(t)
	w.pass(2 * time.Hour)
	full := &broken{Dir: w.tokens, store: errors.New("no space left on device")}
	p := w.provider(w.profile(), func(o *provider.Options) { o.TokenCache = full })
	retrieve(t, p)
	again := w.server.SignIn()
	w.writeToken(again.TokenFile())
	w.edit(func(tok *tokencache.Token) { tok.ExpiresAt = w.now().Add(30 * time.Minute) })
	tok, err := p.RetrieveBearerToken(t.Context())
	if err != nil || tok.Value != again.AccessToken {
		t.Errorf("the token in memory was used, not the new sign-in (%v)", err)
	}
	if err := w.tokens.Delete(t.Context(), "corp"); err != nil {
		t.Fatal(err)
	}
	_, err = p.RetrieveBearerToken(t.Context())
	loginRequired(t, err, "not signed in")
}

// TestSignOutDuringRefresh: the token is not written back.
func TestSignOutDuringRefresh(t *testing.T) {
	w := newWorld(t)
	w.pass(2 * time.Hour)
	p := w.provider(w.profile(), func(o *provider.Options) {
		o.TokenCache = &meddling{Dir: w.tokens, afterLoad: func(n int) {
			if n == loadBeforeSending {
				_ = w.tokens.Delete(t.Context(), "corp")
			}
		}}
	})
	if _, err := p.RetrieveBearerToken(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.count("CreateToken", 1)
	if _, err := w.tokens.Load(t.Context(), "corp"); !errors.Is(err, tokencache.ErrNotFound) {
		t.Errorf("the token is back: %v", err)
	}
}

// TestValidTokenDoesNotWait: while another process refreshes, a token that is
// still good is used.
func TestValidTokenDoesNotWait(t *testing.T) {
	w := newWorld(t)
	w.pass(56 * time.Minute)
	unlock, err := w.tokens.Lock(t.Context(), "corp")
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	p := w.provider(w.profile(), func(o *provider.Options) { o.LockTimeout = time.Hour })
	if _, err := p.Retrieve(ctx); err != nil {
		t.Error(err)
	}
	w.count("CreateToken", 0)
}

// busy is a lock of the sign-in that others hold, one after the other.
type busy struct {
	tokencache.Dir
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

// TestBusyLockIsNotStuck: a lock that changes hands is waited for, however long
// that takes in all.
func TestBusyLockIsNotStuck(t *testing.T) {
	for name, tt := range map[string]struct {
		held  time.Duration
		err   error
		stuck bool
	}{
		"changes hands":     {0, nil, false},
		"of unknown age":    {0, errors.New("unknown"), false},
		"in the same hands": {time.Hour, nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.pass(2 * time.Hour)
			lock := &busy{Dir: w.tokens, waits: 3, since: func() (time.Time, error) { return time.Now().Add(-tt.held), tt.err }}
			retrieve(t, w.provider(w.profile(), func(o *provider.Options) {
				o.TokenCache = lock
				o.LockTimeout = 50 * time.Millisecond
			}))
			if said := strings.Contains(w.log.String(), "seems to be stuck"); said != tt.stuck {
				t.Errorf("said to be stuck: %t", said)
			}
			if waited := 3 - lock.waits; tt.stuck != (waited == 1) {
				t.Errorf("waited %d times", waited)
			}
		})
	}
}

// TestShortLives: what the server gives may end within minutes, and is asked for
// once in thirty seconds all the same.
func TestShortLives(t *testing.T) {
	w := newWorld(t, func(o *idctest.Options) {
		o.AccessTokenTTL = 4 * time.Minute
		o.RoleCredentialsTTL = 4 * time.Minute
	})
	p := w.provider(w.profile())
	for range 10 {
		retrieve(t, p)
		if _, err := p.RetrieveBearerToken(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	w.count("CreateToken", 1)
	w.count("GetRoleCredentials", 1)
}

// TestErrorNamesOwnProfile: callers who share a failure are each told of their own
// profile.
func TestErrorNamesOwnProfile(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *idctest.Options) { o.Latency = 50 * time.Millisecond })
	w.server.RevokeAll()
	var wg sync.WaitGroup
	for _, name := range []string{"a", "b", "c", "d"} {
		p := w.profile()
		p.Name = name
		wg.Go(func() {
			_, err := w.provider(p).Retrieve(t.Context())
			var login *provider.LoginRequiredError
			if !errors.As(err, &login) || login.Profile != name {
				t.Errorf("profile %s was told: %v", name, err)
			}
		})
	}
	wg.Wait()
}

// wrapped is a cache of a comparable type that cannot be compared.
type wrapped struct{ tokencache.Cache }

type incomparable struct {
	tokencache.Dir
	_ []int
}

func TestCacheThatCannotBeCompared(t *testing.T) {
	w := newWorld(t)
	retrieve(t, w.provider(w.profile(), func(o *provider.Options) {
		o.TokenCache = wrapped{incomparable{Dir: w.tokens}}
	}))
}

// deaf is an HTTP client that takes no notice of a context.
type deaf struct{ release chan struct{} }

func (d deaf) Do(*http.Request) (*http.Response, error) {
	<-d.release
	return nil, errors.New("released")
}

// TestDeafClientHoldsNobody: not even one that never comes back.
func TestDeafClientHoldsNobody(t *testing.T) {
	w := newWorld(t)
	synctest.Test(t, func(t *testing.T) {
		client := deaf{make(chan struct{})}
		p, err := provider.New(w.profile(), func(o *provider.Options) {
			o.TokenCache = &broken{Dir: w.tokens}
			o.HTTPClient = client
			o.Now = func() time.Time { return w.signIn.ExpiresAt.Add(-time.Hour) }
		})
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		if _, err := p.Retrieve(t.Context()); err == nil {
			t.Error("no error")
		}
		if waited := time.Since(start); waited > time.Minute {
			t.Errorf("held for %s", waited)
		}
		close(client.release)
	})
}

// TestTooManyBefore: whose turn does not come in time is told what it waited for.
func TestTooManyBefore(t *testing.T) {
	w := newWorld(t)
	w.pass(2 * time.Hour)
	synctest.Test(t, func(t *testing.T) {
		p, err := provider.New(w.profile(), func(o *provider.Options) {
			o.TokenCache = &busy{Dir: w.tokens, waits: 1000, since: func() (time.Time, error) { return time.Now(), nil }}
			o.Now = func() time.Time { return w.signIn.ExpiresAt.Add(time.Hour) }
		})
		if err != nil {
			t.Fatal(err)
		}
		_, err = p.Retrieve(t.Context())
		if err == nil || !strings.Contains(err.Error(), `refresh sso-session "corp": not finished after 55s`) {
			t.Errorf("got %v", err)
		}
	})
}

// hung is an HTTP client whose server never answers.
type hung struct{}

func (hung) Do(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// TestHungServer: a request has twenty seconds, and the others that wait for it get
// its error.
func TestHungServer(t *testing.T) {
	w := newWorld(t)
	synctest.Test(t, func(t *testing.T) {
		p, err := provider.New(w.profile(), func(o *provider.Options) {
			o.TokenCache = &broken{Dir: w.tokens}
			o.HTTPClient = hung{}
			o.Now = func() time.Time { return w.signIn.ExpiresAt.Add(-time.Hour) }
		})
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		for range 10 {
			go func() {
				if _, err := p.Retrieve(t.Context()); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "GetRoleCredentials") {
					t.Errorf("got %v, want to hear of GetRoleCredentials, which ran out of time", err)
				}
			}()
		}
		synctest.Wait()
		time.Sleep(20 * time.Second)
		synctest.Wait()
		if waited := time.Since(start); waited > 21*time.Second {
			t.Errorf("held for %s", waited)
		}
	})
}
