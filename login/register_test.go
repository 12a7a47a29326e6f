package login_test

import (
	"fmt"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/idctest"
	"github.com/latchkey-sso/latchkey/internal/filetest"
)

// registrationOfCorp is the SHA-1 of {"region": "us-east-1", "scopes":
// ["sso:account:access"], "session_name": "corp", "startUrl":
// "https://d-0123456789.awsapps.com/start", "tool": "botocore"}.
const registrationOfCorp = "e0f4326cf269d8aaa2508122687d076bfb77c496.json"

const registrationTTL = 90 * 24 * time.Hour

func TestRegistrationIsReused(t *testing.T) {
	tests := []struct {
		name      string
		wait      time.Duration
		spoil     func(t *testing.T, r *rig)
		registers int // in all
		refused   bool
	}{
		{name: "new", registers: 1},
		{name: "long enough", wait: registrationTTL - 16*time.Minute, registers: 1},
		{name: "about to end", wait: registrationTTL - 15*time.Minute, registers: 2},
		{name: "over", wait: registrationTTL + time.Hour, registers: 2},
		{
			name: "not known to the server", registers: 2, refused: true,
			spoil: func(_ *testing.T, r *rig) {
				r.server.Fail("StartDeviceAuthorization", idctest.Fault{Code: "InvalidClientException"})
			},
		},
		{
			name: "not for device codes, says the server", registers: 2, refused: true,
			spoil: func(_ *testing.T, r *rig) {
				r.server.Fail("StartDeviceAuthorization", idctest.Fault{Code: "UnauthorizedClientException"})
			},
		},
		{
			name: "damaged", registers: 2,
			spoil: func(t *testing.T, r *rig) { filetest.Write(t, registrationPath(r), []byte("{}")) },
		},
		{
			name: "of the AWS CLI's browser flow", registers: 2,
			spoil: func(t *testing.T, r *rig) {
				filetest.Write(t, registrationPath(r), []byte(`{"clientId": "x", "clientSecret": "y", "expiresAt": "2001-01-01T00:00:00Z", `+
					`"scopes": ["sso:account:access"], "grantTypes": ["authorization_code", "refresh_token"]}`))
			},
		},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			run(t, autoApprove, func(t *testing.T, r *rig) {
				first := r.mustLogin(t, r.session)
				time.Sleep(tc.wait)
				if tc.spoil != nil {
					tc.spoil(t, r)
				}
				second := r.mustLogin(t, r.session)
				if got := r.server.Count("RegisterClient"); got != tc.registers {
					t.Errorf("%d registrations, want %d", got, tc.registers)
				}
				starts := 2
				if tc.refused {
					starts = 3
				}
				if got := r.server.Count("StartDeviceAuthorization"); got != starts {
					t.Errorf("%d device authorizations, want %d", got, starts)
				}
				if same := first.ClientID == second.ClientID; same != (tc.registers == 1) {
					t.Errorf("the same client: %v", same)
				}
				if first.AccessToken == second.AccessToken {
					t.Error("no new token: a login asks the user even if there is one")
				}
			})
		})
	}
}

func registrationPath(r *rig) string { return filepath.Join(string(r.dir), registrationOfCorp) }

func TestScopes(t *testing.T) {
	tests := []struct {
		name       string
		scopes     []string
		legacy     bool
		registered string // the members of the request after clientType
		refreshes  bool
	}{
		{name: "configured", scopes: []string{"sso:account:access", "codewhisperer:completions"}, registered: `,"scopes":["sso:account:access","codewhisperer:completions"]`, refreshes: true},
		{name: "default", registered: `,"scopes":["sso:account:access"]`, refreshes: true},
		{name: "none, for a legacy profile", legacy: true, registered: ``},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			run(t, autoApprove, func(t *testing.T, r *rig) {
				r.session.Session.RegistrationScopes = tc.scopes
				p, name := r.session, "latchkey-corp"
				if tc.legacy {
					p, name = r.legacy, "latchkey-946684800" // the time in seconds, as in the AWS CLI
				}
				tok := r.mustLogin(t, p)
				if got := tok.RefreshToken != ""; got != tc.refreshes {
					t.Errorf("refresh token: %v, want %v", got, tc.refreshes)
				}
				want := fmt.Sprintf(`{"clientName":"%s","clientType":"public"%s}`, name, tc.registered)
				if got := string(r.server.Requests()[0].Body); got != want {
					t.Errorf("registered %s, want %s", got, want)
				}
				if got := filetest.Read(t, r.dir.Path(p.Session.CacheKey())); got != cliToken(tok, "2000-01-01T01:00:00Z", "2000-03-31T00:00:00Z") {
					t.Errorf("token file: %s", got)
				}
			})
		})
	}
}

func TestDefaultScopeAfterScopelessRegistration(t *testing.T) {
	// The AWS CLI's device flow registers without scopes for a session that names
	// none, and keeps that where we look too.
	run(t, autoApprove, func(t *testing.T, r *rig) {
		r.session.Session.RegistrationScopes = nil
		r.mustLogin(t, r.session)
		scopes := regexp.MustCompile(`, "scopes": \[.*?\]`)
		for name, text := range r.files(t) {
			if name != tokenOfCorp {
				filetest.Write(t, filepath.Join(string(r.dir), name), []byte(scopes.ReplaceAllString(text, "")))
			}
		}
		if tok := r.mustLogin(t, r.session); tok.RefreshToken == "" {
			t.Error("no refresh token")
		}
		if got := r.server.Count("RegisterClient"); got != 2 {
			t.Errorf("%d registrations, want 2", got)
		}
	})
}

func TestRegistrationWithoutEnd(t *testing.T) {
	// clientSecretExpiresAt 0 means that the secret does not expire (RFC 7591 section 3.2.1).
	run(t, autoApprove, func(t *testing.T, r *rig) {
		r.server.Fail("RegisterClient", idctest.Fault{Body: []byte(`{"clientId":"c","clientSecret":"idctest-client-secret-0"}`)})
		r.server.Fail("StartDeviceAuthorization", idctest.Fault{Body: []byte(
			`{"deviceCode":"idctest-device-code-0","userCode":"ABCD-EFGH","verificationUri":"https://example.com/"}`)})
		r.server.Fail("CreateToken", idctest.Fault{Body: []byte(
			`{"accessToken":"idctest-access-token-0","refreshToken":"idctest-refresh-token-0","expiresIn":60}`)})
		tok := r.mustLogin(t, r.session)
		if !tok.RegistrationExpiresAt.IsZero() || !tok.Refreshable(time.Now()) {
			t.Errorf("token %+v cannot be refreshed", tok)
		}
		if len(r.files(t)) != 1 {
			t.Errorf("a registration whose end is not known was kept")
		}
	})
}
