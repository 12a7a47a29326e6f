package provider_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/latchkey-sso/latchkey/provider"
	"github.com/latchkey-sso/latchkey/rolecache"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// hungCache is a token cache in a file system that hangs, whatever a context says.
type hungCache struct {
	tokencache.Dir
	on      string
	release chan struct{}
	healed  atomic.Bool
}

func (h *hungCache) hang(on string) {
	if h.on == on && !h.healed.Load() {
		<-h.release
	}
}

func (h *hungCache) Load(ctx context.Context, key string) (*tokencache.Token, error) {
	h.hang("Load")
	return h.Dir.Load(ctx, key)
}

func (h *hungCache) Store(ctx context.Context, key string, tok *tokencache.Token) error {
	h.hang("Store")
	return h.Dir.Store(ctx, key, tok)
}

func (h *hungCache) Lock(ctx context.Context, key string) (func(), error) {
	h.hang("Lock")
	return h.Dir.Lock(ctx, key)
}

func (h *hungCache) LockSending(ctx context.Context, key string) (func(), error) {
	h.hang("LockSending")
	return h.Dir.LockSending(ctx, key)
}

func (h *hungCache) CheckWritable(ctx context.Context, key string) error {
	h.hang("CheckWritable")
	return h.Dir.CheckWritable(ctx, key)
}

type hungRoles struct {
	rolecache.Dir
	release chan struct{}
}

func (h *hungRoles) Load(ctx context.Context, key rolecache.Key) (*rolecache.Credentials, error) {
	<-h.release
	return h.Dir.Load(ctx, key)
}

// TestHungCache: a context bounds everything that a caller waits for.
func TestHungCache(t *testing.T) {
	for _, on := range []string{"Load", "Store", "Lock", "LockSending", "CheckWritable", "Load of roles"} {
		t.Run(on, func(t *testing.T) {
			w := newWorld(t)
			w.pass(2 * time.Hour)
			release := make(chan struct{})
			p := w.provider(w.profile(), w.withRoleCache, func(o *provider.Options) {
				o.TokenCache = &hungCache{Dir: w.tokens, on: on, release: release}
				if on == "Load of roles" {
					o.RoleCache = &hungRoles{w.roles, release}
				}
			})
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
			defer cancel()
			for range 100 { // far more than may hang at a time
				if _, err := p.Retrieve(ctx); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("Retrieve: got %v, want the context's error", err)
				}
			}
			if on != "Load of roles" {
				if _, err := p.RetrieveBearerToken(ctx); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("RetrieveBearerToken: got %v, want the context's error", err)
				}
			}
			close(release)
			retrieve(t, p)
			w.count("CreateToken", 1)
			w.count("GetRoleCredentials", 1)
		})
	}
}

// TestHungFlightIsForgotten: what hangs holds nobody who comes after its time.
func TestHungFlightIsForgotten(t *testing.T) {
	w := newWorld(t)
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		cache := &hungCache{Dir: w.tokens, on: "CheckWritable", release: release}
		p, err := provider.New(w.profile(), func(o *provider.Options) {
			o.TokenCache = cache
			o.HTTPClient = &slowServer{}
			o.LockTimeout = time.Second
			o.Now = func() time.Time { return w.signIn.ExpiresAt.Add(time.Minute) }
		})
		if err != nil {
			t.Fatal(err)
		}
		go func() { _, _ = p.RetrieveBearerToken(t.Context()) }()
		time.Sleep(50 * time.Second)
		start := time.Now()
		if _, err := p.RetrieveBearerToken(t.Context()); err == nil {
			t.Error("no error, though it hangs")
		}
		if waited := time.Since(start); waited > 10*time.Second {
			t.Errorf("joined at the end, and held for %s", waited)
		}
		cache.healed.Store(true)
		tok, err := p.RetrieveBearerToken(t.Context())
		if err != nil || tok.Value != "access 1" {
			t.Errorf("got %q, %v", tok.Value, err)
		}
		close(release)
		synctest.Wait()
		if got := w.token(); got.AccessToken != "access 1" {
			t.Errorf("the flight that hung did more, or less: %q", string(got.AccessToken))
		}
	})
}

// slowServer takes its time for the first refresh, whatever a context says.
type slowServer struct {
	takes time.Duration
	calls atomic.Int32
}

func (s *slowServer) Do(r *http.Request) (*http.Response, error) {
	body := `{"accessToken":"access 2","refreshToken":"refresh 2","expiresIn":3600}`
	if s.calls.Add(1) == 1 {
		time.Sleep(s.takes)
		body = `{"accessToken":"access 1","refreshToken":"refresh 1","expiresIn":3600}`
	}
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{}, Request: r, Body: io.NopCloser(strings.NewReader(body)),
	}, nil
}

// TestAnswerAfterTheTime: a response that comes when the time is up, as after the
// process was stopped, is stored, also when that has long been forgotten. Meanwhile
// nobody sends the refresh token again.
func TestAnswerAfterTheTime(t *testing.T) {
	for _, takes := range []time.Duration{56 * time.Second, 10 * time.Minute} {
		t.Run(takes.String(), func(t *testing.T) {
			w := newWorld(t)
			synctest.Test(t, func(t *testing.T) {
				server := &slowServer{takes: takes}
				p, err := provider.New(w.profile(), func(o *provider.Options) {
					o.TokenCache = &broken{Dir: w.tokens}
					o.HTTPClient = server
					o.Now = func() time.Time { return w.signIn.ExpiresAt.Add(time.Minute) }
				})
				if err != nil {
					t.Fatal(err)
				}
				if _, err := p.Retrieve(t.Context()); err == nil {
					t.Error("no error")
				}
				if takes > time.Minute {
					if _, err := p.RetrieveBearerToken(t.Context()); err == nil {
						t.Error("no error the second time")
					}
				}
				if n := server.calls.Load(); n > 2 { // with GetRoleCredentials
					t.Errorf("%d requests", n)
				}
				if err := provider.Wait(t.Context()); err != nil {
					t.Error(err)
				}
				if got := w.token(); got.AccessToken != "access 1" || got.RefreshToken != "refresh 1" {
					t.Error("the response is lost")
				}
			})
		})
	}
}

// absent is a cache that finds nothing, and says nothing about it.
type absent struct{ tokencache.Dir }

func (absent) Load(context.Context, string) (*tokencache.Token, error) { return nil, nil }

type absentRoles struct{ rolecache.Dir }

func (absentRoles) Load(context.Context, rolecache.Key) (*rolecache.Credentials, error) {
	return nil, nil
}

func (absentRoles) Lock(context.Context, rolecache.Key) (func(), error) { return nil, nil }

// TestCacheWithoutAWord: a cache that returns neither what it was asked for nor an error.
func TestCacheWithoutAWord(t *testing.T) {
	w := newWorld(t)
	p := w.provider(w.profile(), func(o *provider.Options) { o.TokenCache = absent{w.tokens} })
	_, err := p.Retrieve(t.Context())
	if err == nil || !strings.Contains(err.Error(), "neither a token nor an error") {
		t.Errorf("got %v", err)
	}
	retrieve(t, w.provider(w.profile(), func(o *provider.Options) { o.RoleCache = absentRoles{w.roles} }))
}
