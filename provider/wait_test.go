package provider_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/latchkey-sso/latchkey/internal/ssotest"
	"github.com/latchkey-sso/latchkey/provider"
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
			synctest.Test(t, func(t *testing.T) { w.waits(t, call) })
		})
	}
}

func (w *world) waits(t *testing.T, call func(context.Context, *provider.Provider) error) {
	t.Helper()
	client, now := newHeldClient(), w.SignIn.ExpiresAt.Add(time.Minute)
	p := w.provider(w.Profile(), func(o *provider.Options) {
		o.HTTPClient, o.Now = client, func() time.Time { return now }
	})
	ctx, cancel := context.WithCancel(t.Context())
	gaveUp := make(chan error, 1)
	go func() { gaveUp <- call(ctx, p) }()
	synctest.Wait() // until CreateToken is sent
	cancel()
	if err := <-gaveUp; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's error", err)
	}
	if err := provider.Wait(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Wait with a context that is done: %v", err)
	}
	waited := make(chan error, 1)
	go func() { waited <- provider.Wait(t.Context()) }()
	synctest.Wait()
	if len(waited) > 0 {
		t.Error("Wait did not wait for the response")
	}
	close(client.release)
	if err := <-waited; err != nil {
		t.Error(err)
	}
	if tok := w.Token(); tok.RefreshToken != "new refresh" || !tok.ExpiresAt.After(now) {
		t.Error("the new token was not stored")
	}
}

// queue is a cache whose lock can be acquired only after open is closed. It signals when the lock is released.
type queue struct {
	ssotest.Dir
	open, left chan struct{}
}

func (q *queue) Lock(ctx context.Context, key string) (func(), error) {
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
			synctest.Test(t, func(t *testing.T) { w.cancelsUnsent(t, callsAgain) })
		})
	}
}

func (w *world) cancelsUnsent(t *testing.T, callsAgain bool) {
	t.Helper()
	client := newHeldClient()
	close(client.release)
	line := &queue{w.Tokens, make(chan struct{}), make(chan struct{}, 2)}
	p := w.provider(w.Profile(), w.withRoleCache, func(o *provider.Options) {
		o.TokenCache, o.HTTPClient = line, client
		o.Now = func() time.Time { return w.SignIn.ExpiresAt.Add(time.Minute) }
	})
	ctx, cancel := context.WithCancel(t.Context())
	gaveUp, again := make(chan error, 1), make(chan error, 1)
	go func() { _, err := p.Retrieve(ctx); gaveUp <- err }()
	synctest.Wait() // until it waits for the lock
	cancel()
	if err := <-gaveUp; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's error", err)
	}
	if err := provider.Wait(t.Context()); err != nil {
		t.Error(err)
	}
	if callsAgain {
		go func() { _, err := p.Retrieve(t.Context()); again <- err }()
		synctest.Wait() // until it has joined the refresh
	}
	close(line.open)
	<-line.left
	if !callsAgain {
		if n := client.requests.Load(); n != 0 {
			t.Errorf("%d requests, want none", n)
		}
		_, err := p.Retrieve(t.Context())
		again <- err
	}
	if err := <-again; err != nil {
		t.Error(err)
	}
	if n := client.requests.Load(); n != 2 { // CreateToken and GetRoleCredentials
		t.Errorf("%d requests, want 2", n)
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
