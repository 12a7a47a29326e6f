package provider_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/idctest"
	"github.com/latchkey-sso/latchkey/internal/filetest"
	"github.com/latchkey-sso/latchkey/internal/ssotest"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/provider"
	"github.com/latchkey-sso/latchkey/rolecache"
)

func roleKey(p *profile.Profile) rolecache.Key {
	return rolecache.Key{Session: p.Session.Name, StartURL: p.Session.StartURL, AccountID: p.AccountID, RoleName: p.RoleName}
}

func TestRoleCache(t *testing.T) {
	w := newWorld(t)
	first := ssotest.Retrieve(t, w.provider(w.Profile(), w.withRoleCache))

	otherProcess := func(o *provider.Options) { // simulates another process: shares no memory
		w.withRoleCache(o)
		o.TokenCache = &ssotest.Hooked{Dir: w.Tokens}
	}
	if got := ssotest.Retrieve(t, w.provider(w.Profile(), otherProcess)); got.SessionToken != first.SessionToken || got.AccountID != account {
		t.Error("other credentials than in the role cache")
	}
	w.Count("GetRoleCredentials", 1)
	w.Pass(46 * time.Minute) // 14 minutes left
	if got := ssotest.Retrieve(t, w.provider(w.Profile(), otherProcess)); got.SessionToken == first.SessionToken {
		t.Error("credentials were not renewed")
	}
	w.Count("GetRoleCredentials", 2)

	t.Run("old credentials if the request fails", func(t *testing.T) {
		w.Pass(50 * time.Minute)
		w.Server.Fail("GetRoleCredentials", idctest.Fault{Status: 500, Code: "InternalServerException", Times: -1})
		ssotest.Retrieve(t, w.provider(w.Profile(), otherProcess))
	})
	t.Run("unwritable", func(t *testing.T) {
		w.Server.ClearFaults()
		file := filepath.Join(t.TempDir(), "file")
		filetest.Write(t, file, "")
		w.Pass(2 * time.Hour)
		ssotest.Retrieve(t, w.provider(w.Profile(), func(o *provider.Options) { o.RoleCache = rolecache.Dir(file) }))
	})
}

// TestRoleCacheShortLifetime: credentials valid for 15 minutes are served from disk until 5 minutes
// before their expiry.
func TestRoleCacheShortLifetime(t *testing.T) {
	w := newWorld(t, func(o *idctest.Options) { o.RoleCredentialsTTL = 15 * time.Minute })
	process := func() *provider.Provider {
		return w.provider(w.Profile(), w.withRoleCache, func(o *provider.Options) {
			o.TokenCache = &ssotest.Hooked{Dir: w.Tokens}
		})
	}
	first := ssotest.Retrieve(t, process())
	w.Pass(9 * time.Minute)
	if got := ssotest.Retrieve(t, process()); got.SessionToken != first.SessionToken {
		t.Error("other credentials than in the role cache")
	}
	w.Count("GetRoleCredentials", 1)
	w.Pass(2 * time.Minute)
	ssotest.Retrieve(t, process())
	w.Count("GetRoleCredentials", 2)
}

// countedRoles is a role cache that counts reads.
type countedRoles struct {
	ssotest.Roles
	loads int
}

func (c *countedRoles) Load(ctx context.Context, key rolecache.Key) (*rolecache.Credentials, error) {
	c.loads++
	return c.Roles.Load(ctx, key)
}

// TestReads: a call reads each cache only as often as the comments on retrieve, storeRole and
// Source.token say.
func TestReads(t *testing.T) {
	w := newWorld(t)
	tokens, roles := &ssotest.Hooked{Dir: w.Tokens}, &countedRoles{Roles: w.Roles}
	p := w.provider(w.Profile(), func(o *provider.Options) { o.TokenCache, o.RoleCache = tokens, roles })
	for _, want := range []struct {
		after         time.Duration
		tokens, roles int
	}{
		{2 * time.Hour, 4 + 2, 2}, // cold, with an expired token
		{0, 0, 0},                 // from memory
		{56 * time.Minute, 4 + 2, 2},
	} {
		w.Pass(want.after)
		tokens.Loads, roles.loads = 0, 0
		ssotest.Retrieve(t, p)
		if tokens.Loads != want.tokens || roles.loads != want.roles {
			t.Errorf("after %s: %d reads of the token and %d of the role, want %d and %d",
				want.after, tokens.Loads, roles.loads, want.tokens, want.roles)
		}
	}
}
