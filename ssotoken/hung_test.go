package ssotoken_test

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

	"github.com/latchkey-sso/latchkey/internal/ssotest"
	"github.com/latchkey-sso/latchkey/ssotoken"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// TestHungCallForgotten: a hung call does not block callers after it has timed out.
func TestHungCallForgotten(t *testing.T) {
	w := newWorld(t)
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		cache := &ssotest.Hung{Dir: w.Tokens.Dir, On: "CheckWritable", Release: release}
		p, err := ssotoken.New(w.Profile().SignIn(), func(o *ssotoken.Options) {
			o.TokenCache = cache
			o.HTTPClient = &slowServer{}
			o.LockTimeout = time.Second
			o.Now = func() time.Time { return w.SignIn.ExpiresAt.Add(time.Minute) }
		})
		if err != nil {
			t.Fatal(err)
		}
		go func() { _, _ = p.Token(t.Context()) }()
		time.Sleep(50 * time.Second)
		start := time.Now()
		if _, err := p.Token(t.Context()); err == nil {
			t.Error("no error from a hung call")
		}
		if waited := time.Since(start); waited > 10*time.Second {
			t.Errorf("a caller that joined just before the timeout waited %s", waited)
		}
		cache.Healed.Store(true)
		tok, err := p.Token(t.Context())
		if err != nil || string(tok.AccessToken) != "access 1" {
			t.Errorf("got %q, %v", string(tok.AccessToken), err)
		}
		close(release)
		synctest.Wait()
		if got := w.Token(); got.AccessToken != "access 1" {
			t.Errorf("stored access token %q", string(got.AccessToken))
		}
	})
}

// TestHungServer: CreateToken times out after 20 seconds, and other processes learn why.
func TestHungServer(t *testing.T) {
	w := newWorld(t)
	synctest.Test(t, func(t *testing.T) {
		now := w.SignIn.ExpiresAt.Add(time.Minute)
		p, err := ssotoken.New(w.Profile().SignIn(), func(o *ssotoken.Options) {
			o.TokenCache, o.HTTPClient = w.Tokens, hungServer{}
			o.Now = func() time.Time { return now }
		})
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		if _, err := p.Token(t.Context()); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want a timeout", err)
		}
		if waited := time.Since(start); waited != 20*time.Second {
			t.Errorf("waited %s", waited)
		}
		note, err := w.Tokens.LoadNote(t.Context(), "corp", w.Token().RefreshToken)
		if err != nil || note.Outcome != tokencache.RefreshFailed || note.Message != "no response within 20s" {
			t.Errorf("note %+v, %v", note, err)
		}
	})
}

// hungServer never responds.
type hungServer struct{}

func (hungServer) Do(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// slowServer delays the response to the first refresh, and ignores contexts.
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

// TestResponseAfterTimeout: a response that arrives at the timeout or long after it is stored.
// Meanwhile the refresh token is not sent again.
func TestResponseAfterTimeout(t *testing.T) {
	for _, takes := range []time.Duration{56 * time.Second, 10 * time.Minute} {
		t.Run(takes.String(), func(t *testing.T) {
			w := newWorld(t)
			synctest.Test(t, func(t *testing.T) {
				server := &slowServer{takes: takes}
				p, err := ssotoken.New(w.Profile().SignIn(), func(o *ssotoken.Options) {
					o.TokenCache = &ssotest.Broken{Dir: w.Tokens}
					o.HTTPClient = server
					o.Now = func() time.Time { return w.SignIn.ExpiresAt.Add(time.Minute) }
				})
				if err != nil {
					t.Fatal(err)
				}
				if _, err := p.Token(t.Context()); (err == nil) != (takes < time.Minute) {
					t.Errorf("got %v", err)
				}
				if takes > time.Minute {
					if _, err := p.Token(t.Context()); err == nil {
						t.Error("no error from the second call")
					}
				}
				if n := server.calls.Load(); n > 2 { // with GetRoleCredentials
					t.Errorf("%d requests", n)
				}
				if err := ssotoken.Wait(t.Context()); err != nil {
					t.Error(err)
				}
				if got := w.Token(); got.AccessToken != "access 1" || got.RefreshToken != "refresh 1" {
					t.Error("the response was not stored")
				}
			})
		})
	}
}
