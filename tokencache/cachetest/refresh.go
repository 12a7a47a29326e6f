package cachetest

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/idctest"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/ssotoken"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// testOneRefresh: 1,000 goroutines, 50 each in 20 simulated processes, need an expired token
// at once. All get the same new token from one request.
func testOneRefresh(t *testing.T, c tokencache.Cache) {
	const processes, goroutines = 20, 50
	server := idctest.NewServer(t, func(o *idctest.Options) { o.Latency = 20 * time.Millisecond })
	signIn := server.SignIn()
	expired, err := tokencache.Parse(signIn.TokenFile())
	if err != nil {
		t.Fatal(err)
	}
	expired.ExpiresAt = time.Now().Add(-time.Minute) //nolint:forbidigo // the server's clock
	store(t, c, key, expired)

	var tokens sync.Map
	var wg sync.WaitGroup
	for range processes {
		source := newSource(t, c, server, signIn)
		for range goroutines {
			wg.Go(func() {
				token, err := source.Token(t.Context())
				if err != nil {
					t.Errorf("refresh: %v", err)
					return
				}
				tokens.Store(token.AccessToken, true)
			})
		}
	}
	wg.Wait()
	if n := server.Count("CreateToken"); n != 1 {
		t.Errorf("%d requests to refresh the token, want 1", n)
	}
	stored, err := c.Load(t.Context(), key)
	if err != nil {
		t.Fatalf("Load: %v", err)
	}
	tokens.Range(func(token, _ any) bool {
		if token != stored.AccessToken {
			t.Error("a goroutine got a token other than the stored one")
		}
		return true
	})
}

func newSource(t *testing.T, c tokencache.Cache, server *idctest.Server, signIn idctest.SignIn) *ssotoken.Source {
	t.Helper()
	source, err := ssotoken.New(profile.SignIn{
		Session:    &profile.Session{Name: key, StartURL: signIn.StartURL, Region: signIn.Region},
		Connection: profile.Connection{Endpoints: profile.Endpoints{SSO: server.URL(), SSOOIDC: server.URL()}},
	}, func(o *ssotoken.Options) {
		o.TokenCache, o.LockTimeout = &process{c}, 5*time.Minute // they take turns, which takes long on a busy machine
	})
	if err != nil {
		t.Fatal(err)
	}
	return source
}

// process wraps the cache for one simulated process: package ssotoken shares nothing in memory
// between different caches. It forwards the optional interfaces of the cache.
type process struct{ tokencache.Cache }

func (p *process) LoadNote(ctx context.Context, key string, token tokencache.Secret) (tokencache.RefreshNote, error) {
	if c, ok := p.Cache.(tokencache.NoteCache); ok {
		return c.LoadNote(ctx, key, token)
	}
	return tokencache.RefreshNote{}, tokencache.ErrNotFound
}

func (p *process) StoreNote(ctx context.Context, key string, token tokencache.Secret, note tokencache.RefreshNote) error {
	if c, ok := p.Cache.(tokencache.NoteCache); ok {
		return c.StoreNote(ctx, key, token, note)
	}
	return nil
}

func (p *process) DeleteNote(ctx context.Context, key string) error {
	if c, ok := p.Cache.(tokencache.NoteCache); ok {
		return c.DeleteNote(ctx, key)
	}
	return nil
}

var errUnknown = errors.New("unknown")

func (p *process) LockedSince(ctx context.Context, key string) (time.Time, error) {
	if c, ok := p.Cache.(tokencache.LockAger); ok {
		return c.LockedSince(ctx, key)
	}
	return time.Time{}, errUnknown
}

func (p *process) LockSending(ctx context.Context, key string) (unlock func(), err error) {
	if c, ok := p.Cache.(tokencache.SendLocker); ok {
		return c.LockSending(ctx, key)
	}
	return func() {}, nil
}

func (p *process) SendingSince(ctx context.Context, key string) (time.Time, error) {
	if c, ok := p.Cache.(tokencache.SendLocker); ok {
		return c.SendingSince(ctx, key)
	}
	return time.Time{}, errUnknown
}

func (p *process) CheckWritable(ctx context.Context, key string) error {
	if c, ok := p.Cache.(tokencache.WriteChecker); ok {
		return c.CheckWritable(ctx, key)
	}
	return nil
}

func (p *process) HoldsSending(ctx context.Context, key string) (bool, error) {
	if c, ok := p.Cache.(tokencache.LeaseLocker); ok {
		return c.HoldsSending(ctx, key)
	}
	return true, nil
}

func (p *process) CompareAndStore(ctx context.Context, key string, redeemed tokencache.Secret, token *tokencache.Token) error {
	if c, ok := p.Cache.(tokencache.CompareAndStorer); ok {
		return c.CompareAndStore(ctx, key, redeemed, token)
	}
	return p.Store(ctx, key, token)
}
