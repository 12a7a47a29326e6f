package idctest_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/latchkey-sso/latchkey/idctest"
)

func TestRequests(t *testing.T) {
	clk := newClock()
	srv := idctest.NewServer(t, withClock(clk))
	signIn := srv.SignIn()
	_, _ = getRole(t.Context(), srv, signIn.AccessToken, "123456789012", "My Role+name@x/y")
	_, _ = refresh(t.Context(), srv, signIn)
	srv.Fail("Logout", idctest.Fault{Cut: true})
	req := must[*http.Request](t)(http.NewRequestWithContext(t.Context(), http.MethodPost, srv.URL()+"/logout", nil))
	_, _ = http.DefaultClient.Do(req)

	got := srv.Requests()
	want := []idctest.Request{
		{
			Operation: "GetRoleCredentials", Method: "GET", Path: "/federation/credentials", Status: 403,
			Query: url.Values{"account_id": {"123456789012"}, "role_name": {"My Role+name@x/y"}}, Time: clk.Now(),
		},
		{
			Operation: "CreateToken", Method: "POST", Path: "/token", Status: 200, Time: clk.Now(),
			Body: fmt.Appendf(nil, `{"clientId":%q,"clientSecret":%q,"grantType":"refresh_token","refreshToken":%q}`,
				signIn.ClientID, signIn.ClientSecret, signIn.RefreshToken),
		},
		{Operation: "Logout", Method: "POST", Path: "/logout", Status: 0, Time: clk.Now()},
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty(), cmpopts.IgnoreFields(idctest.Request{}, "Header")); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
	if got[0].Header.Get("x-amz-sso_bearer_token") != signIn.AccessToken {
		t.Errorf("header %v", got[0].Header)
	}

	// What is handed out is a copy.
	got[1].Body[0] = 'x'
	got[0].Header.Del("x-amz-sso_bearer_token")
	got[0].Query.Del("role_name")
	again := srv.Requests()
	if again[1].Body[0] != '{' || again[0].Header.Get("x-amz-sso_bearer_token") == "" || !again[0].Query.Has("role_name") {
		t.Error("a change to a recorded request changed the record")
	}
}

func TestCountAndReset(t *testing.T) {
	srv := idctest.NewServer(t)
	for range 3 {
		_ = listAccounts(t.Context(), srv, "x")
	}
	_ = listRoles(t.Context(), srv, "x")
	if a, r, all := srv.Count("ListAccounts"), srv.Count("ListAccountRoles"), srv.Count(""); a != 3 || r != 1 || all != 4 {
		t.Errorf("counted %d, %d and %d, want 3, 1 and 4", a, r, all)
	}
	srv.ResetRequests()
	if srv.Count("") != 0 || len(srv.Requests()) != 0 {
		t.Error("requests are left after ResetRequests")
	}
}

// TestNothingSecretIsPrinted holds what fmt, slog and encoding/json make of the package's types
// against everything that must not be seen.
func TestNothingSecretIsPrinted(t *testing.T) {
	srv := idctest.NewServer(t, func(o *idctest.Options) { o.Credentials = keys("AKID", "idctest-very-secret", "") })
	signIn := srv.SignIn()
	_, _ = refresh(t.Context(), srv, signIn)
	_ = listAccounts(t.Context(), srv, signIn.AccessToken)

	var printed strings.Builder
	logger := slog.New(slog.NewTextHandler(&printed, nil))
	jsonLogger := slog.New(slog.NewJSONHandler(&printed, nil))
	for _, v := range []any{srv, signIn, &signIn, srv.Requests(), srv.Requests()[0], &srv.Requests()[0]} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			fmt.Fprintf(&printed, verb+"\n", v)
		}
		logger.Info("x", "v", v)
	}
	for _, v := range []any{srv, signIn, &signIn, srv.Requests()[0]} {
		jsonLogger.Info("x", "v", v)
	}
	b := must[[]byte](t)(json.Marshal(map[string]any{"signIn": signIn, "pointer": &signIn, "server": srv}))
	printed.Write(b)

	text := printed.String()
	for _, secret := range []string{"idctest-access-token", "idctest-refresh-token", "idctest-client-secret", "very-secret"} {
		if strings.Contains(text, secret) {
			t.Errorf("%q is printed in:\n%s", secret, text)
		}
	}
	for _, want := range []string{srv.URL(), signIn.StartURL, "CreateToken POST /token 200"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not printed in:\n%s", want, text)
		}
	}
}
