package provider_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/idctest"
	"github.com/latchkey-sso/latchkey/provider"
	"github.com/latchkey-sso/latchkey/ssooidc"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// TestRefusedAccessToken is a token that the server ends before its time, as
// when another tool has signed in again.
func TestRefusedAccessToken(t *testing.T) {
	t.Run("is refreshed", func(t *testing.T) {
		w := newWorld(t)
		w.server.ExpireAccessTokens()
		retrieve(t, w.provider(w.profile()))
		w.count("CreateToken", 1)
		w.count("GetRoleCredentials", 2)
	})
	t.Run("is refreshed, for an error that is not modelled", func(t *testing.T) {
		w := newWorld(t)
		w.server.Fail("GetRoleCredentials", idctest.Fault{Status: 401, Code: "ExpiredSessionException"})
		retrieve(t, w.provider(w.profile()))
		w.count("CreateToken", 1)
	})
	t.Run("that cannot be refreshed for a firewall", func(t *testing.T) {
		w := newWorld(t)
		w.server.ExpireAccessTokens()
		for _, status := range []int{401, 403} {
			w.server.Fail("CreateToken", idctest.Fault{Status: status, Body: []byte("<html>blocked</html>")})
			_, err := w.provider(w.profile()).Retrieve(t.Context())
			var login *provider.LoginRequiredError
			if err == nil || errors.As(err, &login) {
				t.Errorf("%d: got %v, want an error that does not ask to sign in", status, err)
			}
		}
	})
	t.Run("twice", func(t *testing.T) {
		w := newWorld(t)
		w.server.Fail("GetRoleCredentials", idctest.Fault{Status: 401, Code: "UnauthorizedException", Times: -1})
		_, err := w.provider(w.profile()).Retrieve(t.Context())
		loginRequired(t, err, "no longer accepts the sign-in")
		w.count("CreateToken", 1)
		w.count("GetRoleCredentials", 2)
	})
	t.Run("is replaced by what is in the cache now", func(t *testing.T) {
		w := newWorld(t)
		w.server.ExpireAccessTokens()
		p := w.provider(w.profile(), func(o *provider.Options) {
			o.TokenCache = &meddling{Dir: w.tokens, afterLoad: func(n int) {
				if n == 1 {
					w.writeToken(w.server.SignIn().TokenFile())
				}
			}}
		})
		retrieve(t, p)
		w.count("CreateToken", 0)
		w.count("GetRoleCredentials", 2)
	})
}

// TestLostRace is a tool that takes no lock and refreshes first: the refresh
// token is used up, and the token it stored is ours too.
func TestLostRace(t *testing.T) {
	w := newWorld(t)
	w.pass(2 * time.Hour)
	theirs := w.server.SignIn()
	w.server.Fail("CreateToken", idctest.Fault{Status: 400, Code: "InvalidGrantException"})
	p := w.provider(w.profile(), func(o *provider.Options) {
		o.TokenCache = &meddling{Dir: w.tokens, afterLoad: func(n int) {
			if n == loadBeforeSending {
				w.writeToken(theirs.TokenFile())
			}
		}}
	})
	tok, err := p.RetrieveBearerToken(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if tok.Value != theirs.AccessToken {
		t.Error("got another token than theirs")
	}
	w.count("CreateToken", 1)
}

// The looks into the token cache before a refresh is sent.
const (
	loadUnderLock     = 2
	loadBeforeSending = 3
)

// TestReplacedBeforeSending: a refresh token that was used by now is not sent.
func TestReplacedBeforeSending(t *testing.T) {
	w := newWorld(t)
	w.pass(2 * time.Hour)
	theirs := w.server.SignIn()
	p := w.provider(w.profile(), func(o *provider.Options) {
		o.TokenCache = &meddling{Dir: w.tokens, afterLoad: func(n int) {
			if n == loadUnderLock {
				w.writeToken(theirs.TokenFile())
			}
		}}
	})
	tok, err := p.RetrieveBearerToken(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if tok.Value != theirs.AccessToken {
		t.Error("got another token than theirs")
	}
	w.count("CreateToken", 0)
}

// TestLostRaceToSlowTool: the winner's answer is still on its way when we are
// refused.
func TestLostRaceToSlowTool(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.pass(2 * time.Hour)
	theirs := w.server.SignIn()
	w.server.Fail("CreateToken", idctest.Fault{Status: 400, Code: "InvalidGrantException"})
	p := w.provider(w.profile(), func(o *provider.Options) {
		o.TokenCache = &meddling{Dir: w.tokens, afterLoad: func(n int) {
			if n == loadBeforeSending+3 {
				w.writeToken(theirs.TokenFile())
			}
		}}
	})
	tok, err := p.RetrieveBearerToken(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if tok.Value != theirs.AccessToken {
		t.Error("got another token than theirs")
	}
}

// TestRefusedRefreshLetsOthersOn: who looks out for another tool's token does not
// hold the lock meanwhile. When a sign-in has ended, every process does that in turn.
func TestRefusedRefreshLetsOthersOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.pass(2 * time.Hour)
	w.server.Fail("CreateToken", idctest.Fault{Status: 400, Code: "InvalidGrantException"})
	var lockErr error
	p := w.provider(w.profile(), func(o *provider.Options) {
		o.TokenCache = &meddling{Dir: w.tokens, afterLoad: func(n int) {
			if n != loadBeforeSending+2 {
				return
			}
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancel()
			unlock, err := w.tokens.Lock(ctx, "corp")
			if lockErr = err; err == nil {
				unlock()
			}
			w.writeToken(w.server.SignIn().TokenFile())
		}}
	})
	if _, err := p.RetrieveBearerToken(t.Context()); err != nil {
		t.Fatal(err)
	}
	if lockErr != nil {
		t.Errorf("the lock is held: %v", lockErr)
	}
}

// TestRefusalIsRemembered: a refresh token that the server has refused is not sent again
// within 30 seconds, and nobody's token is looked out for again.
func TestRefusalIsRemembered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	now := w.now().Add(2 * time.Hour)
	w.server.Fail("CreateToken", idctest.Fault{Status: 400, Code: "InvalidGrantException", Times: -1})
	const few = 4 // loads of one that looks out for nobody: at first, under the lock, before sending, after
	for _, call := range []struct {
		after        time.Duration
		createTokens int
		reason       string
		looksOut     bool
	}{
		{0, 1, "InvalidGrantException", true},
		{adoptWait / 10, 1, "refused at 2", true}, // for the rest of the time
		{adoptWait, 1, "refused at 2", false},
		{30 * time.Second, 2, "InvalidGrantException", false},
		{3 * time.Second, 2, "refused at 2", false},
		{-time.Minute, 3, "InvalidGrantException", true}, // the clock was wrong
	} {
		now = now.Add(call.after)
		cache := &meddling{Dir: w.tokens, afterLoad: func(int) {}} // as in another process
		p := w.provider(w.profile(), func(o *provider.Options) { o.TokenCache, o.Now = cache, func() time.Time { return now } })
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		_, err := p.RetrieveBearerToken(ctx)
		cancel()
		loginRequired(t, err, call.reason)
		w.count("CreateToken", call.createTokens)
		if looksOut := cache.loads > few; looksOut != call.looksOut {
			t.Errorf("after %s: the token was loaded %d times", call.after, cache.loads)
		}
	}
	w.server.ClearFaults()
	w.writeToken(w.server.SignIn().TokenFile())
	w.pass(2 * time.Hour)
	if _, err := w.provider(w.profile()).RetrieveBearerToken(t.Context()); err != nil {
		t.Error(err) // of a refresh token that nobody refused
	}
}

// TestEveryRefusalIsRemembered: what ends a sign-in is asked for once, and stays the kind
// of error that it was.
func TestEveryRefusalIsRemembered(t *testing.T) {
	kind := func(target any) func(error) bool {
		return func(err error) bool { return errors.As(err, target) }
	}
	for code, is := range map[string]func(error) bool{
		"InvalidGrantException":         kind(new(*ssooidc.InvalidGrantException)),
		"ExpiredTokenException":         kind(new(*ssooidc.ExpiredTokenException)),
		"InvalidClientException":        kind(new(*ssooidc.InvalidClientException)),
		"UnauthorizedClientException":   kind(new(*ssooidc.UnauthorizedClientException)),
		"UnsupportedGrantTypeException": kind(new(*ssooidc.UnsupportedGrantTypeException)),
		"AccessDeniedException":         kind(new(*ssooidc.AccessDeniedException)),
	} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.pass(2 * time.Hour)
			w.server.Fail("CreateToken", idctest.Fault{Status: 400, Code: code, Message: "no more", Times: -1})
			for _, reason := range []string{code + ": no more", code + ": no more, refused at 2"} {
				cache := &meddling{Dir: w.tokens, afterLoad: func(int) {}} // as in another process
				p := w.provider(w.profile(), func(o *provider.Options) { o.TokenCache = cache })
				_, err := p.RetrieveBearerToken(t.Context())
				loginRequired(t, err, reason)
				if !is(err) {
					t.Errorf("got %#v, want the kind of %s in it", err, code)
				}
				w.count("CreateToken", 1)
			}
			elsewhere := w.profile() // what one server says is nothing to another
			elsewhere.Endpoints.SSOOIDC += "/"
			cache := &meddling{Dir: w.tokens, afterLoad: func(int) {}}
			_, err := w.provider(elsewhere, func(o *provider.Options) { o.TokenCache = cache }).RetrieveBearerToken(t.Context())
			loginRequired(t, err, code)
			w.count("CreateToken", 2)
		})
	}
}

// TestRefusalIsRememberedWithoutNote: where the cache takes no note of a refusal, as in a
// read-only directory, a process remembers its own.
func TestRefusalIsRememberedWithoutNote(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.pass(2 * time.Hour)
	w.server.RevokeAll()
	cache := func(o *provider.Options) { o.TokenCache = struct{ tokencache.Cache }{w.tokens} }
	for _, reason := range []string{"InvalidGrantException", "refused at 2"} {
		_, err := w.provider(w.profile(), cache).RetrieveBearerToken(t.Context())
		loginRequired(t, err, reason)
		w.count("CreateToken", 1)
	}
	w.writeToken(w.server.SignIn().TokenFile())
	w.edit(func(tok *tokencache.Token) { tok.ExpiresAt = w.now().Add(-time.Hour) })
	retrieve(t, w.provider(w.profile(), cache)) // with a refresh token that nobody refused
	w.count("CreateToken", 2)
}

// TestNewerNoteCounts: another process may have asked since this one did.
func TestNewerNoteCounts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.pass(2 * time.Hour)
	w.server.RevokeAll()
	p := w.provider(w.profile())
	_, err := p.RetrieveBearerToken(t.Context())
	loginRequired(t, err, "InvalidGrantException")
	w.pass(31 * time.Second)
	refreshToken := w.token().RefreshToken
	note, err := w.tokens.LoadNote(t.Context(), "corp", refreshToken)
	if err != nil {
		t.Fatal(err)
	}
	note.At = w.now()
	if err := w.tokens.StoreNote(t.Context(), "corp", refreshToken, note); err != nil {
		t.Fatal(err)
	}
	_, err = p.RetrieveBearerToken(t.Context())
	loginRequired(t, err, "refused at 2")
	w.count("CreateToken", 1)
}

// TestNewSignInIsNotOverwritten is a person who signs in again while the old
// sign-in is refreshed.
func TestNewSignInIsNotOverwritten(t *testing.T) {
	w := newWorld(t)
	w.pass(2 * time.Hour)
	theirs := w.server.SignIn()
	p := w.provider(w.profile(), func(o *provider.Options) {
		o.TokenCache = &meddling{Dir: w.tokens, afterLoad: func(n int) {
			if n == loadBeforeSending {
				w.writeToken(theirs.TokenFile())
			}
		}}
	})
	if _, err := p.RetrieveBearerToken(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.count("CreateToken", 1)
	if got := w.token(); string(got.RefreshToken) != theirs.RefreshToken {
		t.Error("the token of the new sign-in is gone")
	}
}

// meddling is a cache in which something happens after each Load.
type meddling struct {
	tokencache.Dir
	loads     int
	afterLoad func(n int)
}

func (m *meddling) Load(ctx context.Context, key string) (*tokencache.Token, error) {
	tok, err := m.Dir.Load(ctx, key)
	m.loads++
	m.afterLoad(m.loads)
	return tok, err
}
