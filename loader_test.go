package latchkey_test

import (
	"bytes"
	"encoding/pem"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/latchkey-sso/latchkey"
	"github.com/latchkey-sso/latchkey/idctest"
	"github.com/latchkey-sso/latchkey/internal/ssotest"
)

// hostClient is an HTTP client that records the host of a request and fails.
type hostClient struct{ host string }

func (c *hostClient) Do(r *http.Request) (*http.Response, error) {
	c.host = r.URL.Host
	return nil, errors.New("no network")
}

// TestEndpointLikeTheLoader compares the endpoints of WithProfile and the SDK's own provider. The SDK's provider ignores
// the endpoint for all services; ours uses it, like the AWS CLI and the AWS SDKs and Tools Reference Guide.
func TestEndpointLikeTheLoader(t *testing.T) {
	const (
		regional = "portal.sso.us-east-1.amazonaws.com"
		services = "services = mine"
		forAll   = "endpoint_url = https://profile"
		ignore   = "ignore_configured_endpoint_urls = true"
	)
	for name, tt := range map[string]struct {
		env     map[string]string
		profile []string
		role    string // settings of the profile over, whose source_profile is here
		options []func(*config.LoadOptions) error
		name    string // the profile; empty means here
		want    string
		theirs  string // the SDK's host if it differs
	}{
		"none":                                 {want: regional},
		"variable of the service":              {env: map[string]string{"AWS_ENDPOINT_URL_SSO": "https://service"}, want: "service"},
		"variable of the service before all":   {env: map[string]string{"AWS_ENDPOINT_URL_SSO": "https://service", "AWS_ENDPOINT_URL": "https://all"}, profile: []string{services, forAll}, want: "service"},
		"variable for all":                     {env: map[string]string{"AWS_ENDPOINT_URL": "https://all"}, want: "all", theirs: regional},
		"variable for all before services":     {env: map[string]string{"AWS_ENDPOINT_URL": "https://all"}, profile: []string{services}, want: "all", theirs: regional},
		"variable for all before endpoint_url": {env: map[string]string{"AWS_ENDPOINT_URL": "https://all"}, profile: []string{forAll}, want: "all", theirs: regional},
		"services":                             {profile: []string{services}, want: "services"},
		"services before endpoint_url":         {profile: []string{services, forAll}, want: "services"},
		"endpoint_url":                         {profile: []string{forAll}, want: "profile", theirs: regional},
		"empty variables":                      {env: map[string]string{"AWS_ENDPOINT_URL_SSO": "", "AWS_ENDPOINT_URL": ""}, profile: []string{forAll}, want: "profile", theirs: regional},
		"ignored by the profile":               {env: map[string]string{"AWS_ENDPOINT_URL_SSO": "https://service"}, profile: []string{services, forAll, ignore}, want: regional},
		"ignored by a variable": {
			env:     map[string]string{"AWS_ENDPOINT_URL_SSO": "https://service", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"},
			profile: []string{services, forAll}, want: regional,
		},
		"FIPS in code": {options: []func(*config.LoadOptions) error{config.WithUseFIPSEndpoint(aws.FIPSEndpointStateEnabled)}, want: "portal.sso-fips.us-east-1.amazonaws.com"},
		"FIPS in code, for the source of a role": {
			options: []func(*config.LoadOptions) error{config.WithUseFIPSEndpoint(aws.FIPSEndpointStateEnabled)},
			name:    "over", want: "portal.sso-fips.us-east-1.amazonaws.com",
		},
		"FIPS for a role, and so for its source": {role: "use_fips_endpoint = true", name: "over", want: "portal.sso-fips.us-east-1.amazonaws.com"},
		"dual-stack in code":                     {options: []func(*config.LoadOptions) error{config.WithUseDualStackEndpoint(aws.DualStackEndpointStateEnabled)}, want: "portal.sso.us-east-1.api.aws"},
		"neither, in code": {
			env:     map[string]string{"AWS_USE_FIPS_ENDPOINT": "true"},
			profile: []string{"use_dualstack_endpoint = true"},
			options: []func(*config.LoadOptions) error{
				config.WithUseFIPSEndpoint(aws.FIPSEndpointStateDisabled), config.WithUseDualStackEndpoint(aws.DualStackEndpointStateDisabled),
			},
			want: regional,
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, home := newHome(t)
			os.Unsetenv("AWS_ENDPOINT_URL_SSO")
			os.Unsetenv("AWS_ENDPOINT_URL_SSO_OIDC")
			for k, v := range tt.env {
				t.Setenv(k, v)
			}
			home.Write("config", configFile+`
[profile here]
sso_session = corp
sso_account_id = 111122223333
sso_role_name = Developer
`+strings.Join(tt.profile, "\n")+`
[profile over]
role_arn = arn:aws:iam::444455556666:role/Over
source_profile = here
`+tt.role+`
[services mine]
sso =
  endpoint_url = https://services
`)
			if tt.theirs == "" {
				tt.theirs = tt.want
			}
			if tt.name == "" {
				tt.name = "here"
			}
			if got := hostOf(t, append(tt.options, latchkey.WithProfile(tt.name))); got != tt.want {
				t.Errorf("our host is %s, want %s", got, tt.want)
			}
			if got := hostOf(t, append(tt.options, config.WithSharedConfigProfile(tt.name))); got != tt.theirs {
				t.Errorf("the SDK's host is %s, want %s", got, tt.theirs)
			}
		})
	}
}

// failing is an HTTP client that responds with 500 and records requests.
type failing struct {
	requests int
	agent    string
}

func (f *failing) Do(r *http.Request) (*http.Response, error) {
	f.requests++
	f.agent = r.UserAgent()
	return &http.Response{StatusCode: http.StatusInternalServerError, Header: http.Header{}, Body: http.NoBody, Request: r}, nil
}

// TestRetriesLikeTheLoader compares the attempts and the app ID of WithProfile and the SDK's own provider. Code takes
// precedence over the environment, and the environment over the profile.
func TestRetriesLikeTheLoader(t *testing.T) {
	for name, tt := range map[string]struct {
		env      map[string]string
		profile  string
		role     string // settings of a profile that assumes a role
		options  []func(*config.LoadOptions) error
		requests int
		app      string
	}{
		"profile":  {profile: "max_attempts = 1\nsdk_ua_app_id = here\nretry_mode = adaptive", requests: 1, app: " app/here "},
		"variable": {env: map[string]string{"AWS_MAX_ATTEMPTS": "1", "AWS_SDK_UA_APP_ID": "env"}, profile: "max_attempts = 9\nsdk_ua_app_id = here", requests: 1, app: " app/env "},
		"code": {
			env: map[string]string{"AWS_MAX_ATTEMPTS": "9"}, profile: "max_attempts = 8",
			options: []func(*config.LoadOptions) error{config.WithRetryMaxAttempts(1)}, requests: 1,
		},
		"two":         {profile: "max_attempts = 2", requests: 2},
		"role's":      {role: "max_attempts = 1\nsdk_ua_app_id = over", profile: "max_attempts = 9\nsdk_ua_app_id = here", requests: 1, app: " app/over "},
		"role's mode": {role: "max_attempts = 1\nretry_mode = adaptive", requests: 1},
	} {
		t.Run(name, func(t *testing.T) {
			_, home := newHome(t)
			for k, v := range tt.env {
				t.Setenv(k, v)
			}
			file := strings.Replace(configFile, "[profile dev]\n", "[profile dev]\n"+tt.profile+"\n", 1)
			chosen := "dev"
			if tt.role != "" {
				file += "[profile over]\nrole_arn = arn:aws:iam::444455556666:role/Over\nsource_profile = dev\n" + tt.role
				chosen = "over"
			}
			home.Write("config", file)
			for whose, profile := range map[string]func(*config.LoadOptions) error{"ours": latchkey.WithProfile(chosen), "the SDK's": config.WithSharedConfigProfile(chosen)} {
				client := &failing{}
				cfg := load(t, append(tt.options, profile, config.WithHTTPClient(client))...)
				if _, err := cfg.Credentials.Retrieve(t.Context()); err == nil {
					t.Fatal("credentials of a server that fails")
				}
				if client.requests != tt.requests || whose == "ours" && !strings.Contains(client.agent+" ", tt.app) {
					t.Errorf("%s: %d requests by %q", whose, client.requests, client.agent)
				}
			}
		})
	}
}

// TestTrustLikeTheLoader: WithProfile and the SDK's own provider trust the same private certificate authority.
func TestTrustLikeTheLoader(t *testing.T) {
	type option = func(*config.LoadOptions) error
	inCode := func(authority []byte) option { return config.WithCustomCABundle(bytes.NewReader(authority)) }
	client := func([]byte) option {
		return config.WithHTTPClient(awshttp.NewBuildableClient().WithTimeout(time.Minute))
	}
	for name, tt := range map[string]struct {
		variable string // AWS_CA_BUNDLE, relative to the home directory
		options  []func(authority []byte) option
	}{
		"variable":                              {"authority.pem", nil},
		"variable, for the program's client":    {"authority.pem", []func([]byte) option{client}},
		"in code":                               {"", []func([]byte) option{inCode}},
		"in code, for the program's client":     {"", []func([]byte) option{inCode, client}},
		"in code, before what the variable has": {"missing.pem", []func([]byte) option{inCode}},
	} {
		for whose, profile := range map[string]option{"ours": latchkey.WithProfile("dev"), "the SDK's": config.WithSharedConfigProfile("dev")} {
			t.Run(name+", "+whose, func(t *testing.T) {
				server, home := newHome(t)
				front := newFront(t, server)
				authority := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: front.Certificate().Raw})
				home.Write("authority.pem", string(authority))
				if tt.variable != "" {
					t.Setenv("AWS_CA_BUNDLE", home.File(tt.variable))
				}
				var options []option
				for _, option := range tt.options {
					options = append(options, option(authority))
				}
				cfg := load(t, append(options, profile)...)
				ssotest.Retrieve(t, cfg.Credentials)
				r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, front.URL+"/device", nil)
				if err != nil {
					t.Fatal(err)
				}
				resp, err := cfg.HTTPClient.Do(r)
				if err != nil {
					t.Fatalf("the configuration's own client: %v", err)
				}
				_ = resp.Body.Close()
			})
		}
	}
}

// newFront starts a TLS proxy in front of the Identity Center and points the environment at it.
func newFront(t *testing.T, server *idctest.Server) *httptest.Server {
	t.Helper()
	center, err := url.Parse(server.URL())
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewTLSServer(httputil.NewSingleHostReverseProxy(center))
	t.Cleanup(front.Close)
	t.Setenv("AWS_ENDPOINT_URL_SSO", front.URL)
	return front
}

// TestRoleCABundle: the CA bundle of a profile with role_arn also applies to its source profile.
func TestRoleCABundle(t *testing.T) {
	for whose, option := range map[string]func(*config.LoadOptions) error{"ours": latchkey.WithProfile("over"), "the SDK's": config.WithSharedConfigProfile("over")} {
		t.Run(whose, func(t *testing.T) {
			server, home := newHome(t)
			sts := newSTS(t, home)
			t.Setenv("AWS_CA_BUNDLE", "")
			newFront(t, server)
			bundle := home.Write("authority.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: sts.Certificate().Raw})))
			home.Write("config", configFile+`
[profile over]
role_arn = arn:aws:iam::444455556666:role/Over
source_profile = dev
region = eu-west-1
ca_bundle = `+bundle)
			if creds := ssotest.Retrieve(t, load(t, option).Credentials); creds.AccessKeyID != "ROLEOver" {
				t.Errorf("credentials of %q, want those of the role Over", creds.AccessKeyID)
			}
		})
	}
}

// hostOf returns the host that a configuration requests credentials from.
func hostOf(t *testing.T, options []func(*config.LoadOptions) error) string {
	t.Helper()
	client := &hostClient{}
	options = append(options, config.WithHTTPClient(client), config.WithRetryer(func() aws.Retryer { return aws.NopRetryer{} }))
	cfg := load(t, options...)
	if _, err := cfg.Credentials.Retrieve(t.Context()); err == nil {
		t.Fatal("credentials without a network")
	}
	return client.host
}
