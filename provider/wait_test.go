package provider_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/idctest"
	"github.com/latchkey-sso/latchkey/provider"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// TestWait: a refresh whose caller gave up is stored before Wait returns.
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
			w.pass(2 * time.Hour)
			w.server.Fail("CreateToken", idctest.Fault{Delay: 300 * time.Millisecond})
			old := w.token()
			ctx, cancel := context.WithCancel(t.Context())
			gaveUp := make(chan error)
			go func() { gaveUp <- call(ctx, w.provider(w.profile(), w.withRoleCache)) }()
			for w.server.Count("CreateToken") == 0 {
				time.Sleep(time.Millisecond)
			}
			cancel()
			if err := <-gaveUp; !errors.Is(err, context.Canceled) {
				t.Errorf("got %v, want the context's error", err)
			}
			over, cancel := context.WithCancel(t.Context())
			cancel()
			if err := provider.Wait(over); !errors.Is(err, context.Canceled) {
				t.Errorf("Wait with a context that has ended: %v", err)
			}
			if err := provider.Wait(t.Context()); err != nil {
				t.Error(err)
			}
			if w.token().RefreshToken == old.RefreshToken || !w.token().ExpiresAt.After(w.now()) {
				t.Error("the new token was not stored")
			}
			w.count("CreateToken", 1)
		})
	}
}

// queue is a lock that nobody gets, and that tells who stands in line.
type queue struct {
	tokencache.Dir
	joined, left chan struct{}
}

func (q *queue) Lock(ctx context.Context, _ string) (func(), error) {
	q.joined <- struct{}{}
	<-ctx.Done()
	q.left <- struct{}{}
	return nil, ctx.Err()
}

// TestWaitCallsOff: what was not sent yet, and nobody waits for, is not waited for
// either, nor sent after Wait has returned.
func TestWaitCallsOff(t *testing.T) {
	w := newWorld(t)
	w.pass(2 * time.Hour)
	line := &queue{w.tokens, make(chan struct{}), make(chan struct{}, 2)}
	p := w.provider(w.profile(), w.withRoleCache, func(o *provider.Options) { o.TokenCache = line })
	ctx, cancel := context.WithCancel(t.Context())
	gaveUp := make(chan error)
	go func() { _, err := p.Retrieve(ctx); gaveUp <- err }()
	<-line.joined
	stays := make(chan error)
	go func() { _, err := w.provider(w.profile()).RetrieveBearerToken(t.Context()); stays <- err }()
	cancel()
	if err := <-gaveUp; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's error", err)
	}
	if err := provider.Wait(t.Context()); err != nil {
		t.Error(err)
	}
	<-line.left
	if err := <-stays; err != nil {
		t.Errorf("who did not give up got %v", err)
	}
	w.count("CreateToken", 1)

	w.pass(2 * time.Hour)
	go func() { _, _ = p.RetrieveBearerToken(t.Context()) }()
	<-line.joined // by another flight than the one called off
}
