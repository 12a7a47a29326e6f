package provider_test

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"

	"github.com/latchkey-sso/latchkey/idctest"
	"github.com/latchkey-sso/latchkey/internal/ssotest"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/provider"
)

// TestBrokenGetRoleCredentials: the server returns no role credentials.
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
		"expired": {idctest.Fault{Status: 200, Body: []byte(`{"roleCredentials":{"accessKeyId":"a","secretAccessKey":"b","sessionToken":"c","expiration":1000}}`)}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			tt.fault.Times = -1
			w.Server.Fail("GetRoleCredentials", tt.fault)
			p := w.provider(w.Profile(), w.withRoleCache)
			_, err := p.Retrieve(t.Context())
			if err == nil {
				t.Fatal("no error")
			}
			var api smithy.APIError
			if tt.code != "" && (!errors.As(err, &api) || api.ErrorCode() != tt.code) {
				t.Errorf("got %v, want code %s", err, tt.code)
			}
			if _, err := os.Stat(w.Roles.Path(roleKey(w.Profile()))); err == nil {
				t.Error("the role cache is not empty")
			}
			w.Server.ClearFaults()
			ssotest.Retrieve(t, p)
		})
	}
}

// TestKeepsValidCredentials: credentials due for renewal stay in use if the renewal fails.
func TestKeepsValidCredentials(t *testing.T) {
	w := newWorld(t)
	p := w.provider(w.Profile())
	first := ssotest.Retrieve(t, p)
	w.Pass(57 * time.Minute)
	w.Server.Fail("GetRoleCredentials", idctest.Fault{Status: 500, Code: "InternalServerException", Times: -1})
	if got := ssotest.Retrieve(t, p); got != first {
		t.Error("got other credentials")
	}
	ssotest.Retrieve(t, p)
	w.Count("GetRoleCredentials", 2) // not again within 30 seconds
	w.Pass(31 * time.Second)
	ssotest.Retrieve(t, p)
	w.Count("GetRoleCredentials", 3)

	t.Run("HandleFailToRefresh", func(t *testing.T) {
		broken := errors.New("broken")
		got, err := p.HandleFailToRefresh(t.Context(), aws.Credentials{}, broken)
		if err != nil || got != first {
			t.Errorf("got %v, %v", got.AccessKeyID, err)
		}
	})
	t.Run("until they expire", func(t *testing.T) {
		w.Pass(3 * time.Minute)
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
		p := w.Profile()
		p.Session.StartURL = ""
		if _, err := provider.New(p); !errors.As(err, &conf) || conf.Key != "sso_start_url" {
			t.Errorf("got %v", err)
		}
		p = w.Profile()
		p.Session.Region = ""
		if _, err := provider.New(p); !errors.As(err, &conf) || conf.Key != "sso_region" {
			t.Errorf("got %v", err)
		}
	})
	t.Run("zero value", func(t *testing.T) {
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
		p := w.Profile()
		p.AccountID, p.RoleName = "", ""
		tokens := w.provider(p)
		if _, err := tokens.RetrieveBearerToken(t.Context()); err != nil {
			t.Error(err)
		}
		var conf *profile.Error
		if _, err := tokens.Retrieve(t.Context()); !errors.As(err, &conf) || conf.Key != "sso_account_id" {
			t.Errorf("got %v", err)
		}
		w.Count("GetRoleCredentials", 0)
	})
	t.Run("unreadable CA bundle", func(t *testing.T) {
		p := w.Profile()
		p.RoleName = "Auditor"
		p.CABundle = filepath.Join(t.TempDir(), "none.pem")
		p.Endpoints.SSO = "https://127.0.0.1:1"
		if _, err := w.provider(p).Retrieve(t.Context()); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "CA bundle") {
			t.Errorf("got %v", err)
		}
	})
}

// TestThrottled: the SDK's retryer retries a 429.
func TestThrottled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Server.Fail("GetRoleCredentials", idctest.Fault{
		Status: 429, Code: "TooManyRequestsException", Header: http.Header{"Retry-After": {"1"}}, Times: 2,
	})
	ssotest.Retrieve(t, w.provider(w.Profile(), func(o *provider.Options) { o.ClientConfig = nil }))
	w.Count("GetRoleCredentials", 3)
}

// TestWrongClock: the error for an implausible expiry mentions a wrong clock.
func TestWrongClock(t *testing.T) {
	t.Parallel()
	for name, off := range map[string]time.Duration{
		"3h0m0s ahead of": 3 * time.Hour,
		"2h0m0s behind":   -2 * time.Hour,
		"":                0,
	} {
		wrong := func(w *world) func(*provider.Options) {
			return func(o *provider.Options) { o.Now = func() time.Time { return w.Now().Add(off) } }
		}
		check := func(t *testing.T, err error) {
			t.Helper()
			if err == nil {
				t.Fatal("no error")
			}
			if named := strings.Contains(err.Error(), "clock"); named != (name != "") || !strings.Contains(err.Error(), name) {
				t.Errorf("got %q, want it to contain %q", err, name)
			}
		}
		t.Run("request rejected, clock "+name, func(t *testing.T) {
			w := newWorld(t)
			w.Server.Fail("GetRoleCredentials", idctest.Fault{Status: 403, Code: "ForbiddenException"})
			_, err := w.provider(w.Profile(), wrong(w)).Retrieve(t.Context())
			check(t, err)
		})
		if off <= 0 {
			continue
		}
		t.Run("expired credentials, clock "+name, func(t *testing.T) {
			w := newWorld(t)
			_, err := w.provider(w.Profile(), wrong(w)).Retrieve(t.Context())
			check(t, err)
		})
	}
}

// TestLoginRequired: the portal rejects the access token, and no other can be had.
func TestLoginRequired(t *testing.T) {
	ssotest.TestLostSignIns(t, map[string]ssotest.LostSignIn{
		"everything rejected": {
			Arrange: func(w *ssotest.World) { w.Server.RevokeAll() },
			Reason:  "no longer accepts the refresh token",
			Calls:   1,
		},
		"401 to everything": {
			Arrange: func(w *ssotest.World) {
				w.Server.Fail("", idctest.Fault{Status: 401, Code: "UnauthorizedException", Times: -1})
			},
			Reason: "no longer accepts the refresh token: UnauthorizedException",
			Calls:  1,
		},
		"access token rejected, unknown error of the refresh": {
			Arrange: func(w *ssotest.World) {
				w.Server.ExpireAccessTokens()
				w.Server.Fail("CreateToken", idctest.Fault{Status: 400, Code: "InvalidRequestException"})
			},
			Reason: "no longer accepts the refresh token",
			Calls:  1,
		},
		"access token rejected, legacy": {
			Arrange: func(w *ssotest.World) { w.Server.RevokeAll() },
			Legacy:  true,
			Reason:  "no longer accepts the sign-in",
		},
	}, func(w *ssotest.World, p *profile.Profile) error {
		_, err := (&world{w}).provider(p).Retrieve(w.T.Context())
		return err
	})
}
