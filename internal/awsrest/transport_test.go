package awsrest_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/google/go-cmp/cmp"

	"github.com/latchkey-sso/latchkey/sso"
	"github.com/latchkey-sso/latchkey/ssooidc"
)

// proxiedEndpoint is the environment variable that makes the test binary a program with the default
// HTTP client: net/http reads the proxy settings once per process.
const proxiedEndpoint = "AWSREST_TEST_ENDPOINT"

func TestMain(m *testing.M) {
	if endpoint := os.Getenv(proxiedEndpoint); endpoint != "" {
		_, _ = callBoth(aws.Config{Region: "us-east-1", BaseEndpoint: &endpoint, Retryer: func() aws.Retryer { return aws.NopRetryer{} }})
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// callBoth makes a call with each client that cfg makes.
func callBoth(cfg aws.Config) (portal, oidc error) {
	ctx := context.Background()
	_, portal = sso.NewFromConfig(cfg).Logout(ctx, &sso.LogoutInput{AccessToken: new("SECRET")})
	_, oidc = ssooidc.NewFromConfig(cfg).RegisterClient(ctx, &ssooidc.RegisterClientInput{ClientName: new("n"), ClientType: new("public")})
	return portal, oidc
}

// TestPrivateCA holds that the clients trust whom the HTTP client of aws.Config trusts.
func TestPrivateCA(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	trusting := &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}

	for name, tt := range map[string]struct {
		client aws.HTTPClient
		trusts bool
	}{
		"BuildableClient with the CA": {awshttp.NewBuildableClient().WithTransportOptions(func(tr *http.Transport) { tr.TLSClientConfig = trusting }), true},
		"http.Client with the CA":     {&http.Client{Transport: &http.Transport{TLSClientConfig: trusting}}, true},
		"BuildableClient without":     {awshttp.NewBuildableClient(), false},
		"http.Client without":         {&http.Client{Transport: &http.Transport{}}, false},
		"none":                        {nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := aws.Config{Region: "us-east-1", BaseEndpoint: &server.URL, HTTPClient: tt.client, Retryer: noWait}
			portal, oidc := callBoth(cfg)
			for operation, err := range map[string]error{"SSO: Logout": portal, "SSO OIDC: RegisterClient": oidc} {
				var untrusted *tls.CertificateVerificationError
				switch {
				case tt.trusts && err != nil:
					t.Error(err)
				case !tt.trusts && (!errors.As(err, &untrusted) || !strings.Contains(err.Error(), operation) || !strings.Contains(err.Error(), "x509: ")):
					t.Errorf("%s: error %v", operation, err)
				}
			}
		})
	}
}

// TestProxies holds that the default client asks the proxies the environment names, in a process of
// its own, for a host that only a proxy could know.
func TestProxies(t *testing.T) {
	tests := map[string]struct {
		endpoint string
		env      []string // X is the proxy's address
		want     []string // the lines that start the requests to the proxy
	}{
		"HTTP": {
			"http://identity.example.invalid",
			[]string{"HTTP_PROXY=X"},
			[]string{"POST http://identity.example.invalid/logout", "POST http://identity.example.invalid/client/register"},
		},
		"HTTPS": {
			"https://identity.example.invalid",
			[]string{"HTTPS_PROXY=X"},
			[]string{"CONNECT identity.example.invalid:443", "CONNECT identity.example.invalid:443"},
		},
		"lower case": {
			"https://identity.example.invalid",
			[]string{"https_proxy=X"},
			[]string{"CONNECT identity.example.invalid:443", "CONNECT identity.example.invalid:443"},
		},
		"HTTP proxy for HTTPS":  {"https://identity.example.invalid", []string{"HTTP_PROXY=X"}, nil},
		"NO_PROXY":              {"http://identity.example.invalid", []string{"HTTP_PROXY=X", "NO_PROXY=.example.invalid"}, nil},
		"endpoint on this host": {"http://127.0.0.1:1", []string{"HTTP_PROXY=X"}, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var mu sync.Mutex
			var got []string
			proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				mu.Lock()
				defer mu.Unlock()
				got = append(got, r.Method+" "+r.RequestURI)
				if r.Method == http.MethodConnect {
					w.WriteHeader(http.StatusForbidden) // and that is all we want of a tunnel
				}
			}))
			t.Cleanup(proxy.Close)
			child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^$")
			child.Env = append(withoutProxies(), proxiedEndpoint+"="+tt.endpoint)
			for _, variable := range tt.env {
				child.Env = append(child.Env, strings.Replace(variable, "=X", "="+proxy.URL, 1))
			}
			if out, err := child.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("requests to the proxy (-want +got):\n%s", diff)
			}
		})
	}
}

// withoutProxies is this process's environment but for what the clients would heed.
func withoutProxies() []string {
	var env []string
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(strings.ToUpper(variable), "=")
		if !strings.HasSuffix(name, "_PROXY") && !strings.HasPrefix(name, "AWS_") && name != "REQUEST_METHOD" {
			env = append(env, variable)
		}
	}
	return env
}
