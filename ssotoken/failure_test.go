package ssotoken_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/idctest"
	"github.com/latchkey-sso/latchkey/internal/ssotest"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/ssooidc"
	"github.com/latchkey-sso/latchkey/ssotoken"
	"github.com/latchkey-sso/latchkey/tokencache"
)

func TestLoginRequired(t *testing.T) {
	expired := func(t *tokencache.Token) { t.ExpiresAt = time.Now().Add(-time.Hour) }
	ssotest.TestLostSignIns(t, map[string]ssotest.LostSignIn{
		"no token": {
			Arrange: func(w *ssotest.World) { _ = w.Tokens.Delete(context.Background(), "corp") },
			Reason:  "not signed in",
		},
		"damaged token": {
			Arrange: func(w *ssotest.World) { w.WriteToken([]byte(`{"startUrl": "https`)) },
			Reason:  "is damaged",
		},
		"expired, no refresh token": {
			Arrange: func(w *ssotest.World) {
				w.Edit(func(tok *tokencache.Token) { expired(tok); tok.RefreshToken = "" })
			},
			Reason: "there is no refresh token",
		},
		"expired, no client": {
			Arrange: func(w *ssotest.World) {
				w.Edit(func(tok *tokencache.Token) { expired(tok); tok.ClientSecret = "" })
			},
			Reason: "has no client registration",
		},
		"expired, with an expired registration": {
			Arrange: func(w *ssotest.World) {
				w.Edit(func(tok *tokencache.Token) { expired(tok); tok.RegistrationExpiresAt = tok.ExpiresAt })
			},
			Reason: "its client registration",
		},
		"expired, legacy": {
			Arrange: func(w *ssotest.World) { w.Pass(2 * time.Hour) },
			Legacy:  true,
			Reason:  "cannot be refreshed",
		},
		"refresh token rejected": {
			Arrange: func(w *ssotest.World) { w.Edit(expired); w.Server.RevokeAll() },
			Reason:  "no longer accepts the refresh token: InvalidGrantException",
			Calls:   1,
		},
		"401 with an unknown code": {
			Arrange: func(w *ssotest.World) {
				w.Edit(expired)
				w.Server.Fail("CreateToken", idctest.Fault{Status: 401, Body: []byte(`{"code": "NotYouException", "message": "not you"}`)})
			},
			Reason: "no longer accepts the refresh token: NotYouException: not you",
			Calls:  1,
		},
	}, func(w *ssotest.World, p *profile.Profile) error {
		_, err := (&world{w}).source(p).Token(w.T.Context())
		return err
	})
}

// TestRejectedRefreshOfValidToken: a valid token stays in use after the server has rejected its
// refresh token.
func TestRejectedRefreshOfValidToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Pass(56 * time.Minute)
	w.Server.Fail("CreateToken", idctest.Fault{Status: 400, Code: "InvalidGrantException", Times: -1})
	p := w.source(w.Profile())
	retrieve(t, p)
	w.Count("CreateToken", 1)
	if !strings.Contains(w.Log.String(), "keeping the token until") {
		t.Error("no warning")
	}
	if _, err := p.Token(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.Count("CreateToken", 1) // not again within 30 seconds
	w.Pass(31 * time.Second)
	if _, err := p.Token(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.Count("CreateToken", 2)
	w.Pass(5 * time.Minute)
	_, err := p.Token(t.Context())
	ssotest.LoginRequired(t, err, "no longer accepts the refresh token")
}

// TestBrokenRefresh: if the server fails to refresh an expired token, the sign-in may still be valid.
// The error is not a LoginRequiredError, and the next refresh succeeds.
func TestBrokenRefresh(t *testing.T) {
	for name, fault := range map[string]idctest.Fault{
		"500":                   {Status: 500, Code: "InternalServerException"},
		"429":                   {Status: 429, Body: []byte(`{}`)},
		"400 slow down":         {Status: 400, Code: "SlowDownException"},
		"HTML":                  {Status: 503, Body: []byte("<html>down for maintenance</html>")},
		"firewall":              {Status: 403, Body: []byte("<html>blocked</html>")},
		"proxy":                 {Status: 407, Body: []byte("<html>who are you?</html>")},
		"KMS key of the server": {Status: 400, Body: []byte(`{"error":"access_denied","reason":"KMS_AccessDeniedException"}`), Code: "AccessDeniedException"},
		"truncated":             {Status: 200, Body: []byte(`{"accessToken":"abc`)},
		"empty":                 {Status: 200, Body: []byte(`{}`)},
		"expiresIn 0":           {Status: 200, Body: []byte(`{"accessToken":"a","expiresIn":0}`)},
		"cut":                   {Cut: true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.Pass(2 * time.Hour)
			before := *w.Token()
			w.Server.Fail("CreateToken", fault)
			p := w.source(w.Profile())
			_, err := p.Token(t.Context())
			var login *ssotoken.LoginRequiredError
			if err == nil || errors.As(err, &login) {
				t.Fatalf("got %v, want an error other than a LoginRequiredError", err)
			}
			if after := *w.Token(); after.AccessToken != before.AccessToken || after.RefreshToken != before.RefreshToken {
				t.Error("the token file was changed")
			}
			w.Server.ClearFaults()
			retrieve(t, p)
		})
	}
}

// TestRefreshTokenWithoutAccessToken: the new refresh token is stored even if the response has no
// access token. Everything else stays.
func TestRefreshTokenWithoutAccessToken(t *testing.T) {
	for name, body := range map[string]string{
		"no access token":    `{"expiresIn":3600,"refreshToken":%q}`,
		"empty access token": `{"accessToken":"","expiresIn":3600,"refreshToken":%q}`,
		"no expiry":          `{"accessToken":"a","refreshToken":%q}`,
		"expiresIn 0":        `{"accessToken":"a","expiresIn":0,"refreshToken":%q}`,
		"expiresIn in words": `{"accessToken":"a","expiresIn":"soon","refreshToken":%q}`,
		"expiresIn a list":   `{"accessToken":"a","expiresIn":[],"refreshToken":%q}`,
		"token a number":     `{"accessToken":5,"expiresIn":3600,"refreshToken":%q}`,
		"type a number":      `{"tokenType":5,"expiresIn":3600,"refreshToken":%q}`,
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.Pass(2 * time.Hour)
			before, next := w.Token(), w.Server.SignIn()
			w.Edit(func(tok *tokencache.Token) {
				tok.ClientID, tok.ClientSecret = next.ClientID, tokencache.Secret(next.ClientSecret)
			})
			w.Server.Fail("CreateToken", idctest.Fault{Status: 200, Body: fmt.Appendf(nil, body, next.RefreshToken)})
			_, err := w.source(w.Profile()).Token(t.Context())
			if err == nil || !strings.Contains(err.Error(), "no accessToken or no expiresIn") {
				t.Errorf("got %v", err)
			}
			after := w.Token()
			if string(after.RefreshToken) != next.RefreshToken {
				t.Error("the new refresh token was not stored")
			}
			if after.AccessToken != before.AccessToken || !after.ExpiresAt.Equal(before.ExpiresAt) {
				t.Error("the access token was changed")
			}
			retrieve(t, w.source(w.Profile()))
			w.Count("CreateToken", 2)
		})
	}
}

// TestResponseWithoutRefreshToken: the file keeps the old refresh token and unknown members.
func TestResponseWithoutRefreshToken(t *testing.T) {
	w := newWorld(t)
	other := strings.TrimSuffix(string(w.SignIn.TokenFile()), "}") + `, "extra": {"n": 12345678901234567890}}`
	w.WriteToken([]byte(other))
	w.Pass(2 * time.Hour)
	live := w.Server.SignIn()
	w.Server.Fail("CreateToken", idctest.Fault{Status: 200, Body: fmt.Appendf(nil, `{"accessToken":%q,"expiresIn":3600}`, live.AccessToken)})
	retrieve(t, w.source(w.Profile()))
	tok := w.Token()
	if string(tok.AccessToken) != live.AccessToken || string(tok.RefreshToken) != w.SignIn.RefreshToken {
		t.Error("the file does not hold the new access token and the old refresh token")
	}
	data, err := os.ReadFile(w.Tokens.Path("corp"))
	if err != nil || !strings.Contains(string(data), `"extra": {"n": 12345678901234567890}`) {
		t.Errorf("unknown members are missing: %v", err)
	}
}

// TestSignInExpired covers all responses that reject the refresh token or the client.
func TestSignInExpired(t *testing.T) {
	for _, code := range []string{
		"InvalidGrantException", "ExpiredTokenException", "InvalidClientException",
		"UnauthorizedClientException", "UnsupportedGrantTypeException", "AccessDeniedException",
	} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.Pass(2 * time.Hour)
			w.Server.Fail("CreateToken", idctest.Fault{Status: 400, Code: code})
			_, err := w.source(w.Profile()).Token(t.Context())
			ssotest.LoginRequired(t, err, code)
		})
	}
}

func TestErrorWrapsServerError(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Pass(2 * time.Hour)
	w.Server.RevokeAll()
	_, err := w.source(w.Profile()).Token(t.Context())
	var grant *ssooidc.InvalidGrantException
	if !errors.As(err, &grant) {
		t.Errorf("got %v, want an InvalidGrantException", err)
	}
}

// TestWrongClock: the error for a rejected refresh mentions a wrong clock.
func TestWrongClock(t *testing.T) {
	for note, off := range map[string]time.Duration{
		" (the local clock is 3h0m0s ahead of Identity Center's)": 3 * time.Hour,
		" (the local clock is 2h0m0s behind Identity Center's)":   -2 * time.Hour,
		"": 0,
	} {
		t.Run(off.String(), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.Server.RevokeAll()
			w.Edit(func(tok *tokencache.Token) { tok.ExpiresAt = w.Now().Add(-4 * time.Hour) })
			_, err := w.source(w.Profile(), func(o *ssotoken.Options) { o.Now = func() time.Time { return w.Now().Add(off) } }).Token(t.Context())
			ssotest.LoginRequired(t, err, "no longer accepts the refresh token")
			if !strings.HasSuffix(err.Error(), cmp.Or(note, "Invalid refresh token provided")) {
				t.Errorf("got %q, want the suffix %q", err, note)
			}
		})
	}
}
