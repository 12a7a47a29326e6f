package login

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/idctest"
	"github.com/latchkey-sso/latchkey/internal/filetest"
	"github.com/latchkey-sso/latchkey/internal/webtest"
	"github.com/latchkey-sso/latchkey/ssooidc"
	"github.com/latchkey-sso/latchkey/tokencache"
)

func TestBrowser(t *testing.T) {
	d := newDesk(t, visit)
	var shown AuthorizationRequest
	d.show = func(r AuthorizationRequest) { shown = r }
	tok, err := d.run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(d.urls) != 1 || shown.URL != d.urls[0] || !strings.HasPrefix(shown.URL, d.server.URL()+"/authorize?response_type=code&client_id="+tok.ClientID+"&redirect_uri=") {
		t.Errorf("opened %q, shown %+v", d.urls, shown)
	}
	if left := time.Until(shown.ExpiresAt); left < 9*time.Minute || left > 10*time.Minute {
		t.Errorf("expires in %s", left)
	}

	// What the AWS CLI would have written.
	format := func(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05Z") }
	want := fmt.Sprintf(`{"startUrl": "%s", "region": "us-east-1", "accessToken": "%s", "expiresAt": "%s", "clientId": "%s", "clientSecret": "%s", "registrationExpiresAt": "%s", "refreshToken": "%s"}`,
		portal, string(tok.AccessToken), format(tok.ExpiresAt), tok.ClientID, string(tok.ClientSecret), format(tok.RegistrationExpiresAt), string(tok.RefreshToken))
	if got := d.file(t, "corp"); got != want {
		t.Errorf("token file:\n got %s\nwant %s", got, want)
	}
	want = fmt.Sprintf(`{"clientId": "%s", "clientSecret": "%s", "expiresAt": "%s", "scopes": ["sso:account:access"], "grantTypes": ["authorization_code", "refresh_token"]}`,
		tok.ClientID, string(tok.ClientSecret), format(tok.RegistrationExpiresAt))
	if got := d.file(t, registrationFile); got != want {
		t.Errorf("registration file:\n got %s\nwant %s", got, want)
	}

	d.wantBody(t, "RegisterClient", `{"clientName":"latchkey-corp","clientType":"public","grantTypes":["authorization_code","refresh_token"],`+
		`"issuerUrl":"`+portal+`","redirectUris":["http://127.0.0.1/oauth/callback"],"scopes":["sso:account:access"]}`)
	var sent struct{ GrantType, RedirectURI, CodeVerifier, Code string }
	d.body(t, "CreateToken", &sent)
	query := queryOf(t, shown.URL)
	if sent.GrantType != "authorization_code" || sent.RedirectURI != query.Get("redirect_uri") || sent.RedirectURI != shown.RedirectURI ||
		codeChallenge(tokencache.Secret(sent.CodeVerifier)) != query.Get("code_challenge") || sent.Code == "" {
		t.Errorf("CreateToken: %+v for %v", sent, query)
	}

	// The next sign-in uses the registration, and neither the state nor the verifier.
	if _, err := d.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := d.server.Count("RegisterClient"); n != 1 {
		t.Errorf("%d registrations, want 1", n)
	}
	again := queryOf(t, d.urls[1])
	if again.Get("client_id") != tok.ClientID || again.Get("state") == query.Get("state") || again.Get("code_challenge") == query.Get("code_challenge") {
		t.Errorf("opened %q", d.urls)
	}
}

func queryOf(t *testing.T, address string) url.Values {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query()
}

// body decodes the last request for the operation.
func (d *desk) body(t *testing.T, operation string, into any) {
	t.Helper()
	for _, r := range d.server.Requests() {
		if r.Operation == operation {
			if err := json.Unmarshal(r.Body, into); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func (d *desk) wantBody(t *testing.T, operation, want string) {
	t.Helper()
	var got json.RawMessage
	d.body(t, operation, &got)
	if string(got) != want {
		t.Errorf("%s:\n got %s\nwant %s", operation, got, want)
	}
}

func TestBrowserUsesTheRegistrationOfTheAWSCLI(t *testing.T) {
	d := newDesk(t, visit)
	r, err := d.registerBrowser(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	path := d.dir.Path(registrationFile)
	theirs := fmt.Sprintf(`{"clientId": "%s", "clientSecret": "%s", "expiresAt": "2125-01-01T00:00:00Z", "scopes": ["sso:account:access"], "grantTypes": ["authorization_code", "refresh_token"]}`,
		r.ClientID, string(r.ClientSecret))
	filetest.Write(t, path, theirs)
	tok, err := d.run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if tok.ClientID != r.ClientID || d.file(t, registrationFile) != theirs {
		t.Error("the registration was not used")
	}

	// One of the device flow cannot be used, in either direction.
	if _, err := d.register(t.Context()); err != nil {
		t.Fatal(err)
	}
	if r := d.storedRegistration(t.Context(), []string{codeGrant}); r != nil {
		t.Error("the browser flow would use the registration of the device flow")
	}
	if _, err := d.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if r := d.storedRegistration(t.Context(), nil); r != nil {
		t.Error("the device flow would use the registration of the browser flow")
	}
}

func TestBrowserRegistersAnew(t *testing.T) {
	forget := idctest.Fault{Code: "InvalidClientException", Status: http.StatusUnauthorized}
	t.Run("when the exchange says so", func(t *testing.T) {
		d := newDesk(t, visit)
		if _, err := d.registerBrowser(t.Context()); err != nil {
			t.Fatal(err)
		}
		d.server.Fail("CreateToken", forget)
		if _, err := d.run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := d.server.Count("RegisterClient"); n != 2 || len(d.urls) != 2 {
			t.Errorf("%d registrations, %d pages", n, len(d.urls))
		}
	})
	t.Run("when the response says so", func(t *testing.T) {
		first := true
		d := newDesk(t, func(d *desk, address string) {
			if first {
				first = false
				refuse(t, address, "unauthorized_client")
				return
			}
			visit(d, address)
		})
		if _, err := d.registerBrowser(t.Context()); err != nil {
			t.Fatal(err)
		}
		var deadlines []time.Time
		d.show = func(r AuthorizationRequest) { deadlines = append(deadlines, r.ExpiresAt) }
		if _, err := d.run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if len(deadlines) != 2 || deadlines[0] != deadlines[1] {
			t.Errorf("two attempts end at %v: other processes wait for one", deadlines)
		}
	})
	t.Run("once", func(t *testing.T) {
		d := newDesk(t, visit)
		if _, err := d.registerBrowser(t.Context()); err != nil {
			t.Fatal(err)
		}
		forget.Times = -1
		d.server.Fail("CreateToken", forget)
		_, err := d.run(t.Context())
		if err == nil || !strings.Contains(err.Error(), "InvalidClientException") || len(d.urls) != 2 {
			t.Errorf("error %v after %d pages", err, len(d.urls))
		}
	})
	t.Run("not for a new one", func(t *testing.T) {
		d := newDesk(t, visit)
		d.server.Fail("CreateToken", forget)
		if _, err := d.run(t.Context()); err == nil || len(d.urls) != 1 {
			t.Errorf("error %v after %d pages", err, len(d.urls))
		}
	})
	t.Run("after a sign-in without a response", func(t *testing.T) {
		d := newDesk(t, stay)
		old, err := d.registerBrowser(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		d.show = func(AuthorizationRequest) { cancel() }
		if _, err := d.run(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
		d.show = nil
		d.ui.OpenBrowser = func(address string) error { go visit(d, address); return nil }
		tok, err := d.run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if tok.ClientID == old.ClientID {
			t.Error("the old registration was used again")
		}
	})
}

// TestBrowserStaysOpen signs in with an opener that returns only when the browser closes.
func TestBrowserStaysOpen(t *testing.T) {
	d := newDesk(t, stay)
	d.ui.OpenBrowser = func(address string) error {
		visit(d, address)
		<-t.Context().Done()
		return nil
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if _, err := d.run(ctx); err != nil {
		t.Error(err)
	}
}

// refuse sends the browser back with an error, as the authorization server does.
func refuse(t *testing.T, address, code string) {
	q := queryOf(t, address)
	back := url.Values{"error": {code}, "error_description": {"because"}, "state": {q.Get("state")}}
	if _, err := get(q.Get("redirect_uri") + "?" + back.Encode()); err != nil {
		t.Error(err)
	}
}

func TestBrowserFails(t *testing.T) {
	tests := []struct {
		name   string
		browse func(t *testing.T, address string)
		fault  *idctest.Fault
		is     error
		want   string
	}{
		{"denied", func(t *testing.T, a string) { refuse(t, a, "access_denied") }, nil, ErrDenied, "login: the sign-in was denied: because"},
		{"server error", func(t *testing.T, a string) { refuse(t, a, "server_error") }, nil, nil, "login: authorize: server_error: because"},
		{"invalid grant", nil, &idctest.Fault{Code: "InvalidGrantException"}, nil, "login: create token: "},
		{"no token", nil, &idctest.Fault{Body: []byte(`{}`)}, nil, "no accessToken"},
		{"another user's code", func(t *testing.T, a string) {
			q := queryOf(t, a)
			if _, err := get(q.Get("redirect_uri") + "?code=theirs&state=" + q.Get("state")); err != nil {
				t.Error(err)
			}
		}, nil, nil, "InvalidGrantException"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			d := newDesk(t, func(d *desk, address string) {
				if tc.browse == nil {
					visit(d, address)
					return
				}
				tc.browse(t, address)
			})
			if tc.fault != nil {
				d.server.Fail("CreateToken", *tc.fault)
			}
			tok, err := d.run(t.Context())
			if err == nil || tc.is != nil && !errors.Is(err, tc.is) || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %v, want %q", err, tc.want)
			}
			if tok != nil {
				t.Error("a token and an error")
			}
			if _, err := os.Stat(d.dir.Path("corp")); !os.IsNotExist(err) {
				t.Errorf("a token file: %v", err)
			}
		})
	}
}

// TestBrowserCodeInjection: an attacker makes the user's browser send the code of the attacker's
// own sign-in. Without the state it is ignored; with the state PKCE makes the code useless. The
// user must never end up signed in as the attacker.
func TestBrowserCodeInjection(t *testing.T) {
	for _, knowsState := range []bool{false, true} {
		t.Run(fmt.Sprintf("state known: %v", knowsState), func(t *testing.T) {
			d := newDesk(t, func(d *desk, address string) {
				q := queryOf(t, address)
				state := "guess"
				if knowsState {
					state = q.Get("state")
				}
				page, err := get(q.Get("redirect_uri") + "?code=" + attackersCode(t, address) + "&state=" + state)
				if want := map[bool]string{false: "not the sign-in in progress", true: "Sign-in failed"}[knowsState]; err != nil || !strings.Contains(page, want) {
					t.Errorf("page %q, %v; want %q", page, err, want)
				}
				if !knowsState {
					visit(d, address)
				}
			})
			_, err := d.run(t.Context())
			if _, refused := errors.AsType[*ssooidc.InvalidGrantException](err); refused != knowsState || (err == nil) == knowsState {
				t.Errorf("error %v", err)
			}
			if n := d.server.Count("CreateToken"); n != 1 {
				t.Errorf("%d codes were exchanged, want 1", n)
			}
		})
	}
}

// attackersCode returns a code that the server issues for an authorization request like that at
// address, but with the attacker's code challenge.
func attackersCode(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set("code_challenge", codeChallenge(newVerifier()))
	u.RawQuery = q.Encode()
	return queryOf(t, redirectOf(t, u.String())).Get("code")
}

// redirectOf returns where a page redirects to.
func redirectOf(t *testing.T, address string) string {
	t.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	return resp.Header.Get("Location")
}

func TestBrowserPaste(t *testing.T) {
	d := newDesk(t, stay)
	d.show = func(r AuthorizationRequest) {
		if err := r.Paste("http://127.0.0.1:1/oauth/callback?code=c&state=wrong"); err == nil {
			t.Error("a pasted response with a wrong state was taken")
		}
		// On another machine the browser ends up on an address that nothing listens on.
		if err := r.Paste(redirectOf(t, r.URL)); err != nil {
			t.Error(err)
		}
	}
	tok, err := d.run(t.Context())
	if err != nil || tok.AccessToken == "" {
		t.Errorf("token %v, error %v", tok, err)
	}
}

func TestBrowserPortTaken(t *testing.T) {
	d := newDesk(t, stay)
	taken := newDesk(t, stay)
	d.port = webtest.Port(t)
	taken.port = d.port
	taken.show = func(r AuthorizationRequest) {
		if _, err := d.run(t.Context()); err == nil || !strings.Contains(err.Error(), "login: listen for the response: ") || !strings.Contains(err.Error(), fmt.Sprint(d.port)) {
			t.Errorf("error %v", err)
		}
		if n := d.server.Count("RegisterClient"); n != 0 {
			t.Error("a client was registered before the port was open")
		}
		if err := r.Paste("error=access_denied&state=" + queryOf(t, r.URL).Get("state")); err != nil {
			t.Error(err)
		}
	}
	if _, err := taken.run(t.Context()); !errors.Is(err, ErrDenied) {
		t.Errorf("error %v", err)
	}
	taken.show = func(r AuthorizationRequest) {
		if !strings.HasSuffix(r.RedirectURI, fmt.Sprintf(":%d/oauth/callback", d.port)) {
			t.Errorf("redirect URI %s, want port %d", r.RedirectURI, d.port)
		}
		_ = r.Paste("error=access_denied&state=" + queryOf(t, r.URL).Get("state"))
	}
	if _, err := taken.run(t.Context()); !errors.Is(err, ErrDenied) { // on a port in use a moment ago
		t.Errorf("error %v", err)
	}
}
