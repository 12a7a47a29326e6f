package ssoclient_test

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"math/big"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"

	"github.com/latchkey-sso/latchkey/internal/filetest"
	"github.com/latchkey-sso/latchkey/internal/ssoclient"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/sso"
	"github.com/latchkey-sso/latchkey/ssooidc"
)

// recorder is an HTTP client that records the URL and returns status 200.
type recorder struct{ url string }

func (r *recorder) Do(req *http.Request) (*http.Response, error) {
	r.url = req.URL.String()
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: http.NoBody, Request: req}, nil
}

// elsewhere is a source of configuration that would send every request somewhere else.
type elsewhere struct{}

func (elsewhere) GetServiceBaseEndpoint(context.Context, string) (string, bool, error) {
	return "https://source.example", true, nil
}

func (elsewhere) GetUseFIPSEndpoint(context.Context) (aws.FIPSEndpointState, bool, error) {
	return aws.FIPSEndpointStateEnabled, true, nil
}

// TestEndpoints checks that only the sign-in decides where requests go.
func TestEndpoints(t *testing.T) {
	tests := map[string]struct {
		connection           profile.Connection
		wantPortal, wantOIDC string
	}{
		"session's region": {
			profile.Connection{},
			"https://portal.sso.eu-west-1.amazonaws.com/logout", "https://oidc.eu-west-1.amazonaws.com/client/register",
		},
		"FIPS": {
			profile.Connection{UseFIPS: true},
			"https://portal.sso-fips.eu-west-1.amazonaws.com/logout", "https://oidc-fips.eu-west-1.amazonaws.com/client/register",
		},
		"dual-stack": {
			profile.Connection{UseDualStack: true},
			"https://portal.sso.eu-west-1.api.aws/logout", "https://oidc.eu-west-1.api.aws/client/register",
		},
		"both": {
			profile.Connection{UseFIPS: true, UseDualStack: true},
			"https://portal.sso-fips.eu-west-1.api.aws/logout", "https://oidc-fips.eu-west-1.api.aws/client/register",
		},
		"endpoints": {
			profile.Connection{Endpoints: profile.Endpoints{SSO: "http://p", SSOOIDC: "http://o/x"}},
			"http://p/logout", "http://o/x/client/register",
		},
		"one endpoint": {
			profile.Connection{Endpoints: profile.Endpoints{SSOOIDC: "http://o"}},
			"https://portal.sso.eu-west-1.amazonaws.com/logout", "http://o/client/register",
		},
		"bundle not read for a client of the caller's": {
			profile.Connection{CABundle: "missing.pem"},
			"https://portal.sso.eu-west-1.amazonaws.com/logout", "https://oidc.eu-west-1.amazonaws.com/client/register",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			in := profile.SignIn{Session: &profile.Session{Region: "eu-west-1"}, Connection: tt.connection}
			portal, oidc := &recorder{}, &recorder{}
			cfg := func(h aws.HTTPClient) aws.Config {
				return aws.Config{Region: "ap-south-1", HTTPClient: h, BaseEndpoint: new("https://base.example"), ConfigSources: []any{elsewhere{}}}
			}
			callPortal(t, in, cfg(portal))
			callOIDC(t, in, cfg(oidc))
			if portal.url != tt.wantPortal || oidc.url != tt.wantOIDC {
				t.Errorf("portal %s\noidc %s\nwant %s\nand %s", portal.url, oidc.url, tt.wantPortal, tt.wantOIDC)
			}
		})
	}
}

func callPortal(t *testing.T, s profile.SignIn, cfg aws.Config) {
	t.Helper()
	client, err := ssoclient.Portal(s, cfg)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Logout(t.Context(), &sso.LogoutInput{AccessToken: new("t")}); err != nil {
		t.Error(err)
	}
}

func callOIDC(t *testing.T, s profile.SignIn, cfg aws.Config) {
	t.Helper()
	client, err := ssoclient.OIDC(s, cfg)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.RegisterClient(t.Context(), &ssooidc.RegisterClientInput{ClientName: new("n"), ClientType: new("public")}); err != nil {
		t.Error(err)
	}
}

// TestDefaults holds that the profile's settings count where the caller has none.
func TestDefaults(t *testing.T) {
	p := profile.SignIn{
		Session: &profile.Session{Region: "eu-west-1"}, Connection: profile.Connection{RetryMode: "adaptive", MaxAttempts: 7, AppID: "theirs"},
	}
	mine := aws.Config{RetryMode: aws.RetryModeStandard, RetryMaxAttempts: 2, AppID: "mine"}
	for name, tt := range map[string]struct{ cfg, want aws.Config }{
		"none":     {aws.Config{}, aws.Config{RetryMode: aws.RetryModeAdaptive, RetryMaxAttempts: 7, AppID: "theirs"}},
		"all":      {mine, mine},
		"attempts": {aws.Config{RetryMaxAttempts: 2}, aws.Config{RetryMode: aws.RetryModeAdaptive, RetryMaxAttempts: 2, AppID: "theirs"}},
	} {
		portal, err := ssoclient.Portal(p, tt.cfg)
		if err != nil {
			t.Fatal(err)
		}
		oidc, err := ssoclient.OIDC(p, tt.cfg)
		if err != nil {
			t.Fatal(err)
		}
		s, o := portal.Options(), oidc.Options()
		got := []aws.Config{
			{RetryMode: s.RetryMode, RetryMaxAttempts: s.RetryMaxAttempts, AppID: s.AppID},
			{RetryMode: o.RetryMode, RetryMaxAttempts: o.RetryMaxAttempts, AppID: o.AppID},
		}
		for _, cfg := range got {
			if cfg.RetryMode != tt.want.RetryMode || cfg.RetryMaxAttempts != tt.want.RetryMaxAttempts || cfg.AppID != tt.want.AppID {
				t.Errorf("%s: mode %q, attempts %d, app %q", name, cfg.RetryMode, cfg.RetryMaxAttempts, cfg.AppID)
			}
		}
	}
}

// TestBundle holds that a bundle which cannot be used is an error about that setting, and that it is
// not looked at where there is nothing to check with it.
func TestBundle(t *testing.T) {
	dir := t.TempDir()
	garbage := filepath.Join(dir, "garbage.pem")
	filetest.Write(t, garbage, "-----BEGIN NOTHING-----")
	tests := map[string]struct {
		bundle, endpoint string
		wantErr          string
	}{
		"missing":               {filepath.Join(dir, "missing.pem"), "", "missing.pem\": read CA bundle: "},
		"missing, own endpoint": {filepath.Join(dir, "missing.pem"), "https://h", "missing.pem\": read CA bundle: "},
		"garbage":               {garbage, "", "garbage.pem\": read CA bundle: no PEM certificate"},
		"missing, plain HTTP":   {filepath.Join(dir, "missing.pem"), "http://h", ""},
		"none":                  {"", "", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p := profile.SignIn{
				Profile: "dev", Session: &profile.Session{Region: "eu-west-1"},
				Connection: profile.Connection{CABundle: tt.bundle, Endpoints: profile.Endpoints{SSO: tt.endpoint, SSOOIDC: tt.endpoint}},
			}
			_, portalErr := ssoclient.Portal(p, aws.Config{})
			_, oidcErr := ssoclient.OIDC(p, aws.Config{})
			if tt.wantErr != "" {
				t.Setenv("AWS_CA_BUNDLE", tt.bundle)
				_, err := ssoclient.OIDC(p, aws.Config{})
				if bad, ok := errors.AsType[*profile.Error](err); !ok || bad.Key != "AWS_CA_BUNDLE" || !strings.HasPrefix(err.Error(), "profile: environment variable AWS_CA_BUNDLE is ") {
					t.Errorf("of the variable: error %v", err)
				}
			}
			for client, err := range map[string]error{"portal": portalErr, "oidc": oidcErr} {
				var bad *profile.Error
				switch {
				case tt.wantErr == "" && err != nil:
					t.Errorf("%s: %v", client, err)
				case tt.wantErr != "" && (!errors.As(err, &bad) || bad.Key != "ca_bundle" || bad.Profile != "dev" || !strings.Contains(err.Error(), tt.wantErr)):
					t.Errorf("%s: error %v, want %s", client, err, tt.wantErr)
				}
			}
		})
	}
}

// TestBundleIsTrusted holds that the bundle's certificates are trusted: by the default client, and by
// one of the caller's beside those that it was given, which is left as it is.
func TestBundleIsTrusted(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(server.Close)
	authority, other := server.Certificate(), otherAuthority(t)
	for name, tt := range map[string]struct {
		client *awshttp.BuildableClient
		bundle *x509.Certificate
	}{
		"default client":            {nil, authority},
		"caller's client":           {awshttp.NewBuildableClient(), authority},
		"caller's client, given":    {trusting(other), authority},
		"given to it by the caller": {trusting(authority), other},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "ca.pem")
			filetest.Write(t, path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: tt.bundle.Raw}))
			p := profile.SignIn{
				Session:    &profile.Session{Region: "eu-west-1"},
				Connection: profile.Connection{CABundle: path, Endpoints: profile.Endpoints{SSO: server.URL, SSOOIDC: server.URL}},
			}
			var cfg aws.Config
			if tt.client != nil {
				cfg.HTTPClient = tt.client
			}
			before := rootsOf(tt.client)
			callPortal(t, p, cfg)
			callOIDC(t, p, cfg)
			if !rootsOf(tt.client).Equal(before) {
				t.Error("the caller's client has changed")
			}
		})
	}
}

func trusting(authority *x509.Certificate) *awshttp.BuildableClient {
	roots := x509.NewCertPool()
	roots.AddCert(authority)
	return awshttp.NewBuildableClient().WithTransportOptions(func(tr *http.Transport) { tr.TLSClientConfig.RootCAs = roots })
}

// rootsOf returns a copy of what a client trusts.
func rootsOf(client *awshttp.BuildableClient) *x509.CertPool {
	if client == nil || client.GetTransport().TLSClientConfig.RootCAs == nil {
		return x509.NewCertPool()
	}
	return client.GetTransport().TLSClientConfig.RootCAs.Clone()
}

// otherAuthority returns a certificate that no server here has.
func otherAuthority(t *testing.T) *x509.Certificate {
	t.Helper()
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), IsCA: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, public, private)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return certificate
}

// TestBadEndpoint holds that an endpoint which cannot be one is an error about the setting or the
// variable it comes from, and that it does not tell a secret in it.
func TestBadEndpoint(t *testing.T) {
	tests := map[string]struct {
		endpoint        string
		fips, dualStack bool
		want            string
	}{
		"no scheme":    {"host.example", false, false, ` is "host.example", which is not an http or https URL`},
		"other scheme": {"ftp://me:hush@h?hush#hush", false, false, ` is "ftp://h", which is not an http or https URL`},
		"no host":      {"https:///x", false, false, ` is "https:///x", which is not an http or https URL`},
		"not a URL":    {"http://me:hush@h h", false, false, " is not a URL"},
		"no slashes":   {"me:hush@h", false, false, " is not a URL"},
		"one slash":    {"https:/me:hush@h", false, false, " is not a URL"},
		"FIPS":         {"https://hush@h", true, false, ` is "https://h", and custom endpoints do not work with FIPS or dual-stack`},
		"dual-stack":   {"https://h", false, true, ` is "https://h", and custom endpoints do not work with FIPS or dual-stack`},
	}
	for name, tt := range tests {
		p := profile.SignIn{
			Profile: "dev", Session: &profile.Session{Region: "eu-west-1"},
			Connection: profile.Connection{
				UseFIPS: tt.fips, UseDualStack: tt.dualStack, Endpoints: profile.Endpoints{SSO: tt.endpoint, SSOOIDC: tt.endpoint},
			},
		}
		check := func(source string, err error, key, want string) {
			t.Helper()
			bad, ok := errors.AsType[*profile.Error](err)
			if !ok || bad.Key != key || err.Error() != want+tt.want {
				t.Errorf("%s, from %s: error %v, want %s", name, source, err, want+tt.want)
			}
		}
		for _, variable := range []string{"", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SSO", "AWS_ENDPOINT_URL_SSO_OIDC"} {
			t.Run(name+" "+variable, func(t *testing.T) {
				portal, oidc := "endpoint_url", "endpoint_url"
				if variable != "" {
					t.Setenv(variable, tt.endpoint)
				}
				if variable != "AWS_ENDPOINT_URL_SSO_OIDC" {
					portal = cmp.Or(variable, portal)
				}
				if variable != "AWS_ENDPOINT_URL_SSO" {
					oidc = cmp.Or(variable, oidc)
				}
				prefix := map[bool]string{true: `profile "dev": endpoint_url`, false: "profile: environment variable " + variable}
				_, err := ssoclient.Portal(p, aws.Config{})
				check("the portal's "+portal, err, portal, prefix[portal == "endpoint_url"])
				_, err = ssoclient.OIDC(p, aws.Config{})
				check("the OIDC service's "+oidc, err, oidc, prefix[oidc == "endpoint_url"])
			})
		}
	}
}

// TestRegions checks that package profile rejects the regions that the clients reject, and no
// others.
func TestRegions(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "config")
	t.Setenv("AWS_CONFIG_FILE", file)
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", filepath.Join(dir, "credentials"))
	for _, region := range []string{
		"us-east-1", "US-East-1", "aws-global", "fips-us-gov-west-1", "a.b", "7",
		"a_b", "us east", "évora", "x@evil.example", "evil.example/", "evil.example:443", `"us-east-1"`, "a\tb", "#",
		".", ".a", "a.", "a..b", "-a", "a-", "a.-b", strings.Repeat("a", 63), strings.Repeat("a", 64),
	} {
		text := "[sso-session s]\nsso_start_url = https://x\nsso_region = " + region + "\n"
		filetest.Write(t, file, text)
		_, rejected := profile.LoadSession("s")
		client, err := ssoclient.OIDC(profile.SignIn{Session: &profile.Session{Region: region}}, aws.Config{HTTPClient: &recorder{}})
		if err != nil {
			t.Fatal(err)
		}
		_, err = client.RegisterClient(t.Context(), &ssooidc.RegisterClientInput{ClientName: new("n"), ClientType: new("public")})
		if (rejected == nil) != (err == nil) {
			t.Errorf("region %q: of the profile, %v; of the client, %v", region, rejected, err)
		}
	}
}

func TestPlainHTTPHost(t *testing.T) {
	for endpoint, want := range map[string]string{
		"":                           "",
		"https://idc.example":        "",
		"http://idc.example:8080/x":  "idc.example:8080",
		"HTTP://idc.example":         "idc.example",
		"http://192.0.2.1":           "192.0.2.1",
		"http://localhost.example":   "localhost.example",
		"http://127.0.0.1.example":   "127.0.0.1.example",
		"http://127.0.0.1:8080":      "",
		"http://127.1.2.3":           "",
		"http://[::1]:8080":          "",
		"http://[::ffff:127.0.0.1]/": "",
		"http://LocalHost./":         "",
		"http://idc.localhost":       "",
		"http://a:b@idc.example":     "idc.example",
		"http://%zz":                 "",
	} {
		if got := ssoclient.PlainHTTPHost(endpoint); got != want {
			t.Errorf("%q: %q, want %q", endpoint, got, want)
		}
	}
}
