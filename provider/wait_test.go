package provider_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/idctest"
	"github.com/latchkey-sso/latchkey/internal/ssotest"
	"github.com/latchkey-sso/latchkey/provider"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// TestWait: Wait waits until the refresh of a canceled caller is stored.
func TestWait(t *testing.T) {
	for name, call := range map[string]func(context.Context, *provider.Provider) error{
		"bearer token": func(ctx context.Context, p *provider.Provider) error {
			_, err := p.RetrieveBearerToken(ctx)
			return err
		},
		"role credentials": func(ctx context.Context, p *provider.Provider) error { _, err := p.Retrieve(ctx); return err },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.Pass(2 * time.Hour)
			w.Server.Fail("CreateToken", idctest.Fault{Delay: 300 * time.Millisecond})
			old := w.Token()
			ctx, cancel := context.WithCancel(t.Context())
			gaveUp := make(chan error)
			go func() { gaveUp <- call(ctx, w.provider(w.Profile())) }()
			for w.Server.Count("CreateToken") == 0 {
				time.Sleep(time.Millisecond)
			}
			cancel()
			if err := <-gaveUp; !errors.Is(err, context.Canceled) {
				t.Errorf("got %v, want the context's error", err)
			}
			over, cancel := context.WithCancel(t.Context())
			cancel()
			if err := provider.Wait(over); !errors.Is(err, context.Canceled) {
				t.Errorf("Wait with a context that is done: %v", err)
			}
			if err := provider.Wait(t.Context()); err != nil {
				t.Error(err)
			}
			if w.Token().RefreshToken == old.RefreshToken || !w.Token().ExpiresAt.After(w.Now()) {
				t.Error("the new token was not stored")
			}
			w.Count("CreateToken", 1)
		})
	}
}

// queue is a cache whose lock can be acquired only after open is closed. It signals when a caller waits.
type queue struct {
	tokencache.Dir
	joined, open, left chan struct{}
}

func (q *queue) Lock(ctx context.Context, key string) (func(), error) {
	q.joined <- struct{}{}
	<-q.open
	unlock, err := q.Dir.Lock(ctx, key)
	if err != nil {
		return nil, err
	}
	return func() { unlock(); q.left <- struct{}{} }, nil
}

// TestWaitCancelsUnsent: Wait cancels a refresh that was not sent yet and has no caller.
func TestWaitCancelsUnsent(t *testing.T) {
	for name, callsAgain := range map[string]bool{"no new call": false, "new call": true} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.Pass(2 * time.Hour)
			line := &queue{w.Tokens, make(chan struct{}), make(chan struct{}), make(chan struct{}, 2)}
			p := w.provider(w.Profile(), w.withRoleCache, func(o *provider.Options) { o.TokenCache = line })
			ctx, cancel := context.WithCancel(t.Context())
			gaveUp := make(chan error)
			go func() { _, err := p.Retrieve(ctx); gaveUp <- err }()
			<-line.joined
			cancel()
			if err := <-gaveUp; !errors.Is(err, context.Canceled) {
				t.Errorf("got %v, want the context's error", err)
			}
			if err := provider.Wait(t.Context()); err != nil {
				t.Error(err)
			}
			if callsAgain {
				again := make(chan error)
				go func() { _, err := p.Retrieve(t.Context()); again <- err }()
				time.Sleep(10 * time.Millisecond)
				close(line.open)
				if err := <-again; err != nil {
					t.Error(err)
				}
				w.Count("CreateToken", 1)
				return
			}
			close(line.open)
			<-line.left
			w.Count("CreateToken", 0)
			go func() { <-line.joined }()
			ssotest.Retrieve(t, p)
			w.Count("CreateToken", 1)
		})
	}
}

// TestWaitDoesNotFailOthers: Wait does not cancel calls that have a caller.
func TestWaitDoesNotFailOthers(t *testing.T) {
	w := newWorld(t)
	for range 20 {
		w.Pass(2 * time.Hour)
		p := w.provider(w.Profile())
		done := make(chan error)
		for i := range 20 {
			go func() {
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i%4)*time.Millisecond)
				defer cancel()
				_, _ = p.Retrieve(ctx)
				_ = provider.Wait(ctx)
				_, err := p.Retrieve(t.Context())
				done <- err
			}()
		}
		for range 20 {
			if err := <-done; err != nil {
				t.Fatal(err)
			}
		}
	}
	w.Count("CreateToken", 20)
}
