package provider_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/idctest"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/provider"
	"github.com/latchkey-sso/latchkey/rolecache"
	"github.com/latchkey-sso/latchkey/tokencache"
)

func roleKey(p *profile.Profile) rolecache.Key {
	return rolecache.Key{Session: p.Session.Name, StartURL: p.Session.StartURL, AccountID: p.AccountID, RoleName: p.RoleName}
}

// broken is a cache that cannot be written, or locked.
type broken struct {
	tokencache.Dir
	store, lock, check error
}

func (b *broken) Store(ctx context.Context, key string, tok *tokencache.Token) error {
	if b.store != nil {
		return b.store
	}
	return b.Dir.Store(ctx, key, tok)
}

func (b *broken) Lock(ctx context.Context, key string) (func(), error) {
	if b.lock != nil {
		return nil, b.lock
	}
	return b.Dir.Lock(ctx, key)
}

func (b *broken) CheckWritable(context.Context, string) error { return b.check }

func TestUnwritableCache(t *testing.T) {
	full := errors.New("no space left on device")
	for name, cache := range map[string]*broken{
		"found before the refresh": {store: full, check: full},
		"found when storing":       {store: full},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			cache.Dir = w.tokens
			p := w.provider(w.profile(), func(o *provider.Options) { o.TokenCache = cache })
			w.pass(2 * time.Hour)
			retrieve(t, p)
			w.count("CreateToken", 1)
			tok, err := p.RetrieveBearerToken(t.Context()) // from memory
			if err != nil {
				t.Fatal(err)
			}
			if tok.Value == w.signIn.AccessToken {
				t.Error("the token in the file was used, not the new one")
			}
			w.count("CreateToken", 1)
			w.pass(2 * time.Hour)
			retrieve(t, p) // with the refresh token in memory: the one in the file is used up
			w.count("CreateToken", 2)
			if n := strings.Count(w.log.String(), "no space left"); n != 1 {
				t.Errorf("%d warnings, want 1:\n%s", n, w.log.String())
			}
			cache.store, cache.check = nil, nil // the disk has room again
			w.pass(31 * time.Second)
			if tok, err = p.RetrieveBearerToken(t.Context()); err != nil {
				t.Fatal(err)
			}
			if string(w.token().AccessToken) != tok.Value {
				t.Error("the token was not stored when it could be")
			}
			w.count("CreateToken", 2)
		})
	}
}

// TestUnwritableCacheKeepsLiveToken: refreshing early would use up a refresh
// token that the others still read from the file.
func TestUnwritableCacheKeepsLiveToken(t *testing.T) {
	w := newWorld(t)
	w.pass(57 * time.Minute)
	cache := &broken{Dir: w.tokens, check: errors.New("read-only file system")}
	tok, err := w.provider(w.profile(), func(o *provider.Options) { o.TokenCache = cache }).RetrieveBearerToken(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if tok.Value != w.signIn.AccessToken {
		t.Error("the token was refreshed")
	}
	w.count("CreateToken", 0)
}

func TestGoesOnWithoutLock(t *testing.T) {
	w := newWorld(t)
	w.pass(2 * time.Hour)
	cache := &broken{Dir: w.tokens, lock: errors.New("no locks available")}
	retrieve(t, w.provider(w.profile(), func(o *provider.Options) { o.TokenCache = cache }))
	w.count("CreateToken", 1)
	if !strings.Contains(w.log.String(), "going on without the lock: no locks available") {
		t.Errorf("nothing was said about it:\n%s", w.log.String())
	}
}

func TestRoleCache(t *testing.T) {
	w := newWorld(t)
	first := retrieve(t, w.provider(w.profile(), w.withRoleCache))

	stranger := func(o *provider.Options) { // as another process: it shares nothing in memory
		w.withRoleCache(o)
		o.TokenCache = &meddling{Dir: w.tokens, afterLoad: func(int) {}}
	}
	if got := retrieve(t, w.provider(w.profile(), stranger)); got.SessionToken != first.SessionToken || got.AccountID != account {
		t.Error("other credentials than in the role cache")
	}
	w.count("GetRoleCredentials", 1)
	w.pass(46 * time.Minute) // 14 minutes left: the AWS CLI would not use them either
	if got := retrieve(t, w.provider(w.profile(), stranger)); got.SessionToken == first.SessionToken {
		t.Error("credentials were not renewed")
	}
	w.count("GetRoleCredentials", 2)

	t.Run("serves what is left when new ones cannot be had", func(t *testing.T) {
		w.pass(50 * time.Minute)
		w.server.Fail("GetRoleCredentials", idctest.Fault{Status: 500, Code: "InternalServerException", Times: -1})
		retrieve(t, w.provider(w.profile(), stranger))
	})
	t.Run("that cannot be written is no obstacle", func(t *testing.T) {
		w.server.ClearFaults()
		file := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		w.pass(2 * time.Hour)
		retrieve(t, w.provider(w.profile(), func(o *provider.Options) { o.RoleCache = rolecache.Dir(file) }))
	})
}

// TestRoleCacheOfShortLives: credentials that live for 15 minutes are served from disk
// until their last five.
func TestRoleCacheOfShortLives(t *testing.T) {
	w := newWorld(t, func(o *idctest.Options) { o.RoleCredentialsTTL = 15 * time.Minute })
	process := func() *provider.Provider {
		return w.provider(w.profile(), w.withRoleCache, func(o *provider.Options) {
			o.TokenCache = &meddling{Dir: w.tokens, afterLoad: func(int) {}}
		})
	}
	first := retrieve(t, process())
	w.pass(9 * time.Minute)
	if got := retrieve(t, process()); got.SessionToken != first.SessionToken {
		t.Error("other credentials than in the role cache")
	}
	w.count("GetRoleCredentials", 1)
	w.pass(2 * time.Minute)
	retrieve(t, process())
	w.count("GetRoleCredentials", 2)
}
