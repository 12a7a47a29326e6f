package provider_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/latchkey-sso/latchkey/idctest"
	"github.com/latchkey-sso/latchkey/internal/ssotest"
	"github.com/latchkey-sso/latchkey/provider"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// TestShortLifetimes: tokens and credentials that expire within minutes are renewed at most every 30
// seconds.
func TestShortLifetimes(t *testing.T) {
	w := newWorld(t, func(o *idctest.Options) {
		o.AccessTokenTTL = 4 * time.Minute
		o.RoleCredentialsTTL = 4 * time.Minute
	})
	p := w.provider(w.Profile())
	for range 10 {
		ssotest.Retrieve(t, p)
		if _, err := p.RetrieveBearerToken(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	w.Count("CreateToken", 1)
	w.Count("GetRoleCredentials", 1)
}

// wrapped is a cache of a comparable type whose values are not comparable.
type wrapped struct{ tokencache.Cache }

type incomparable struct {
	tokencache.Dir
	_ []int
}

func TestUncomparableCache(t *testing.T) {
	w := newWorld(t)
	ssotest.Retrieve(t, w.provider(w.Profile(), func(o *provider.Options) {
		o.TokenCache = wrapped{incomparable{Dir: w.Tokens.Dir}}
	}))
}

// deaf is an HTTP client that ignores contexts.
type deaf struct{ release chan struct{} }

func (d deaf) Do(*http.Request) (*http.Response, error) {
	<-d.release
	return nil, errors.New("released")
}

// TestClientIgnoresContext: calls time out even if the HTTP client never returns.
func TestClientIgnoresContext(t *testing.T) {
	w := newWorld(t)
	synctest.Test(t, func(t *testing.T) {
		client := deaf{make(chan struct{})}
		p, err := provider.New(w.Profile(), func(o *provider.Options) {
			o.TokenCache = &ssotest.Broken{Dir: w.Tokens}
			o.HTTPClient = client
			o.Now = func() time.Time { return w.SignIn.ExpiresAt.Add(-time.Hour) }
		})
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		if _, err := p.Retrieve(t.Context()); err == nil {
			t.Error("no error")
		}
		if waited := time.Since(start); waited > time.Minute {
			t.Errorf("waited %s", waited)
		}
		close(client.release)
	})
}

// hung is an HTTP client whose server never responds.
type hung struct{}

func (hung) Do(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// TestHungServer: a request times out after 20 seconds, and all callers get its error.
func TestHungServer(t *testing.T) {
	w := newWorld(t)
	synctest.Test(t, func(t *testing.T) {
		p, err := provider.New(w.Profile(), func(o *provider.Options) {
			o.TokenCache = &ssotest.Broken{Dir: w.Tokens}
			o.HTTPClient = hung{}
			o.Now = func() time.Time { return w.SignIn.ExpiresAt.Add(-time.Hour) }
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
			t.Errorf("waited %s", waited)
		}
	})
}
