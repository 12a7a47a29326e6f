package ssotoken_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/internal/ssotest"
	"github.com/latchkey-sso/latchkey/ssotoken"
)

func TestUnwritableCache(t *testing.T) {
	full := errors.New("no space left on device")
	for name, cache := range map[string]*ssotest.Broken{
		"detected before the refresh": {StoreErr: full, CheckErr: full},
		"detected when storing":       {StoreErr: full},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			cache.Dir = w.Tokens
			p := w.source(w.Profile(), func(o *ssotoken.Options) { o.TokenCache = cache })
			w.Pass(2 * time.Hour)
			retrieve(t, p)
			w.Count("CreateToken", 1)
			tok, err := p.Token(t.Context()) // from memory
			if err != nil {
				t.Fatal(err)
			}
			if string(tok.AccessToken) == w.SignIn.AccessToken {
				t.Error("got the token from the file, want the new one")
			}
			w.Count("CreateToken", 1)
			w.Pass(2 * time.Hour)
			retrieve(t, p) // with the refresh token in memory: the one in the file is consumed
			w.Count("CreateToken", 2)
			if n := strings.Count(w.Log.String(), "no space left"); n != 1 {
				t.Errorf("%d warnings, want 1:\n%s", n, w.Log.String())
			}
			cache.StoreErr, cache.CheckErr = nil, nil // the disk has space again
			w.Pass(31 * time.Second)
			if tok, err = p.Token(t.Context()); err != nil {
				t.Fatal(err)
			}
			if string(w.Token().AccessToken) != string(tok.AccessToken) {
				t.Error("the token was not stored")
			}
			w.Count("CreateToken", 2)
		})
	}
}

// TestUnwritableCacheKeepsValidToken: an early refresh would consume the refresh token that other
// processes still read from the file.
func TestUnwritableCacheKeepsValidToken(t *testing.T) {
	w := newWorld(t)
	w.Pass(57 * time.Minute)
	cache := &ssotest.Broken{Dir: w.Tokens, CheckErr: errors.New("read-only file system")}
	tok := retrieve(t, w.source(w.Profile(), func(o *ssotoken.Options) { o.TokenCache = cache }))
	if string(tok.AccessToken) != w.SignIn.AccessToken {
		t.Error("the token was refreshed")
	}
	w.Count("CreateToken", 0)
}

func TestContinuesWithoutLock(t *testing.T) {
	w := newWorld(t)
	w.Pass(2 * time.Hour)
	cache := &ssotest.Broken{Dir: w.Tokens, LockErr: errors.New("no locks available")}
	retrieve(t, w.source(w.Profile(), func(o *ssotoken.Options) { o.TokenCache = cache }))
	w.Count("CreateToken", 1)
	if !strings.Contains(w.Log.String(), "continuing without the lock: no locks available") {
		t.Errorf("no warning:\n%s", w.Log.String())
	}
}
