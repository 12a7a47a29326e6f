package ssotoken_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/idctest"
	"github.com/latchkey-sso/latchkey/internal/ssotest"
	"github.com/latchkey-sso/latchkey/ssooidc"
	"github.com/latchkey-sso/latchkey/ssotoken"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// The reads of the token cache in a refresh.
const (
	loadUnderLock     = 2
	loadBeforeSending = 3
)

// afterLoad returns a Source whose cache calls hook after its nth read.
func (w *world) afterLoad(nth int, hook func(), optFns ...func(*ssotoken.Options)) *ssotoken.Source {
	return w.source(w.Profile(), append([]func(*ssotoken.Options){func(o *ssotoken.Options) {
		o.TokenCache = &ssotest.Hooked{Dir: w.Tokens, AfterLoad: func(n int) {
			if n == nth {
				hook()
			}
		}}
		ssotoken.SetWaits(time.Minute, 0, 0)(o) // on a busy machine, the hook may be late
	}}, optFns...)...)
}

// theirs checks that a Source uses a token that another tool stores after the nth read.
func (w *world) theirs(nth int, optFns ...func(*ssotoken.Options)) {
	w.T.Helper()
	w.Pass(2 * time.Hour)
	theirs := w.Server.SignIn()
	tok := retrieve(w.T, w.afterLoad(nth, func() { w.WriteToken(theirs.TokenFile()) }, optFns...))
	if string(tok.AccessToken) != theirs.AccessToken {
		w.T.Error("got a token other than theirs")
	}
	if got := w.Token(); string(got.RefreshToken) != theirs.RefreshToken {
		w.T.Error("their token was overwritten")
	}
}

// TestLostRace: if a tool without a lock refreshes first, its token is used.
func TestLostRace(t *testing.T) {
	w := newWorld(t)
	w.Server.Fail("CreateToken", idctest.Fault{Status: 400, Code: "InvalidGrantException"})
	w.theirs(loadBeforeSending)
	w.Count("CreateToken", 1)
}

// TestReplacedBeforeSending: a consumed refresh token is not sent.
func TestReplacedBeforeSending(t *testing.T) {
	w := newWorld(t)
	w.theirs(loadUnderLock)
	w.Count("CreateToken", 0)
}

// TestLostRaceToSlowTool: the other tool stores its token only after our refresh was rejected.
func TestLostRaceToSlowTool(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Server.Fail("CreateToken", idctest.Fault{Status: 400, Code: "InvalidGrantException"})
	w.theirs(loadBeforeSending + 3)
}

// TestReplacedAtEndOfWait: the cache is read once more when the wait for another tool's token is over.
func TestReplacedAtEndOfWait(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Server.Fail("CreateToken", idctest.Fault{Status: 400, Code: "InvalidGrantException"})
	w.theirs(loadBeforeSending+1, func(o *ssotoken.Options) {
		now := w.Now()
		o.Now = func() time.Time { return now } // or the wait may be over before it begins
		ssotoken.SetWaits(time.Millisecond, 0, 0)(o)
	})
}

// TestRejectedRefreshReleasesLock: a process does not hold the lock while it polls for another
// tool's token.
func TestRejectedRefreshReleasesLock(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Pass(2 * time.Hour)
	w.Server.Fail("CreateToken", idctest.Fault{Status: 400, Code: "InvalidGrantException"})
	var lockErr error
	retrieve(t, w.afterLoad(loadBeforeSending+2, func() {
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		unlock, err := w.Tokens.Dir.Lock(ctx, "corp")
		if lockErr = err; err == nil {
			unlock()
		}
		w.WriteToken(w.Server.SignIn().TokenFile())
	}))
	if lockErr != nil {
		t.Errorf("the lock is held: %v", lockErr)
	}
}

// TestRejectionRemembered: for 30 seconds after a rejection, the refresh token is not sent again and
// the cache is not polled again.
func TestRejectionRemembered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	now := w.Now().Add(2 * time.Hour)
	w.Server.Fail("CreateToken", idctest.Fault{Status: 400, Code: "InvalidGrantException", Times: -1})
	const few = 4 // loads without polling
	for _, call := range []struct {
		after        time.Duration
		createTokens int
		reason       string
		polls        bool
	}{
		{0, 1, "InvalidGrantException", true},
		{adoptWait / 10, 1, "rejected at 2", true}, // for the rest of the polling time
		{adoptWait, 1, "rejected at 2", false},
		{30 * time.Second, 2, "InvalidGrantException", false},
		{3 * time.Second, 2, "rejected at 2", false},
		{-time.Minute, 3, "InvalidGrantException", true}, // the clock was wrong
	} {
		now = now.Add(call.after)
		cache := &ssotest.Hooked{Dir: w.Tokens} // as in another process
		p := w.source(w.Profile(), func(o *ssotoken.Options) { o.TokenCache, o.Now = cache, func() time.Time { return now } })
		_, err := p.Token(t.Context())
		ssotest.LoginRequired(t, err, call.reason)
		w.Count("CreateToken", call.createTokens)
		if polls := cache.Loads > few; polls != call.polls {
			t.Errorf("after %s: the token was loaded %d times", call.after, cache.Loads)
		}
	}
	w.Server.ClearFaults()
	w.WriteToken(w.Server.SignIn().TokenFile())
	w.Pass(2 * time.Hour)
	if _, err := w.source(w.Profile()).Token(t.Context()); err != nil {
		t.Error(err) // the new refresh token was not rejected
	}
}

// TestEveryRejectionRemembered: one request is sent, and the error of other processes has the same
// type.
func TestEveryRejectionRemembered(t *testing.T) {
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
			w.Pass(2 * time.Hour)
			w.Server.Fail("CreateToken", idctest.Fault{Status: 400, Code: code, Message: "no more", Times: -1})
			for _, reason := range []string{code + ": no more", code + ": no more, rejected at 2"} {
				cache := &ssotest.Hooked{Dir: w.Tokens} // as in another process
				p := w.source(w.Profile(), func(o *ssotoken.Options) { o.TokenCache = cache })
				_, err := p.Token(t.Context())
				ssotest.LoginRequired(t, err, reason)
				if !is(err) {
					t.Errorf("got %#v, want an error of the type of %s", err, code)
				}
				w.Count("CreateToken", 1)
			}
			elsewhere := w.Profile() // notes apply to one server only
			elsewhere.Endpoints.SSOOIDC += "/"
			cache := &ssotest.Hooked{Dir: w.Tokens}
			_, err := w.source(elsewhere, func(o *ssotoken.Options) { o.TokenCache = cache }).Token(t.Context())
			ssotest.LoginRequired(t, err, code)
			w.Count("CreateToken", 2)
		})
	}
}

// TestRejectionRememberedWithoutNote: a process remembers its own rejections even if the cache cannot
// store notes.
func TestRejectionRememberedWithoutNote(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Pass(2 * time.Hour)
	w.Server.RevokeAll()
	cache := func(o *ssotoken.Options) { o.TokenCache = struct{ tokencache.Cache }{w.Tokens} }
	for _, reason := range []string{"InvalidGrantException", "rejected at 2"} {
		_, err := w.source(w.Profile(), cache).Token(t.Context())
		ssotest.LoginRequired(t, err, reason)
		w.Count("CreateToken", 1)
	}
	w.WriteToken(w.Server.SignIn().TokenFile())
	w.Edit(func(tok *tokencache.Token) { tok.ExpiresAt = w.Now().Add(-time.Hour) })
	retrieve(t, w.source(w.Profile(), cache)) // the new refresh token was not rejected
	w.Count("CreateToken", 2)
}

// TestNewerNoteWins: a newer note of another process replaces the note in memory.
func TestNewerNoteWins(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Pass(2 * time.Hour)
	w.Server.RevokeAll()
	p := w.source(w.Profile())
	_, err := p.Token(t.Context())
	ssotest.LoginRequired(t, err, "InvalidGrantException")
	w.Pass(31 * time.Second)
	refreshToken := w.Token().RefreshToken
	note, err := w.Tokens.LoadNote(t.Context(), "corp", refreshToken)
	if err != nil {
		t.Fatal(err)
	}
	note.At = w.Now()
	if err := w.Tokens.StoreNote(t.Context(), "corp", refreshToken, note); err != nil {
		t.Fatal(err)
	}
	_, err = p.Token(t.Context())
	ssotest.LoginRequired(t, err, "rejected at 2")
	w.Count("CreateToken", 1)
}

// TestNewSignInNotOverwritten: the user signs in again while the old sign-in is refreshed.
func TestNewSignInNotOverwritten(t *testing.T) {
	w := newWorld(t)
	w.theirs(loadBeforeSending)
	w.Count("CreateToken", 1)
}

// TestSignOutBeforeSending: the refresh token is not sent after a sign-out.
func TestSignOutBeforeSending(t *testing.T) {
	w := newWorld(t)
	w.Pass(2 * time.Hour)
	_, err := w.afterLoad(loadUnderLock, func() { _ = w.Tokens.Delete(t.Context(), "corp") }).Token(t.Context())
	ssotest.LoginRequired(t, err, "not signed in")
	if strings.Count(err.Error(), "ssotoken: ") != 1 {
		t.Errorf("the prefix is doubled: %v", err)
	}
	w.Count("CreateToken", 0)
}
