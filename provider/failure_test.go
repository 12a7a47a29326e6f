package provider_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"

	"github.com/latchkey-sso/latchkey/idctest"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/provider"
	"github.com/latchkey-sso/latchkey/ssooidc"
	"github.com/latchkey-sso/latchkey/tokencache"
)

func TestLoginRequired(t *testing.T) {
	expired := func(t *tokencache.Token) { t.ExpiresAt = time.Now().Add(-time.Hour) }
	for name, tt := range map[string]struct {
		arrange func(*world)
		legacy  bool
		reason  string
		calls   int // of CreateToken
	}{
		"no token": {
			arrange: func(w *world) { _ = w.tokens.Delete(context.Background(), "corp") },
			reason:  "not signed in",
		},
		"damaged token": {
			arrange: func(w *world) { w.writeToken([]byte(`{"startUrl": "https`)) },
			reason:  "is damaged",
		},
		"expired, no refresh token": {
			arrange: func(w *world) {
				w.edit(func(tok *tokencache.Token) { expired(tok); tok.RefreshToken = "" })
			},
			reason: "there is no refresh token",
		},
		"expired, no client": {
			arrange: func(w *world) {
				w.edit(func(tok *tokencache.Token) { expired(tok); tok.ClientSecret = "" })
			},
			reason: "names no client",
		},
		"expired, and the registration too": {
			arrange: func(w *world) {
				w.edit(func(tok *tokencache.Token) { expired(tok); tok.RegistrationExpiresAt = tok.ExpiresAt })
			},
			reason: "its client registration",
		},
		"expired, legacy": {
			arrange: func(w *world) { w.pass(2 * time.Hour) },
			legacy:  true,
			reason:  "cannot be refreshed",
		},
		"refresh token refused": {
			arrange: func(w *world) { w.edit(expired); w.server.RevokeAll() },
			reason:  "no longer accepts the refresh token: InvalidGrantException",
			calls:   1,
		},
		"everything refused": {
			arrange: func(w *world) { w.server.RevokeAll() },
			reason:  "no longer accepts the refresh token",
			calls:   1,
		},
		"401 to everything": {
			arrange: func(w *world) {
				w.server.Fail("", idctest.Fault{Status: 401, Code: "UnauthorizedException", Times: -1})
			},
			reason: "no longer accepts the refresh token: UnauthorizedException",
			calls:  1,
		},
		"401 with an unknown code": {
			arrange: func(w *world) {
				w.edit(expired)
				w.server.Fail("CreateToken", idctest.Fault{Status: 401, Body: []byte(`{"code": "NotYouException", "message": "not you"}`)})
			},
			reason: "no longer accepts the refresh token: NotYouException: not you",
			calls:  1,
		},
		"access token refused, and an odd answer to the refresh": {
			arrange: func(w *world) {
				w.server.ExpireAccessTokens()
				w.server.Fail("CreateToken", idctest.Fault{Status: 400, Code: "InvalidRequestException"})
			},
			reason: "no longer accepts the refresh token",
			calls:  1,
		},
		"access token refused, legacy": {
			arrange: func(w *world) { w.server.RevokeAll() },
			legacy:  true,
			reason:  "no longer accepts the sign-in",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // some wait for a token that another tool may store
			w := newWorld(t)
			p := w.profile()
			if tt.legacy {
				p = w.legacyProfile()
			}
			tt.arrange(w)
			before, _ := os.ReadFile(w.tokens.Path("corp"))
			_, err := w.provider(p).Retrieve(t.Context())
			loginRequired(t, err, tt.reason)
			w.count("CreateToken", tt.calls)
			if after, _ := os.ReadFile(w.tokens.Path("corp")); string(after) != string(before) {
				t.Error("the token file was changed")
			}
		})
	}
}

// TestRefusedRefreshOfLiveToken is the server's last word beside a token that
// still works: it is used to its end.
func TestRefusedRefreshOfLiveToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.pass(56 * time.Minute)
	w.server.Fail("CreateToken", idctest.Fault{Status: 400, Code: "InvalidGrantException", Times: -1})
	p := w.provider(w.profile())
	retrieve(t, p)
	w.count("CreateToken", 1)
	if !strings.Contains(w.log.String(), "keeping the token until") {
		t.Error("nothing was said about it")
	}
	if _, err := p.RetrieveBearerToken(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.count("CreateToken", 1) // not again within 30 seconds
	w.pass(31 * time.Second)
	if _, err := p.RetrieveBearerToken(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.count("CreateToken", 2)
	w.pass(5 * time.Minute)
	_, err := p.RetrieveBearerToken(t.Context())
	loginRequired(t, err, "no longer accepts the refresh token")
}

// TestBrokenRefresh is a server that fails to refresh an expired token: the
// sign-in may be good, so nobody is sent to sign in again, and it works once the
// server does.
func TestBrokenRefresh(t *testing.T) {
	for name, fault := range map[string]idctest.Fault{
		"500":               {Status: 500, Code: "InternalServerException"},
		"429":               {Status: 429, Body: []byte(`{}`)},
		"400 slow down":     {Status: 400, Code: "SlowDownException"},
		"HTML":              {Status: 503, Body: []byte("<html>down for maintenance</html>")},
		"firewall":          {Status: 403, Body: []byte("<html>blocked</html>")},
		"proxy":             {Status: 407, Body: []byte("<html>who are you?</html>")},
		"key of the server": {Status: 400, Body: []byte(`{"error":"access_denied","reason":"KMS_AccessDeniedException"}`), Code: "AccessDeniedException"},
		"truncated":         {Status: 200, Body: []byte(`{"accessToken":"abc`)},
		"empty":             {Status: 200, Body: []byte(`{}`)},
		"expiresIn 0":       {Status: 200, Body: []byte(`{"accessToken":"a","expiresIn":0}`)},
		"cut":               {Cut: true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.pass(2 * time.Hour)
			before := *w.token()
			w.server.Fail("CreateToken", fault)
			p := w.provider(w.profile())
			_, err := p.Retrieve(t.Context())
			var login *provider.LoginRequiredError
			if err == nil || errors.As(err, &login) {
				t.Fatalf("got %v, want an error that does not ask to sign in", err)
			}
			if after := *w.token(); after.AccessToken != before.AccessToken || after.RefreshToken != before.RefreshToken {
				t.Error("the token file was changed")
			}
			w.server.ClearFaults()
			retrieve(t, p)
		})
	}
}

// TestRefreshTokenWithoutAccessToken: the refresh token that was sent is used up, so the
// new one is stored, and everything else stays.
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
			w.pass(2 * time.Hour)
			before, next := w.token(), w.server.SignIn()
			w.edit(func(tok *tokencache.Token) {
				tok.ClientID, tok.ClientSecret = next.ClientID, tokencache.Secret(next.ClientSecret)
			})
			w.server.Fail("CreateToken", idctest.Fault{Status: 200, Body: fmt.Appendf(nil, body, next.RefreshToken)})
			_, err := w.provider(w.profile()).Retrieve(t.Context())
			if err == nil || !strings.Contains(err.Error(), "no accessToken or no expiresIn") {
				t.Errorf("got %v", err)
			}
			after := w.token()
			if string(after.RefreshToken) != next.RefreshToken {
				t.Error("the new refresh token is lost")
			}
			if after.AccessToken != before.AccessToken || !after.ExpiresAt.Equal(before.ExpiresAt) {
				t.Error("the access token was changed")
			}
			retrieve(t, w.provider(w.profile()))
			w.count("CreateToken", 2)
		})
	}
}

// TestBrokenGetRoleCredentials is a server that gives no role credentials.
func TestBrokenGetRoleCredentials(t *testing.T) {
	for name, tt := range map[string]struct {
		fault idctest.Fault
		code  string
	}{
		"403":     {idctest.Fault{Status: 403, Code: "ForbiddenException"}, "ForbiddenException"},
		"404":     {idctest.Fault{Status: 404, Code: "ResourceNotFoundException"}, "ResourceNotFoundException"},
		"429":     {idctest.Fault{Status: 429, Code: "TooManyRequestsException"}, "TooManyRequestsException"},
		"500":     {idctest.Fault{Status: 500, Code: "InternalServerException"}, "InternalServerException"},
		"garbage": {idctest.Fault{Status: 200, Body: []byte("<html>")}, ""},
		"empty":   {idctest.Fault{Status: 200, Body: []byte("{}")}, ""},
		"ended":   {idctest.Fault{Status: 200, Body: []byte(`{"roleCredentials":{"accessKeyId":"a","secretAccessKey":"b","sessionToken":"c","expiration":1000}}`)}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			tt.fault.Times = -1
			w.server.Fail("GetRoleCredentials", tt.fault)
			p := w.provider(w.profile(), w.withRoleCache)
			_, err := p.Retrieve(t.Context())
			if err == nil {
				t.Fatal("no error")
			}
			var api smithy.APIError
			if tt.code != "" && (!errors.As(err, &api) || api.ErrorCode() != tt.code) {
				t.Errorf("got %v, want code %s in it", err, tt.code)
			}
			if _, err := os.Stat(w.roles.Path(roleKey(w.profile()))); err == nil {
				t.Error("something was put into the role cache")
			}
			w.server.ClearFaults()
			retrieve(t, p)
		})
	}
}

// TestKeepsValidCredentials goes on with credentials in their last minutes
// while new ones cannot be had.
func TestKeepsValidCredentials(t *testing.T) {
	w := newWorld(t)
	p := w.provider(w.profile())
	first := retrieve(t, p)
	w.pass(57 * time.Minute)
	w.server.Fail("GetRoleCredentials", idctest.Fault{Status: 500, Code: "InternalServerException", Times: -1})
	if got := retrieve(t, p); got != first {
		t.Error("other credentials")
	}
	retrieve(t, p)
	w.count("GetRoleCredentials", 2) // not again within 30 seconds
	w.pass(31 * time.Second)
	retrieve(t, p)
	w.count("GetRoleCredentials", 3)

	t.Run("as aws.CredentialsCache asks for", func(t *testing.T) {
		broken := errors.New("broken")
		got, err := p.HandleFailToRefresh(t.Context(), aws.Credentials{}, broken)
		if err != nil || got != first {
			t.Errorf("got %v, %v", got.AccessKeyID, err)
		}
	})
	t.Run("but not beyond their end", func(t *testing.T) {
		w.pass(3 * time.Minute)
		if _, err := p.Retrieve(t.Context()); err == nil {
			t.Error("no error")
		}
		broken := errors.New("broken")
		if _, err := p.HandleFailToRefresh(t.Context(), first, broken); !errors.Is(err, broken) {
			t.Errorf("got %v, want the error given", err)
		}
	})
}

func TestNew(t *testing.T) {
	w := newWorld(t)
	t.Run("without SSO settings", func(t *testing.T) {
		var conf *profile.Error
		if _, err := provider.New(&profile.Profile{Name: "plain"}); !errors.As(err, &conf) || conf.Profile != "plain" {
			t.Errorf("got %v", err)
		}
	})
	t.Run("without start URL or region", func(t *testing.T) {
		var conf *profile.Error
		p := w.profile()
		p.Session.StartURL = ""
		if _, err := provider.New(p); !errors.As(err, &conf) || conf.Key != "sso_start_url" {
			t.Errorf("got %v", err)
		}
		p = w.profile()
		p.Session.Region = ""
		if _, err := provider.New(p); !errors.As(err, &conf) || conf.Key != "sso_region" {
			t.Errorf("got %v", err)
		}
	})
	t.Run("not called", func(t *testing.T) {
		for _, p := range []*provider.Provider{nil, {}} {
			if _, err := p.Retrieve(t.Context()); err == nil {
				t.Error("no error of Retrieve")
			}
			if _, err := p.RetrieveBearerToken(t.Context()); err == nil {
				t.Error("no error of RetrieveBearerToken")
			}
			p.ProviderSources()
			if _, err := p.AdjustExpiresBy(aws.Credentials{CanExpire: true}, time.Minute); err != nil {
				t.Error(err)
			}
			broken := errors.New("broken")
			if _, err := p.HandleFailToRefresh(t.Context(), aws.Credentials{}, broken); !errors.Is(err, broken) {
				t.Errorf("got %v, want the error given", err)
			}
		}
	})
	t.Run("bearer only", func(t *testing.T) {
		p := w.profile()
		p.AccountID, p.RoleName = "", ""
		tokens := w.provider(p)
		if _, err := tokens.RetrieveBearerToken(t.Context()); err != nil {
			t.Error(err)
		}
		var conf *profile.Error
		if _, err := tokens.Retrieve(t.Context()); !errors.As(err, &conf) || conf.Key != "sso_account_id" {
			t.Errorf("got %v", err)
		}
		w.count("GetRoleCredentials", 0)
	})
	t.Run("unreadable CA bundle", func(t *testing.T) {
		p := w.profile()
		p.RoleName = "Auditor"
		p.CABundle = filepath.Join(t.TempDir(), "none.pem")
		p.Endpoints.SSO = "https://127.0.0.1:1"
		if _, err := w.provider(p).Retrieve(t.Context()); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "CA bundle") {
			t.Errorf("got %v", err)
		}
	})
}

// TestAnswerWithoutRefreshToken: the old one stays in force, and so does what else
// is in the file.
func TestAnswerWithoutRefreshToken(t *testing.T) {
	w := newWorld(t)
	other := strings.TrimSuffix(string(w.signIn.TokenFile()), "}") + `, "extra": {"n": 12345678901234567890}}`
	w.writeToken([]byte(other))
	w.pass(2 * time.Hour)
	live := w.server.SignIn()
	w.server.Fail("CreateToken", idctest.Fault{Status: 200, Body: fmt.Appendf(nil, `{"accessToken":%q,"expiresIn":3600}`, live.AccessToken)})
	retrieve(t, w.provider(w.profile()))
	tok := w.token()
	if string(tok.AccessToken) != live.AccessToken || string(tok.RefreshToken) != w.signIn.RefreshToken {
		t.Error("the file does not hold the new access token and the old refresh token")
	}
	data, err := os.ReadFile(w.tokens.Path("corp"))
	if err != nil || !strings.Contains(string(data), `"extra": {"n": 12345678901234567890}`) {
		t.Errorf("what Latchkey does not know is gone from the file: %v", err)
	}
}

// TestSignInEnded: what the server says of a refresh token or a client that is no
// longer good.
func TestSignInEnded(t *testing.T) {
	for _, code := range []string{
		"InvalidGrantException", "ExpiredTokenException", "InvalidClientException",
		"UnauthorizedClientException", "UnsupportedGrantTypeException", "AccessDeniedException",
	} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.pass(2 * time.Hour)
			w.server.Fail("CreateToken", idctest.Fault{Status: 400, Code: code})
			_, err := w.provider(w.profile()).Retrieve(t.Context())
			loginRequired(t, err, code)
		})
	}
}

// TestThrottled: a 429 is asked again by the rules of the SDK's retryer.
func TestThrottled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.server.Fail("GetRoleCredentials", idctest.Fault{
		Status: 429, Code: "TooManyRequestsException", Header: http.Header{"Retry-After": {"1"}}, Times: 2,
	})
	retrieve(t, w.provider(w.profile(), func(o *provider.Options) { o.ClientConfig = nil }))
	w.count("GetRoleCredentials", 3)
}

// TestWrongClock: an expiry that makes no sense is blamed on the clock.
func TestWrongClock(t *testing.T) {
	t.Parallel()
	for name, off := range map[string]time.Duration{
		"3h0m0s ahead of": 3 * time.Hour,
		"2h0m0s behind":   -2 * time.Hour,
		"":                0,
	} {
		wrong := func(w *world) func(*provider.Options) {
			return func(o *provider.Options) { o.Now = func() time.Time { return w.now().Add(off) } }
		}
		check := func(t *testing.T, err error) {
			t.Helper()
			if err == nil {
				t.Fatal("no error")
			}
			if named := strings.Contains(err.Error(), "clock"); named != (name != "") || !strings.Contains(err.Error(), name) {
				t.Errorf("got %q, want %q in it", err, name)
			}
		}
		t.Run("request refused, clock "+name, func(t *testing.T) {
			w := newWorld(t)
			w.server.Fail("GetRoleCredentials", idctest.Fault{Status: 403, Code: "ForbiddenException"})
			_, err := w.provider(w.profile(), wrong(w)).Retrieve(t.Context())
			check(t, err)
		})
		t.Run("refresh refused, clock "+name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.server.RevokeAll()
			_, err := w.provider(w.profile(), wrong(w)).Retrieve(t.Context())
			check(t, err)
		})
		if off <= 0 {
			continue
		}
		t.Run("credentials that have ended, clock "+name, func(t *testing.T) {
			w := newWorld(t)
			_, err := w.provider(w.profile(), wrong(w)).Retrieve(t.Context())
			check(t, err)
		})
	}
}

func TestServersErrorIsReachable(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.pass(2 * time.Hour)
	w.server.RevokeAll()
	_, err := w.provider(w.profile()).Retrieve(t.Context())
	var grant *ssooidc.InvalidGrantException
	if !errors.As(err, &grant) {
		t.Errorf("got %v, want an InvalidGrantException in it", err)
	}
}
