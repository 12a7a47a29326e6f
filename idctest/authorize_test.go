package idctest_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sso"
	"github.com/aws/aws-sdk-go-v2/service/ssooidc"
	"github.com/aws/aws-sdk-go-v2/service/ssooidc/types"
	"github.com/google/go-cmp/cmp"

	"github.com/latchkey-sso/latchkey/idctest"
)

const (
	verifier    = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~"
	redirectURI = "http://127.0.0.1:54321/oauth/callback"
)

// authorizeQuery is what AWS CLI v2 sends a browser to /authorize with.
func authorizeQuery(cl *ssooidc.RegisterClientOutput) url.Values {
	sum := sha256.Sum256([]byte(verifier))
	return url.Values{
		"response_type":         {"code"},
		"client_id":             {*cl.ClientId},
		"redirect_uri":          {redirectURI},
		"state":                 {"st/a+te"},
		"code_challenge_method": {"S256"},
		"scopes":                {"sso:account:access"},
		"code_challenge":        {base64.RawURLEncoding.EncodeToString(sum[:])},
	}
}

func authorizeURL(srv *idctest.Server, query url.Values) string {
	return srv.URL() + "/authorize?" + query.Encode()
}

// location is where a response sends the browser.
func location(t *testing.T, resp *http.Response) *url.URL {
	t.Helper()
	if resp.StatusCode != http.StatusFound && resp.StatusCode != http.StatusSeeOther {
		t.Fatalf("%s, want a redirect", resp.Status)
	}
	return must[*url.URL](t)(resp.Location())
}

func redeem(ctx context.Context, srv *idctest.Server, cl *ssooidc.RegisterClientOutput, code string, change ...func(*ssooidc.CreateTokenInput)) (*ssooidc.CreateTokenOutput, error) {
	in := &ssooidc.CreateTokenInput{
		ClientId: cl.ClientId, ClientSecret: cl.ClientSecret, GrantType: aws.String("authorization_code"),
		Code: &code, CodeVerifier: aws.String(verifier), RedirectUri: aws.String(redirectURI),
	}
	for _, f := range change {
		f(in)
	}
	return oidcClient(srv).CreateToken(ctx, in)
}

func authorized(t *testing.T, srv *idctest.Server, cl *ssooidc.RegisterClientOutput) (code string) {
	t.Helper()
	resp, _ := get(t, authorizeURL(srv, authorizeQuery(cl)))
	return location(t, resp).Query().Get("code")
}

func TestBrowserFlow(t *testing.T) {
	srv := idctest.NewServer(t, autoApprove)
	cl := register(t, srv, forBrowser)
	resp, _ := get(t, authorizeURL(srv, authorizeQuery(cl)))
	u := location(t, resp)
	if got := u.Scheme + "://" + u.Host + u.Path; got != redirectURI {
		t.Errorf("redirected to %s, want %s", got, redirectURI)
	}
	if got := u.Query().Get("state"); got != "st/a+te" {
		t.Errorf("state %q", got)
	}

	code := u.Query().Get("code")
	token := must[*ssooidc.CreateTokenOutput](t)(redeem(t.Context(), srv, cl, code))
	if err := listAccounts(t.Context(), srv, *token.AccessToken); err != nil {
		t.Error(err)
	}
	signIn := idctest.SignIn{ClientID: *cl.ClientId, ClientSecret: *cl.ClientSecret, RefreshToken: *token.RefreshToken}
	if _, err := refresh(t.Context(), srv, signIn); err != nil {
		t.Errorf("refresh: %v", err)
	}

	// A second use is rejected, and ends what the first began.
	_, err := redeem(t.Context(), srv, cl, code)
	wantError[*types.InvalidGrantException](t, err)
	if listAccounts(t.Context(), srv, *token.AccessToken) == nil {
		t.Error("the access token outlives the second use of its code")
	}
}

func TestBrowserFlowByHand(t *testing.T) {
	form := regexp.MustCompile(`name="request" value="([^"]+)"`)
	for _, action := range []string{"approve", "deny"} {
		t.Run(action, func(t *testing.T) {
			srv := idctest.NewServer(t)
			cl := register(t, srv, forBrowser)
			resp, page := get(t, authorizeURL(srv, authorizeQuery(cl)))
			match := form.FindStringSubmatch(page)
			if resp.StatusCode != http.StatusOK || match == nil || !strings.Contains(page, "my tool") || !strings.Contains(page, "sso:account:access") {
				t.Fatalf("%s\n%s", resp.Status, page)
			}
			response := url.Values{"request": {match[1]}, "action": {action}}
			resp, _ = post(t, srv.URL()+"/authorize", response)
			got := location(t, resp).Query()
			if got.Get("state") != "st/a+te" {
				t.Errorf("state %q", got.Get("state"))
			}
			switch action {
			case "approve":
				if _, err := redeem(t.Context(), srv, cl, got.Get("code")); err != nil {
					t.Error(err)
				}
			case "deny":
				if got.Get("error") != "access_denied" || got.Has("code") {
					t.Errorf("redirected with %v", got)
				}
			}
			if resp, _ = post(t, srv.URL()+"/authorize", response); resp.StatusCode != http.StatusBadRequest {
				t.Errorf("used twice: %s, want 400", resp.Status)
			}
		})
	}
}

func TestConsentNeedsAnAction(t *testing.T) {
	srv := idctest.NewServer(t)
	for _, form := range []url.Values{{}, {"request": {"x"}, "action": {"approve"}}} {
		if resp, _ := post(t, srv.URL()+"/authorize", form); resp.StatusCode != http.StatusBadRequest {
			t.Errorf("form %v: %s, want 400", form, resp.Status)
		}
	}
}

// TestAuthorizeRejectsRedirect: a browser is never sent to where the client has not registered.
func TestAuthorizeRejectsRedirect(t *testing.T) {
	clk := newClock()
	srv := idctest.NewServer(t, autoApprove, withClock(clk))
	cl := register(t, srv, forBrowser)
	tests := map[string][2]string{
		"unknown client":   {"client_id", "x"},
		"no client":        {"client_id", ""},
		"no redirect URI":  {"redirect_uri", ""},
		"other host":       {"redirect_uri", "http://example.com/oauth/callback"},
		"other loopback":   {"redirect_uri", "http://localhost:54321/oauth/callback"},
		"other path":       {"redirect_uri", "http://127.0.0.1:54321/other"},
		"other query":      {"redirect_uri", redirectURI + "?x=y"},
		"other scheme":     {"redirect_uri", "https://127.0.0.1:54321/oauth/callback"},
		"a user name":      {"redirect_uri", "http://127.0.0.1@example.com/oauth/callback"},
		"with fragment":    {"redirect_uri", redirectURI + "#x"},
		"not a URL at all": {"redirect_uri", "http://127.0.0.1:x/oauth/callback"},
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			query := authorizeQuery(cl)
			query.Set(change[0], change[1])
			resp, page := get(t, authorizeURL(srv, query))
			if resp.StatusCode != http.StatusBadRequest || !strings.Contains(page, `role="alert"`) {
				t.Errorf("%s, want a 400 with an alert", resp.Status)
			}
		})
	}

	clk.advance(90 * 24 * time.Hour)
	if resp, _ := get(t, authorizeURL(srv, authorizeQuery(cl))); resp.StatusCode != http.StatusBadRequest {
		t.Errorf("expired registration: %s, want 400", resp.Status)
	}
}

func TestAuthorizeErrors(t *testing.T) {
	srv := idctest.NewServer(t, autoApprove)
	cl := register(t, srv, forBrowser)
	onlyDevice := register(t, srv, forBrowser, func(in *ssooidc.RegisterClientInput) { in.GrantTypes = []string{deviceGrant} })
	tests := []struct{ name, parameter, value, want string }{
		{"response type", "response_type", "token", "unsupported_response_type"},
		{"plain challenge", "code_challenge_method", "plain", "invalid_request"},
		{"no challenge", "code_challenge", "", "invalid_request"},
		{"challenge is no hash", "code_challenge", "abc", "invalid_request"},
		{"unregistered scope", "scopes", "sso:account:access other", "invalid_scope"},
		{"grant type", "client_id", *onlyDevice.ClientId, "unauthorized_client"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			query := authorizeQuery(cl)
			query.Set(tt.parameter, tt.value)
			resp, _ := get(t, authorizeURL(srv, query))
			got := location(t, resp).Query()
			got.Del("error_description")
			if diff := cmp.Diff(url.Values{"error": {tt.want}, "state": {"st/a+te"}}, got); diff != "" {
				t.Errorf("parameters (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRedirectURIs(t *testing.T) {
	tests := []struct {
		registered, asked string
		want              bool
	}{
		{"http://127.0.0.1/oauth/callback", "http://127.0.0.1:1/oauth/callback", true},
		{"http://127.0.0.1:99/cb", "http://127.0.0.1:1/cb", true},
		{"http://127.0.0.1/cb", "http://127.0.0.1/cb", true},
		{"http://[::1]/cb", "http://[::1]:8080/cb", true},
		{"http://localhost/cb", "http://localhost:8080/cb", true},
		{"http://127.0.0.1/cb", "http://127.0.0.2/cb", false},
		{"https://example.com/cb", "https://example.com/cb", true},
		{"https://example.com/cb", "https://example.com:8443/cb", false},
		{"https://example.com/cb", "http://127.0.0.1/cb", false},
	}
	for _, tt := range tests {
		t.Run(tt.registered+" "+tt.asked, func(t *testing.T) {
			srv := idctest.NewServer(t, autoApprove)
			cl := register(t, srv, forBrowser, func(in *ssooidc.RegisterClientInput) { in.RedirectUris = []string{tt.registered} })
			query := authorizeQuery(cl)
			query.Set("redirect_uri", tt.asked)
			resp, _ := get(t, authorizeURL(srv, query))
			if got := resp.StatusCode == http.StatusFound; got != tt.want {
				t.Errorf("%s, want a redirect: %v", resp.Status, tt.want)
			}
		})
	}
}

func TestRedeemCodeRejections(t *testing.T) {
	clk := newClock()
	srv := idctest.NewServer(t, autoApprove, withClock(clk))
	cl, other := register(t, srv, forBrowser), register(t, srv, forBrowser)
	code := authorized(t, srv, cl)

	tests := map[string]func(*ssooidc.CreateTokenInput){
		"unknown code":       func(in *ssooidc.CreateTokenInput) { in.Code = aws.String("x") },
		"wrong verifier":     func(in *ssooidc.CreateTokenInput) { in.CodeVerifier = aws.String(verifier + "x") },
		"wrong redirect URI": func(in *ssooidc.CreateTokenInput) { in.RedirectUri = aws.String("http://127.0.0.1:1/oauth/callback") },
		"another client":     func(in *ssooidc.CreateTokenInput) { in.ClientId, in.ClientSecret = other.ClientId, other.ClientSecret },
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := redeem(t.Context(), srv, cl, code, change)
			wantError[*types.InvalidGrantException](t, err)
		})
	}
	for name, change := range map[string]func(*ssooidc.CreateTokenInput){
		"no code":         func(in *ssooidc.CreateTokenInput) { in.Code = nil },
		"no verifier":     func(in *ssooidc.CreateTokenInput) { in.CodeVerifier = nil },
		"no redirect URI": func(in *ssooidc.CreateTokenInput) { in.RedirectUri = nil },
	} {
		t.Run(name, func(t *testing.T) {
			_, err := redeem(t.Context(), srv, cl, code, change)
			wantError[*types.InvalidRequestException](t, err)
		})
	}
	if _, err := redeem(t.Context(), srv, cl, code); err != nil {
		t.Errorf("after the tries that were rejected: %v", err)
	}

	late := authorized(t, srv, cl)
	clk.advance(5 * time.Minute)
	_, err := redeem(t.Context(), srv, cl, late)
	wantError[*types.InvalidGrantException](t, err)
}

func TestNarrowerScopes(t *testing.T) {
	srv := idctest.NewServer(t, autoApprove)
	cl := register(t, srv, forBrowser, func(in *ssooidc.RegisterClientInput) { in.Scopes = []string{"sso:account:access", "foo:bar"} })
	for scopes, want := range map[string]int{"": 200, "foo:bar sso:account:access": 200, "foo:bar": 403} {
		query := authorizeQuery(cl)
		query.Set("scopes", scopes)
		resp, _ := get(t, authorizeURL(srv, query))
		token := must[*ssooidc.CreateTokenOutput](t)(redeem(t.Context(), srv, cl, location(t, resp).Query().Get("code")))
		req := must[*http.Request](t)(http.NewRequestWithContext(t.Context(), http.MethodGet, srv.URL()+"/assignment/accounts", nil))
		req.Header.Set("x-amz-sso_bearer_token", *token.AccessToken)
		if resp, _ := do(t, req); resp.StatusCode != want {
			t.Errorf("scopes %q: %s, want %d", scopes, resp.Status, want)
		}
	}
}

func TestBrowserClientWithoutRefresh(t *testing.T) {
	srv := idctest.NewServer(t, autoApprove)
	cl := register(t, srv, forBrowser, func(in *ssooidc.RegisterClientInput) { in.GrantTypes = []string{"authorization_code"} })
	token := must[*ssooidc.CreateTokenOutput](t)(redeem(t.Context(), srv, cl, authorized(t, srv, cl)))
	if token.RefreshToken != nil {
		t.Error("a refresh token for a client that may not use it")
	}
	signIn := idctest.SignIn{ClientID: *cl.ClientId, ClientSecret: *cl.ClientSecret, RefreshToken: "x"}
	_, err := refresh(t.Context(), srv, signIn)
	wantError[*types.UnauthorizedClientException](t, err)
	if _, err := portalClient(srv).Logout(t.Context(), &sso.LogoutInput{AccessToken: token.AccessToken}); err != nil {
		t.Error(err)
	}
}
