package ssotoken_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/latchkey-sso/latchkey/internal/ssotest"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/ssotoken"
)

// signsIn returns a Login function that stores a new sign-in in the cache.
func (w *world) signsIn(calls *atomic.Int32, err error) func(context.Context, profile.SignIn) error {
	return func(_ context.Context, s profile.SignIn) error {
		calls.Add(1)
		time.Sleep(time.Minute) // in the bubble: until all others wait
		if s.Session.Name != "corp" {
			w.T.Errorf("asked to sign in to %q", s.Session.Name)
		}
		if err == nil {
			w.writeWhole(w.Server.SignIn()) //nolint:contextcheck // uses the context of the test
		}
		return err
	}
}

// TestLoginHook: concurrent callers share one login and its error.
func TestLoginHook(t *testing.T) {
	denied := errors.New("denied")
	for name, want := range map[string]error{"succeeds": nil, "fails": denied} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			if err := w.Tokens.Delete(t.Context(), "corp"); err != nil {
				t.Fatal(err)
			}
			var logins atomic.Int32
			hook := func(o *ssotoken.Options) { o.Login = w.signsIn(&logins, want) }
			synctest.Test(t, func(t *testing.T) {
				var wg sync.WaitGroup
				for range 50 {
					source := w.source(w.Profile(), hook)
					wg.Go(func() {
						if _, err := source.Token(t.Context()); !errors.Is(err, want) {
							t.Errorf("got %v, want %v", err, want)
						}
					})
				}
				wg.Wait()
			})
			if logins.Load() != 1 {
				t.Errorf("%d logins, want 1", logins.Load())
			}
		})
	}
}

// TestLoginHookCanceledCaller: if the caller that signs in is canceled, another takes over.
func TestLoginHookCanceledCaller(t *testing.T) {
	w := newWorld(t)
	if err := w.Tokens.Delete(t.Context(), "corp"); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) { w.cancelsLogin(t) })
}

func (w *world) cancelsLogin(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	first, second := make(chan error), make(chan error)
	var calls, logins atomic.Int32
	signIn := w.signsIn(&logins, nil)
	source := w.source(w.Profile(), func(o *ssotoken.Options) {
		o.Login = func(ctx context.Context, s profile.SignIn) error {
			if calls.Add(1) == 1 {
				<-ctx.Done()
				return ctx.Err()
			}
			return signIn(ctx, s)
		}
	})
	go func() { _, err := source.Token(ctx); first <- err }()
	synctest.Wait() // until the first signs in
	go func() { _, err := source.Token(t.Context()); second <- err }()
	synctest.Wait() // until the second waits
	cancel()
	if err := <-first; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's error", err)
	}
	if err := <-second; err != nil {
		t.Error(err)
	}
	if logins.Load() != 1 {
		t.Errorf("%d logins, want 1", logins.Load())
	}
}

// TestLoginHookCalledOnce: a login that has no effect is not repeated.
func TestLoginHookCalledOnce(t *testing.T) {
	w := newWorld(t)
	if err := w.Tokens.Delete(t.Context(), "corp"); err != nil {
		t.Fatal(err)
	}
	calls := 0
	source := w.source(w.Profile(), func(o *ssotoken.Options) {
		o.Login = func(context.Context, profile.SignIn) error { calls++; return nil }
	})
	token := func(ctx context.Context) error { _, err := source.Token(ctx); return err }
	err := token(t.Context())
	ssotest.LoginRequired(t, err, "not signed in")
	ssotest.LoginRequired(t, source.WithLogin(t.Context(), token), "not signed in") // nested
	if calls != 2 {
		t.Errorf("%d logins, want one for each call", calls)
	}
	var required *ssotoken.LoginRequiredError
	if errors.As(err, &required); required.SignIn().Profile != "dev" || required.SignIn().Session == nil {
		t.Errorf("SignIn() = %v", required.SignIn())
	}
}
