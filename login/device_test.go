package login_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/latchkey-sso/latchkey/idctest"
	"github.com/latchkey-sso/latchkey/internal/filetest"
	"github.com/latchkey-sso/latchkey/login"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// cliToken is what the AWS CLI writes after a sign-in with these values.
func cliToken(tok *tokencache.Token, expiresAt, registrationExpiresAt string) string {
	refresh := ""
	if tok.RefreshToken != "" {
		refresh = fmt.Sprintf(`, "refreshToken": "%s"`, string(tok.RefreshToken))
	}
	return fmt.Sprintf(`{"startUrl": "https://d-0123456789.awsapps.com/start", "region": "us-east-1", "accessToken": "%s", "expiresAt": "%s", `+
		`"clientId": "%s", "clientSecret": "%s", "registrationExpiresAt": "%s"%s}`,
		string(tok.AccessToken), expiresAt, tok.ClientID, string(tok.ClientSecret), registrationExpiresAt, refresh)
}

func TestLogin(t *testing.T) {
	run(t, nil, func(t *testing.T, r *rig) {
		var shown login.DeviceCode
		var opened []string
		ui := login.UI{
			ShowCode: func(c login.DeviceCode) {
				shown = c
				go func() {
					time.Sleep(2500 * time.Millisecond)
					r.approve(t, c.UserCode)
				}()
			},
			OpenBrowser: func(url string) error { opened = append(opened, url); return nil },
			Waiting:     func(time.Duration) { t.Error("waits, although no other process signs in") },
		}
		tok, err := login.Login(t.Context(), r.session, ui, r.options)
		synctest.Wait() // for OpenBrowser
		if err != nil {
			t.Fatal(err)
		}

		if page := r.server.URL() + "/device"; shown.VerificationURI != page || shown.VerificationURIComplete != page+"?user_code="+shown.UserCode {
			t.Errorf("shown: %+v", shown)
		}
		if want := time.Date(2000, 1, 1, 0, 10, 0, 0, time.UTC); !shown.ExpiresAt.Equal(want) {
			t.Errorf("the code expires at %s, want %s", shown.ExpiresAt, want)
		}
		if len(opened) != 1 || opened[0] != shown.VerificationURIComplete {
			t.Errorf("opened: %q", opened)
		}
		// The first poll comes at once, as the AWS CLI's, the others in the interval the server asks for.
		r.wantTimes(t, "CreateToken", "0s", "1s", "2s", "3s")
		r.wantRequests(t, map[string]int{"RegisterClient": 1, "StartDeviceAuthorization": 1, "CreateToken": 4})

		files := r.files(t)
		token, registration := files[tokenOfCorp], files[registrationOfCorp]
		if want := cliToken(tok, "2000-01-01T01:00:03Z", "2000-03-31T00:00:00Z"); token != want {
			t.Errorf("token file:\n got %s\nwant %s", token, want)
		}
		if tok.RefreshToken == "" {
			t.Error("no refresh token")
		}
		if want := fmt.Sprintf(`{"clientId": "%s", "clientSecret": "%s", "expiresAt": "2000-03-31T00:00:00Z", "scopes": ["sso:account:access"]}`,
			tok.ClientID, string(tok.ClientSecret)); registration != want {
			t.Errorf("registration file:\n got %s\nwant %s", registration, want)
		}
		if len(files) != 2 {
			t.Errorf("%d files, want 2", len(files))
		}
		if warnings := r.log.warnings(); len(warnings) > 0 {
			t.Errorf("warnings: %q", warnings)
		}
	})
}

func TestLoginAnswers(t *testing.T) {
	tests := []struct {
		name  string
		user  func(t *testing.T, r *rig, userCode string)
		fails func(r *rig)
		want  error    // nil: signed in
		polls []string // when
	}{
		{
			name:  "denied",
			user:  func(t *testing.T, r *rig, code string) { deny(t, r, code) },
			want:  login.ErrDenied,
			polls: []string{"0s"},
		},
		{
			name: "denied later",
			user: func(t *testing.T, r *rig, code string) {
				go func() { time.Sleep(1500 * time.Millisecond); deny(t, r, code) }()
			},
			want:  login.ErrDenied,
			polls: []string{"0s", "1s", "2s"},
		},
		{
			name:  "expired, says the server",
			fails: func(r *rig) { r.server.Fail("CreateToken", idctest.Fault{Code: "ExpiredTokenException"}) },
			want:  login.ErrExpired,
			polls: []string{"0s"},
		},
		{
			name: "slow down",
			fails: func(r *rig) {
				r.server.Fail("CreateToken", idctest.Fault{Code: "AuthorizationPendingException"})
				r.server.Fail("CreateToken", idctest.Fault{Code: "SlowDownException"})
				r.server.Fail("CreateToken", idctest.Fault{Code: "AuthorizationPendingException"})
				r.server.Fail("CreateToken", idctest.Fault{Code: "SlowDownException"})
			},
			user:  func(t *testing.T, r *rig, code string) { r.approve(t, code) },
			polls: []string{"0s", "1s", "7s", "13s", "24s"},
		},
		{
			name:  "OAuth's words for it, from a server that drops the header",
			fails: func(r *rig) { r.server.Fail("CreateToken", oauthError("authorization_pending")) },
			user:  func(t *testing.T, r *rig, code string) { r.approve(t, code) },
			polls: []string{"0s", "1s"},
		},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			run(t, nil, func(t *testing.T, r *rig) {
				if tc.fails != nil {
					tc.fails(r)
				}
				_, err := r.login(t.Context(), r.session, func(code string) {
					if tc.user != nil {
						tc.user(t, r, code)
					}
				})
				if !errors.Is(err, tc.want) {
					t.Errorf("error %v, want %v", err, tc.want)
				}
				r.wantTimes(t, "CreateToken", tc.polls...)
				_, stored := r.files(t)[tokenOfCorp]
				if stored != (tc.want == nil) {
					t.Errorf("token stored: %v", stored)
				}
			})
		})
	}
}

func deny(t *testing.T, r *rig, userCode string) {
	if err := r.server.Deny(userCode); err != nil {
		t.Error(err)
	}
}

func oauthError(code string) idctest.Fault {
	return idctest.Fault{Status: http.StatusBadRequest, Body: []byte(`{"error":"` + code + `"}`)}
}

func TestLoginNobodyAnswers(t *testing.T) {
	run(t, func(o *idctest.Options) { o.DeviceCodeTTL = 4 * time.Second }, func(t *testing.T, r *rig) {
		_, err := r.login(t.Context(), r.session, func(string) {})
		if !errors.Is(err, login.ErrExpired) {
			t.Errorf("error %v, want ErrExpired", err)
		}
		r.wantTimes(t, "CreateToken", "0s", "1s", "2s", "3s")
	})
}

// TestLoginDeadline: Login gives up after ten minutes, even if the code lives longer or the
// server does not say how long (RFC 8628 section 3.2).
func TestLoginDeadline(t *testing.T) {
	for name, times := range map[string]string{"no times": "", "a long life": `"expiresIn":1800,`} {
		t.Run(name, func(t *testing.T) {
			run(t, func(o *idctest.Options) { o.PollInterval = 0 }, func(t *testing.T, r *rig) {
				r.server.Fail("StartDeviceAuthorization", idctest.Fault{Body: []byte(
					`{` + times + `"deviceCode":"idctest-device-code-0","userCode":"ABCD-EFGH","verificationUri":"https://example.com/"}`)})
				r.server.Fail("CreateToken", idctest.Fault{Code: "AuthorizationPendingException", Times: -1})
				var shown login.DeviceCode
				ui := login.UI{ShowCode: func(c login.DeviceCode) { shown = c }}
				_, err := login.Login(t.Context(), r.session, ui, r.options)
				if !errors.Is(err, login.ErrExpired) {
					t.Errorf("error %v, want ErrExpired", err)
				}
				if got := shown.ExpiresAt.Sub(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)); got != 10*time.Minute {
					t.Errorf("the code expires after %s, want 10m", got)
				}
				if got := r.times("CreateToken"); len(got) != 10*60/5 || got[1] != "5s" {
					t.Errorf("%d polls, the first at %v; want one in 5 s for 10 minutes", len(got), got[:2])
				}
			})
		})
	}
}

func TestLoginCancelled(t *testing.T) {
	run(t, nil, func(t *testing.T, r *rig) {
		ctx, cancel := context.WithTimeout(t.Context(), 2500*time.Millisecond)
		defer cancel()
		_, err := r.login(ctx, r.session, func(string) {})
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v, want the context's", err)
		}
		r.wantTimes(t, "CreateToken", "0s", "1s", "2s")
		if now := time.Since(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)); now != 2500*time.Millisecond {
			t.Errorf("came back after %s", now)
		}
	})
}

func TestLoginCancelledInRequest(t *testing.T) {
	for _, path := range []string{"/client/register", "/device_authorization", "/token"} {
		t.Run(path, func(t *testing.T) {
			run(t, nil, func(t *testing.T, r *rig) {
				r.net = hangs(path)
				ctx, cancel := context.WithCancel(t.Context())
				time.AfterFunc(time.Second, cancel)
				_, err := r.login(ctx, r.session, func(string) {})
				if !errors.Is(err, context.Canceled) {
					t.Errorf("error %v, want the context's", err)
				}
				if got := r.log.warnings(); len(got) > 0 {
					t.Errorf("warnings: %q", got)
				}
			})
		})
	}
}

func TestLoginServerSilent(t *testing.T) {
	for _, path := range []string{"/client/register", "/device_authorization"} {
		t.Run(path, func(t *testing.T) {
			run(t, nil, func(t *testing.T, r *rig) {
				r.net = hangs(path)
				_, err := r.login(t.Context(), r.session, func(string) {})
				if !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("error %v, want a timeout", err)
				}
			})
		})
	}
}

func TestLoginSurvivesTrouble(t *testing.T) {
	tests := []struct {
		name  string
		fault idctest.Fault
	}{
		{"status 500", idctest.Fault{Status: 500}},
		{"InternalServerException", idctest.Fault{Code: "InternalServerException", Message: "please wait"}},
		{"a gateway's page", idctest.Fault{Status: 502, Body: []byte("<html>bad gateway</html>")}},
		{"throttled", idctest.Fault{Status: 429}},
		{"connection cut", idctest.Fault{Cut: true}},
		{"connection cut in the response", idctest.Fault{Cut: true, Body: []byte(`{"accessToken":`)}},
		{"a portal's page", idctest.Fault{Status: 200, Body: []byte("<html>welcome to the hotel</html>")}},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			run(t, nil, func(t *testing.T, r *rig) {
				r.fail("CreateToken", tc.fault)
				tok, err := r.login(t.Context(), r.session, func(code string) { r.approve(t, code) })
				if err != nil {
					t.Fatal(err)
				}
				if tok.AccessToken == "" {
					t.Error("no token")
				}
				if len(r.log.warnings()) == 0 {
					t.Error("no warning")
				}
			})
		})
	}
}

func TestLoginPollsSlowerAfterTimeout(t *testing.T) {
	run(t, nil, func(t *testing.T, r *rig) {
		calls := 0
		r.net = roundTripper(func(req *http.Request) (*http.Response, error) {
			if req.URL.Path != "/token" {
				return direct.RoundTrip(req)
			}
			if calls++; calls == 1 {
				<-req.Context().Done() // lost on the way
				return nil, req.Context().Err()
			}
			return direct.RoundTrip(req)
		})
		_, err := r.login(t.Context(), r.session, func(code string) {
			go func() {
				time.Sleep(30 * time.Second)
				r.approve(t, code)
			}()
		})
		if err != nil {
			t.Fatal(err)
		}
		// 20 s until the request is given up, and an interval of 6 s instead of 1 s
		// from then on (RFC 8628 section 3.5).
		r.wantTimes(t, "CreateToken", "26s", "32s")
	})
}

func TestLoginFails(t *testing.T) {
	tests := []struct {
		name      string
		operation string
		fault     idctest.Fault
		want      []string
	}{
		{"start URL unknown", "StartDeviceAuthorization", idctest.Fault{Code: "InvalidRequestException", Message: "bad start URL"}, []string{"login: start device authorization: ", "InvalidRequestException: bad start URL"}},
		{"registration refused", "RegisterClient", idctest.Fault{Code: "InvalidScopeException"}, []string{"login: register client: ", "InvalidScopeException"}},
		{"registration empty", "RegisterClient", idctest.Fault{Body: []byte(`{}`)}, []string{"login: register client: the response has no clientId or no clientSecret"}},
		{"authorization empty", "StartDeviceAuthorization", idctest.Fault{Body: []byte(`{}`)}, []string{"login: start device authorization: the response has no deviceCode"}},
		{"no user code", "StartDeviceAuthorization", idctest.Fault{Body: []byte(`{"deviceCode":"idctest-device-code-0","verificationUri":"https://example.com/"}`)}, []string{"no userCode"}},
		{"no page", "StartDeviceAuthorization", idctest.Fault{Body: []byte(`{"deviceCode":"idctest-device-code-0","userCode":"ABCD-EFGH"}`)}, []string{"no verificationUri"}},
		{"client unknown, though new", "StartDeviceAuthorization", idctest.Fault{Code: "InvalidClientException", Times: -1}, []string{"login: start device authorization: ", "InvalidClientException"}},
		{"grant refused", "CreateToken", idctest.Fault{Code: "InvalidGrantException", Message: "used up"}, []string{"login: create token: ", "InvalidGrantException: used up"}},
		{"no access token", "CreateToken", idctest.Fault{Body: []byte(`{"expiresIn":3600}`)}, []string{"login: create token: the response has no accessToken"}},
		{"no expiry", "CreateToken", idctest.Fault{Body: []byte(`{"accessToken":"idctest-access-token-0"}`)}, []string{"no expiresIn"}},
		{"key of the server", "CreateToken", idctest.Fault{Status: 400, Body: []byte(`{"error":"access_denied","error_description":"no key","reason":"KMS_AccessDeniedException"}`)}, []string{"login: create token: ", "AccessDeniedException: no key"}},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			run(t, autoApprove, func(t *testing.T, r *rig) {
				r.server.Fail(tc.operation, tc.fault)
				_, err := r.login(t.Context(), r.session, func(string) {})
				wantError(t, err, tc.want...)
				if errors.Is(err, login.ErrDenied) {
					t.Error("that is not the user's denial")
				}
				for name := range r.files(t) {
					if name != registrationOfCorp {
						t.Errorf("file %s was written", name)
					}
				}
			})
		})
	}
}

func TestLoginWithoutCache(t *testing.T) {
	run(t, nil, func(t *testing.T, r *rig) {
		file := filepath.Join(t.TempDir(), "file")
		filetest.Write(t, file, "")
		r.dir = tokencache.Dir(filepath.Join(file, "cache"))
		_, err := r.login(t.Context(), r.session, func(string) { t.Error("asked the user") })
		wantError(t, err, "login: the token cannot be stored: ", file)
		r.wantRequests(t, map[string]int{})
	})
}

func TestLoginReplacesDamagedFile(t *testing.T) {
	run(t, autoApprove, func(t *testing.T, r *rig) {
		filetest.Write(t, r.dir.Path("corp"), []byte(`{"accessToken": "cut off in the mid`))
		tok := r.mustLogin(t, r.session)
		stored, err := r.dir.Load(t.Context(), "corp")
		if err != nil || stored.AccessToken != tok.AccessToken {
			t.Errorf("stored: %v, %v", stored, err)
		}
	})
}
