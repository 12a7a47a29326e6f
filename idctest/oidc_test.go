package idctest_test

import (
	"context"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssooidc"
	"github.com/aws/aws-sdk-go-v2/service/ssooidc/types"

	"github.com/latchkey-sso/latchkey/idctest"
)

const (
	deviceGrant = "urn:ietf:params:oauth:grant-type:device_code"
	startURL    = "https://d-0123456789.awsapps.com/start"
)

func register(t *testing.T, srv *idctest.Server, change ...func(*ssooidc.RegisterClientInput)) *ssooidc.RegisterClientOutput {
	t.Helper()
	in := &ssooidc.RegisterClientInput{ClientName: aws.String("my tool"), ClientType: aws.String("public")}
	for _, f := range change {
		f(in)
	}
	return must[*ssooidc.RegisterClientOutput](t)(oidcClient(srv).RegisterClient(t.Context(), in))
}

// forBrowser registers as AWS CLI v2 does for a sign-in in the browser.
func forBrowser(in *ssooidc.RegisterClientInput) {
	in.GrantTypes = []string{"authorization_code", "refresh_token"}
	in.RedirectUris = []string{"http://127.0.0.1/oauth/callback"}
	in.IssuerUrl = aws.String(startURL)
	in.Scopes = []string{"sso:account:access"}
}

func withScope(in *ssooidc.RegisterClientInput) { in.Scopes = []string{"sso:account:access"} }

func startDevice(t *testing.T, srv *idctest.Server, cl *ssooidc.RegisterClientOutput) *ssooidc.StartDeviceAuthorizationOutput {
	t.Helper()
	return must[*ssooidc.StartDeviceAuthorizationOutput](t)(oidcClient(srv).StartDeviceAuthorization(t.Context(),
		&ssooidc.StartDeviceAuthorizationInput{ClientId: cl.ClientId, ClientSecret: cl.ClientSecret, StartUrl: aws.String(startURL)}))
}

func poll(ctx context.Context, srv *idctest.Server, cl *ssooidc.RegisterClientOutput, deviceCode *string) (*ssooidc.CreateTokenOutput, error) {
	return oidcClient(srv).CreateToken(ctx, &ssooidc.CreateTokenInput{
		ClientId: cl.ClientId, ClientSecret: cl.ClientSecret, GrantType: aws.String(deviceGrant), DeviceCode: deviceCode,
	})
}

func refresh(ctx context.Context, srv *idctest.Server, signIn idctest.SignIn) (*ssooidc.CreateTokenOutput, error) {
	return oidcClient(srv).CreateToken(ctx, &ssooidc.CreateTokenInput{
		ClientId: &signIn.ClientID, ClientSecret: &signIn.ClientSecret,
		GrantType: aws.String("refresh_token"), RefreshToken: &signIn.RefreshToken,
	})
}

func TestRegisterClient(t *testing.T) {
	clk := newClock()
	srv := idctest.NewServer(t, withClock(clk), func(o *idctest.Options) { o.RegistrationTTL = 24 * time.Hour })
	a, b := register(t, srv), register(t, srv, forBrowser)
	if *a.ClientId == *b.ClientId || *a.ClientSecret == *b.ClientSecret {
		t.Error("two clients are alike")
	}
	if got, want := a.ClientIdIssuedAt, clk.Now().Unix(); got != want {
		t.Errorf("issued at %d, want %d", got, want)
	}
	if got, want := a.ClientSecretExpiresAt, clk.Now().Add(24*time.Hour).Unix(); got != want {
		t.Errorf("expires at %d, want %d", got, want)
	}
}

func TestRegisterClientRejections(t *testing.T) {
	srv := idctest.NewServer(t)
	redirect := func(uri string) func(*ssooidc.RegisterClientInput) {
		return func(in *ssooidc.RegisterClientInput) { in.RedirectUris = []string{"http://127.0.0.1/cb", uri} }
	}
	tests := []struct {
		name   string
		change func(*ssooidc.RegisterClientInput)
		code   string
	}{
		{"no name", func(in *ssooidc.RegisterClientInput) { in.ClientName = aws.String("") }, "InvalidRequestException"},
		{"confidential", func(in *ssooidc.RegisterClientInput) { in.ClientType = aws.String("confidential") }, "InvalidClientMetadataException"},
		{"scope with a space", func(in *ssooidc.RegisterClientInput) { in.Scopes = []string{"a b"} }, "InvalidScopeException"},
		{"scope with a quote", func(in *ssooidc.RegisterClientInput) { in.Scopes = []string{`a"b`} }, "InvalidScopeException"},
		{"scope with a backslash", func(in *ssooidc.RegisterClientInput) { in.Scopes = []string{`a\b`} }, "InvalidScopeException"},
		{"scope outside ASCII", func(in *ssooidc.RegisterClientInput) { in.Scopes = []string{"é"} }, "InvalidScopeException"},
		{"empty scope", func(in *ssooidc.RegisterClientInput) { in.Scopes = []string{""} }, "InvalidScopeException"},
		{"plain http", redirect("http://example.com/cb"), "InvalidRedirectUriException"},
		{"other scheme", redirect("mytool:/cb"), "InvalidRedirectUriException"},
		{"fragment", redirect("https://example.com/cb#x"), "InvalidRedirectUriException"},
		{"password", redirect("http://a:b@127.0.0.1/cb"), "InvalidRedirectUriException"},
		{"another machine", redirect("http://192.0.2.1/cb"), "InvalidRedirectUriException"},
		{"no host", redirect("https:///cb"), "InvalidRedirectUriException"},
		{"cannot be parsed", redirect("http://[::1/cb"), "InvalidRedirectUriException"},
		{"relative", redirect("/cb"), "InvalidRedirectUriException"},
		{"grant type", func(in *ssooidc.RegisterClientInput) { in.GrantTypes = []string{"password"} }, "UnsupportedGrantTypeException"},
		{"issuer", func(in *ssooidc.RegisterClientInput) { in.IssuerUrl = aws.String("https://other/start") }, "InvalidRequestException"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in := &ssooidc.RegisterClientInput{ClientName: aws.String("my tool"), ClientType: aws.String("public")}
			tt.change(in)
			_, err := oidcClient(srv).RegisterClient(t.Context(), in)
			wantAPIError(t, err, tt.code, http.StatusBadRequest)
		})
	}
}

func TestOIDCErrorBody(t *testing.T) {
	srv := idctest.NewServer(t)
	body := strings.NewReader(`{"clientId":"a","clientSecret":"b","grantType":"refresh_token","refreshToken":"c"}`)
	req := must[*http.Request](t)(http.NewRequestWithContext(t.Context(), http.MethodPost, srv.URL()+"/token", body))
	resp, got := do(t, req)
	if want := `{"error":"invalid_client","error_description":"Invalid client ID or secret"}`; got != want {
		t.Errorf("body %s, want %s", got, want)
	}
	if resp.StatusCode != http.StatusUnauthorized || resp.Header.Get("X-Amzn-ErrorType") != "InvalidClientException" {
		t.Errorf("%s, x-amzn-ErrorType %q", resp.Status, resp.Header.Get("X-Amzn-ErrorType"))
	}
}

func TestMemberNamesAreExact(t *testing.T) {
	srv := idctest.NewServer(t)
	for _, body := range []string{
		``, `[]`, `{`, `null`, `{"clientname":"a","clientType":"public"}`,
		`{"client_name":"a","client_type":"public"}`, `{"clientName":5,"clientType":"public"}`,
	} {
		req := must[*http.Request](t)(http.NewRequestWithContext(t.Context(), http.MethodPost, srv.URL()+"/client/register", strings.NewReader(body)))
		resp, _ := do(t, req)
		if got := resp.Header.Get("X-Amzn-ErrorType"); resp.StatusCode != 400 || got != "InvalidRequestException" {
			t.Errorf("body %s: %s %s, want 400 InvalidRequestException", body, resp.Status, got)
		}
	}
}

func TestStartDeviceAuthorization(t *testing.T) {
	srv := idctest.NewServer(t, func(o *idctest.Options) {
		o.DeviceCodeTTL, o.PollInterval = 5*time.Minute, 1500*time.Millisecond
	})
	out := startDevice(t, srv, register(t, srv))
	if !regexp.MustCompile(`^[B-Z]{4}-[B-Z]{4}$`).MatchString(*out.UserCode) {
		t.Errorf("user code %q", *out.UserCode)
	}
	if out.ExpiresIn != 300 || out.Interval != 2 {
		t.Errorf("expires in %d s, interval %d s, want 300 and 2", out.ExpiresIn, out.Interval)
	}
	if *out.VerificationUri != srv.URL()+"/device" || *out.VerificationUriComplete != srv.URL()+"/device?user_code="+*out.UserCode {
		t.Errorf("verification URIs %q and %q", *out.VerificationUri, *out.VerificationUriComplete)
	}
}

func TestStartDeviceAuthorizationRejections(t *testing.T) {
	clk := newClock()
	srv := idctest.NewServer(t, withClock(clk))
	cl, browser := register(t, srv), register(t, srv, forBrowser)
	start := func(cl *ssooidc.RegisterClientOutput, secret, url string) error {
		_, err := oidcClient(srv).StartDeviceAuthorization(t.Context(), &ssooidc.StartDeviceAuthorizationInput{
			ClientId: cl.ClientId, ClientSecret: &secret, StartUrl: &url,
		})
		return err
	}
	for _, url := range []string{startURL + "/", startURL + "#/", startURL + "#"} {
		if err := start(cl, *cl.ClientSecret, url); err != nil {
			t.Errorf("start URL %s: %v", url, err)
		}
	}
	wantError[*types.InvalidRequestException](t, start(cl, *cl.ClientSecret, "https://other.awsapps.com/start"))
	wantError[*types.InvalidRequestException](t, start(cl, *cl.ClientSecret, ""))
	wantError[*types.InvalidClientException](t, start(cl, "wrong", startURL))
	wantError[*types.UnauthorizedClientException](t, start(browser, *browser.ClientSecret, startURL))
	clk.advance(90 * 24 * time.Hour)
	wantError[*types.InvalidClientException](t, start(cl, *cl.ClientSecret, startURL))
}
