package provider_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/internal/ssotest"
	"github.com/latchkey-sso/latchkey/provider"
	"github.com/latchkey-sso/latchkey/rolecache"
	"github.com/latchkey-sso/latchkey/tokencache"
)

type hungRoles struct {
	ssotest.Roles
	release chan struct{}
}

func (h *hungRoles) Load(ctx context.Context, key rolecache.Key) (*rolecache.Credentials, error) {
	<-h.release
	return h.Roles.Load(ctx, key)
}

// TestHungCache: calls return when their context is done, even if a cache hangs.
func TestHungCache(t *testing.T) {
	for _, on := range []string{"Load", "Store", "Lock", "LockSending", "CheckWritable", "Load of roles"} {
		t.Run(on, func(t *testing.T) {
			w := newWorld(t)
			w.Pass(2 * time.Hour)
			release := make(chan struct{})
			p := w.provider(w.Profile(), w.withRoleCache, func(o *provider.Options) {
				o.TokenCache = &ssotest.Hung{Dir: w.Tokens.Dir, On: on, Release: release}
				if on == "Load of roles" {
					o.RoleCache = &hungRoles{w.Roles, release}
				}
			})
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
			defer cancel()
			for range 100 { // more than the maximum of concurrent reads
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
			ssotest.Retrieve(t, p)
			w.Count("CreateToken", 1)
			w.Count("GetRoleCredentials", 1)
		})
	}
}

// absent is a cache that returns neither a token nor an error.
type absent struct{ ssotest.Dir }

func (absent) Load(context.Context, string) (*tokencache.Token, error) { return nil, nil }

type absentRoles struct{ ssotest.Roles }

func (absentRoles) Load(context.Context, rolecache.Key) (*rolecache.Credentials, error) {
	return nil, nil
}

func (absentRoles) Lock(context.Context, rolecache.Key) (func(), error) { return nil, nil }

// TestCacheReturnsNothing: caches that return neither a value nor an error cause no panic.
func TestCacheReturnsNothing(t *testing.T) {
	w := newWorld(t)
	p := w.provider(w.Profile(), func(o *provider.Options) { o.TokenCache = absent{w.Tokens} })
	_, err := p.Retrieve(t.Context())
	if err == nil || !strings.Contains(err.Error(), "neither a token nor an error") {
		t.Errorf("got %v", err)
	}
	ssotest.Retrieve(t, w.provider(w.Profile(), func(o *provider.Options) { o.RoleCache = absentRoles{w.Roles} }))
}
