package idctest_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ssooidc"
	"github.com/aws/aws-sdk-go-v2/service/ssooidc/types"

	"github.com/latchkey-sso/latchkey/idctest"
)

func TestDeviceFlow(t *testing.T) {
	clk := newClock()
	srv := idctest.NewServer(t, withClock(clk))
	cl := register(t, srv, withScope)
	out := startDevice(t, srv, cl)

	_, err := poll(t.Context(), srv, cl, out.DeviceCode)
	wantError[*types.AuthorizationPendingException](t, err)
	clk.advance(time.Second)
	_, err = poll(t.Context(), srv, cl, out.DeviceCode)
	wantError[*types.AuthorizationPendingException](t, err)

	if err := srv.Approve(strings.ToLower(strings.ReplaceAll(*out.UserCode, "-", ""))); err != nil {
		t.Fatal(err)
	}
	clk.advance(time.Second)
	token := must[*ssooidc.CreateTokenOutput](t)(poll(t.Context(), srv, cl, out.DeviceCode))
	if *token.TokenType != "Bearer" || token.ExpiresIn != 3600 || token.RefreshToken == nil {
		t.Errorf("token type %q, expires in %d, refresh token %v", *token.TokenType, token.ExpiresIn, token.RefreshToken != nil)
	}
	if err := listAccounts(t.Context(), srv, *token.AccessToken); err != nil {
		t.Error(err)
	}
	signIn := idctest.SignIn{ClientID: *cl.ClientId, ClientSecret: *cl.ClientSecret, RefreshToken: *token.RefreshToken}
	if _, err := refresh(t.Context(), srv, signIn); err != nil {
		t.Errorf("refresh: %v", err)
	}

	clk.advance(time.Second)
	_, err = poll(t.Context(), srv, cl, out.DeviceCode)
	wantError[*types.InvalidGrantException](t, err)
}

func TestDeviceFlowWithoutScopes(t *testing.T) {
	srv := idctest.NewServer(t, autoApprove)
	cl := register(t, srv)
	token := must[*ssooidc.CreateTokenOutput](t)(poll(t.Context(), srv, cl, startDevice(t, srv, cl).DeviceCode))
	if token.RefreshToken != nil {
		t.Error("a refresh token, although no scope was registered")
	}
	if err := listAccounts(t.Context(), srv, *token.AccessToken); err != nil {
		t.Error(err)
	}
}

func TestScopeWithoutAccountAccess(t *testing.T) {
	srv := idctest.NewServer(t, autoApprove)
	cl := register(t, srv, func(in *ssooidc.RegisterClientInput) { in.Scopes = []string{"codewhisperer:completions"} })
	token := must[*ssooidc.CreateTokenOutput](t)(poll(t.Context(), srv, cl, startDevice(t, srv, cl).DeviceCode))
	if token.RefreshToken == nil {
		t.Error("no refresh token, although a scope was registered")
	}
	wantAPIError(t, listAccounts(t.Context(), srv, *token.AccessToken), "ForbiddenException", http.StatusForbidden)
}

func TestSlowDown(t *testing.T) {
	type step struct {
		wait time.Duration
		slow bool
	}
	tests := []struct {
		name     string
		interval time.Duration
		steps    []step
	}{
		{"in time", 2 * time.Second, []step{{0, false}, {2 * time.Second, false}, {2 * time.Second, false}}},
		{"nearly in time", 2 * time.Second, []step{{0, false}, {1900 * time.Millisecond, false}}},
		{"too fast", 2 * time.Second, []step{{0, false}, {1700 * time.Millisecond, true}}},
		{"5 seconds more from then on", 2 * time.Second, []step{{0, false}, {0, true}, {6 * time.Second, true}, {12 * time.Second, false}, {6 * time.Second, true}}},
		{"off", 0, []step{{0, false}, {0, false}, {0, false}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			clk := newClock()
			srv := idctest.NewServer(t, withClock(clk), func(o *idctest.Options) { o.PollInterval = tt.interval })
			cl := register(t, srv)
			code := startDevice(t, srv, cl).DeviceCode
			for i, s := range tt.steps {
				clk.advance(s.wait)
				_, err := poll(t.Context(), srv, cl, code)
				if s.slow {
					wantError[*types.SlowDownException](t, err)
					continue
				}
				if err == nil || !strings.Contains(err.Error(), "AuthorizationPending") {
					t.Fatalf("poll %d: %v, want AuthorizationPendingException", i+1, err)
				}
			}
		})
	}
}

func TestDeviceDenied(t *testing.T) {
	srv := idctest.NewServer(t, func(o *idctest.Options) { o.PollInterval = 0 })
	cl := register(t, srv)
	out := startDevice(t, srv, cl)
	if err := srv.Deny(*out.UserCode); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		_, err := poll(t.Context(), srv, cl, out.DeviceCode)
		wantError[*types.AccessDeniedException](t, err)
	}
}

func TestDeviceCodeExpires(t *testing.T) {
	clk := newClock()
	srv := idctest.NewServer(t, withClock(clk))
	cl := register(t, srv)
	out := startDevice(t, srv, cl)
	clk.advance(10*time.Minute - time.Second)
	_, err := poll(t.Context(), srv, cl, out.DeviceCode)
	wantError[*types.AuthorizationPendingException](t, err)
	clk.advance(time.Second)
	_, err = poll(t.Context(), srv, cl, out.DeviceCode)
	wantError[*types.ExpiredTokenException](t, err)
	if err := srv.Approve(*out.UserCode); err == nil {
		t.Error("an expired code can be approved")
	}
}

func TestDeviceCodeBelongsToItsClient(t *testing.T) {
	srv := idctest.NewServer(t, autoApprove)
	cl, other := register(t, srv), register(t, srv)
	code := startDevice(t, srv, cl).DeviceCode
	_, err := poll(t.Context(), srv, other, code)
	wantError[*types.InvalidGrantException](t, err)
	if _, err := poll(t.Context(), srv, cl, code); err != nil {
		t.Errorf("after another client's try: %v", err)
	}
}

func TestApproveErrors(t *testing.T) {
	srv := idctest.NewServer(t)
	out := startDevice(t, srv, register(t, srv))
	if err := srv.Approve("AAAA-AAAA"); err == nil {
		t.Error("an unknown code can be approved")
	}
	if err := srv.Approve(*out.UserCode); err != nil {
		t.Error(err)
	}
	if err := srv.Deny(*out.UserCode); err == nil {
		t.Error("an approved code can be denied")
	}
	if err := srv.Approve(*out.UserCode); err == nil {
		t.Error("an approved code can be approved")
	}
}

func post(t *testing.T, uri string, form url.Values) (*http.Response, string) {
	t.Helper()
	req := must[*http.Request](t)(http.NewRequestWithContext(t.Context(), http.MethodPost, uri, strings.NewReader(form.Encode())))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return do(t, req)
}

func TestDevicePage(t *testing.T) {
	tests := []struct {
		action string
		want   func(*testing.T, error)
	}{
		{"approve", func(t *testing.T, err error) {
			if err != nil {
				t.Error(err)
			}
		}},
		{"deny", func(t *testing.T, err error) { wantError[*types.AccessDeniedException](t, err) }},
		{"", func(t *testing.T, err error) { wantError[*types.AuthorizationPendingException](t, err) }},
	}
	for _, tt := range tests {
		t.Run("action "+tt.action, func(t *testing.T) {
			srv := idctest.NewServer(t)
			cl := register(t, srv, withScope)
			out := startDevice(t, srv, cl)

			resp, page := get(t, *out.VerificationUriComplete)
			if resp.StatusCode != http.StatusOK {
				t.Fatal(resp.Status)
			}
			for _, want := range []string{"<code>" + *out.UserCode + "</code>", "my tool", "sso:account:access", `value="approve"`, `value="deny"`} {
				if !strings.Contains(page, want) {
					t.Errorf("the page does not say %q:\n%s", want, page)
				}
			}
			resp, _ = post(t, srv.URL()+"/device", url.Values{"user_code": {*out.UserCode}, "action": {tt.action}})
			if resp.StatusCode != http.StatusOK {
				t.Error(resp.Status)
			}
			_, err := poll(t.Context(), srv, cl, out.DeviceCode)
			tt.want(t, err)
		})
	}
}

func TestDevicePageForCode(t *testing.T) {
	srv := idctest.NewServer(t)
	out := startDevice(t, srv, register(t, srv))
	tests := []struct {
		name, query string
		status      int
		want        string
	}{
		{"asks for the code", "", http.StatusOK, `<label for="user_code">`},
		{"unknown code", "?user_code=%3Cscript%3E", http.StatusBadRequest, `role="alert"`},
		{"typed code", "?user_code=+" + strings.ToLower(*out.UserCode) + "+", http.StatusOK, *out.UserCode},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			resp, page := get(t, srv.URL()+"/device"+tt.query)
			if resp.StatusCode != tt.status || !strings.Contains(page, tt.want) || strings.Contains(page, "<script>") {
				t.Errorf("%s, want %d and %q in:\n%s", resp.Status, tt.status, tt.want, page)
			}
		})
	}

	if err := srv.Approve(*out.UserCode); err != nil {
		t.Fatal(err)
	}
	if resp, page := get(t, *out.VerificationUriComplete); resp.StatusCode != http.StatusOK || !strings.Contains(page, "approved") {
		t.Errorf("approved already: %s\n%s", resp.Status, page)
	}
}

func TestPagesEscape(t *testing.T) {
	srv := idctest.NewServer(t)
	name := `"><script>alert('x')</script>`
	cl := register(t, srv, func(in *ssooidc.RegisterClientInput) {
		in.ClientName = &name
		in.Scopes = []string{"<b>&"}
	})
	out := startDevice(t, srv, cl)
	resp, page := get(t, *out.VerificationUriComplete)
	if strings.Contains(page, "<script>") || strings.Contains(page, "<b>") || !strings.Contains(page, "&lt;script&gt;") {
		t.Errorf("not escaped:\n%s", page)
	}
	if got := resp.Header.Get("Content-Security-Policy"); !strings.Contains(got, "default-src 'none'") {
		t.Errorf("Content-Security-Policy %q", got)
	}
	if got := resp.Header.Get("Content-Type"); got != "text/html; charset=utf-8" {
		t.Errorf("Content-Type %q", got)
	}
	if _, page = post(t, srv.URL()+"/device", url.Values{"user_code": {*out.UserCode}, "action": {"approve"}}); strings.Contains(page, "<script>") {
		t.Errorf("not escaped:\n%s", page)
	}
}
