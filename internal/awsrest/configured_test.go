package awsrest_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	officialsso "github.com/aws/aws-sdk-go-v2/service/sso"
	officialoidc "github.com/aws/aws-sdk-go-v2/service/ssooidc"

	"github.com/latchkey-sso/latchkey/internal/filetest"
	"github.com/latchkey-sso/latchkey/sso"
	"github.com/latchkey-sso/latchkey/ssooidc"
)

// source is a source of configuration, as config.LoadDefaultConfig leaves them.
type source struct {
	ignore     bool
	endpoints  map[string]string
	fips, dual bool
	err        error
}

func (s source) GetIgnoreConfiguredEndpoints(context.Context) (value, found bool, err error) {
	return s.ignore, s.ignore, s.err
}

func (s source) GetServiceBaseEndpoint(_ context.Context, id string) (string, bool, error) {
	endpoint, ok := s.endpoints[id]
	return endpoint, ok, s.err
}

func (s source) GetUseFIPSEndpoint(context.Context) (aws.FIPSEndpointState, bool, error) {
	return aws.FIPSEndpointStateEnabled, s.fips, s.err
}

func (s source) GetUseDualStackEndpoint(context.Context) (aws.DualStackEndpointState, bool, error) {
	return aws.DualStackEndpointStateEnabled, s.dual, s.err
}

func TestConfiguredEndpoint(t *testing.T) {
	fromProfile := source{endpoints: map[string]string{"SSO": "http://services.sso", "SSO OIDC": "http://services.oidc"}}
	fromEnv := source{endpoints: map[string]string{"SSO": "http://env.sso", "SSO OIDC": "http://env.oidc"}}
	tests := map[string]struct {
		global, service string // of the environment
		base            *string
		sources         []any
		want            string
	}{
		"none":                           {want: ""},
		"profile endpoint_url":           {base: new("http://profile"), sources: []any{source{}}, want: "http://profile"},
		"services before endpoint_url":   {base: new("http://profile"), sources: []any{source{}, fromProfile}, want: "http://services.X"},
		"global env before services":     {global: "http://env", base: new("http://env"), sources: []any{source{}, fromProfile}, want: "http://env"},
		"service env before global":      {global: "http://env", service: "http://env.X", base: new("http://env"), sources: []any{fromEnv, fromProfile}, want: "http://env.X"},
		"empty service env":              {global: "http://env", service: "", base: new("http://env"), sources: []any{source{}, fromProfile}, want: "http://env"},
		"configuration half loaded":      {global: "http://env", sources: []any{source{}, fromProfile}, want: "http://env"},
		"configuration made by hand":     {global: "http://env", want: ""},
		"ignored":                        {service: "http://env.X", sources: []any{source{ignore: true}, fromEnv}, want: ""},
		"ignored by the profile":         {global: "http://env", sources: []any{source{}, source{ignore: true}, fromProfile}, want: ""},
		"ignored but set by the program": {base: new("http://code"), sources: []any{source{ignore: true}, fromEnv}, want: "http://code"},
		"failing source":                 {base: new("http://profile"), sources: []any{source{err: errors.New("no")}, fromProfile}, want: "http://profile"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Setenv("AWS_ENDPOINT_URL", tt.global)
			t.Setenv("AWS_ENDPOINT_URL_SSO", strings.ReplaceAll(tt.service, "X", "sso"))
			t.Setenv("AWS_ENDPOINT_URL_SSO_OIDC", strings.ReplaceAll(tt.service, "X", "oidc"))
			cfg := aws.Config{Region: "us-east-1", BaseEndpoint: tt.base, ConfigSources: tt.sources}
			if got, want := aws.ToString(sso.NewFromConfig(cfg).Options().BaseEndpoint), strings.ReplaceAll(tt.want, "X", "sso"); got != want {
				t.Errorf("sso: %q, want %q", got, want)
			}
			if got, want := aws.ToString(ssooidc.NewFromConfig(cfg).Options().BaseEndpoint), strings.ReplaceAll(tt.want, "X", "oidc"); got != want {
				t.Errorf("ssooidc: %q, want %q", got, want)
			}
			code := sso.NewFromConfig(cfg, func(o *sso.Options) { o.BaseEndpoint = new("http://option") })
			if got := aws.ToString(code.Options().BaseEndpoint); got != "http://option" {
				t.Errorf("with an option: %q", got)
			}
		})
	}
}

func TestConfiguredFIPSAndDualStack(t *testing.T) {
	got := sso.NewFromConfig(aws.Config{ConfigSources: []any{1, source{}, source{fips: true}, source{dual: true}}}).Options().EndpointOptions
	want := sso.EndpointOptions{UseFIPSEndpoint: aws.FIPSEndpointStateEnabled, UseDualStackEndpoint: aws.DualStackEndpointStateEnabled}
	if got != want {
		t.Errorf("endpoint options %+v", got)
	}
	if got := ssooidc.NewFromConfig(aws.Config{ConfigSources: []any{source{}}}).Options().EndpointOptions; got != (ssooidc.EndpointOptions{}) {
		t.Errorf("endpoint options %+v without any configured", got)
	}
}

// configuredCase is what configures an endpoint: variables that are "unset", empty or set, and what
// the profile says.
type configuredCase struct {
	global, service string // AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_SSO and ..._SSO_OIDC
	services        string // the profile's services: "", "mine" or "missing"
	url             string // its endpoint_url
	ignore          string // "", "environment" or "profile"
}

// guide returns what the AWS SDK reference guide says of the case ("service-specific endpoints").
func (c configuredCase) guide() string {
	switch {
	case c.ignore != "":
		return ""
	case c.service == "http://env.service":
		return c.service
	case c.global == "http://env":
		return c.global
	case c.services == "mine":
		return "http://services"
	default:
		return c.url
	}
}

// difference names why the SDK's clients do not do what the guide says, and returns what they do.
func (c configuredCase) difference() (name, endpoint string) {
	switch {
	case c.ignore != "" || c.services != "mine":
		return "", ""
	case c.global == "http://env" && c.service == "":
		return "a service's variable that is empty puts the services section before AWS_ENDPOINT_URL", "http://services"
	case c.global == "" && c.service == "unset":
		return "AWS_ENDPOINT_URL that is empty hides the services section", c.url
	default:
		return "", ""
	}
}

// load makes the case come true, and returns what the SDK's loader makes of it.
func (c configuredCase) load(t *testing.T) aws.Config {
	t.Helper()
	text := "[default]\nregion = us-east-1\n"
	if c.services != "" {
		text += "services = " + c.services + "\n"
	}
	if c.url != "" {
		text += "endpoint_url = " + c.url + "\n"
	}
	if c.ignore == "profile" {
		text += "ignore_configured_endpoint_urls = true\n"
	}
	text += "[services mine]\nsso =\n  endpoint_url = http://services\nsso_oidc =\n  endpoint_url = http://services\n"
	file := filepath.Join(t.TempDir(), "config")
	filetest.Write(t, file, text)
	ignore := "unset"
	if c.ignore == "environment" {
		ignore = "true"
	}
	for name, value := range map[string]string{
		"AWS_CONFIG_FILE": file, "AWS_SHARED_CREDENTIALS_FILE": filepath.Join(filepath.Dir(file), "none"),
		"AWS_PROFILE": "unset", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": ignore,
		"AWS_ENDPOINT_URL": c.global, "AWS_ENDPOINT_URL_SSO": c.service, "AWS_ENDPOINT_URL_SSO_OIDC": c.service,
	} {
		t.Setenv(name, value)
		if value == "unset" {
			os.Unsetenv(name)
		}
	}
	cfg, err := config.LoadDefaultConfig(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// TestConfiguredEndpointLikeTheSDK gives the SDK's clients and ours what the SDK's loader makes of a
// grid of variables and profiles. Ours do what the guide says. So do the SDK's, with two exceptions.
func TestConfiguredEndpointLikeTheSDK(t *testing.T) {
	differences := map[string]bool{}
	for _, global := range []string{"unset", "", "http://env"} {
		for _, service := range []string{"unset", "", "http://env.service"} {
			for _, services := range []string{"", "mine", "missing"} {
				for _, url := range []string{"", "http://profile"} {
					for _, ignore := range []string{"", "environment", "profile"} {
						c := configuredCase{global, service, services, url, ignore}
						if name := checkConfigured(t, c); name != "" {
							differences[name] = true
						}
					}
				}
			}
		}
	}
	if len(differences) != 2 {
		t.Errorf("met %d of the 2 differences: %v", len(differences), differences)
	}
}

// checkConfigured returns the name of the difference it met.
func checkConfigured(t *testing.T, c configuredCase) string {
	t.Helper()
	cfg := c.load(t)
	for service, got := range map[string]*string{
		"sso":     sso.NewFromConfig(cfg).Options().BaseEndpoint,
		"ssooidc": ssooidc.NewFromConfig(cfg).Options().BaseEndpoint,
	} {
		if aws.ToString(got) != c.guide() {
			t.Errorf("%+v: our %s: %q, want %q", c, service, aws.ToString(got), c.guide())
		}
	}
	name, want := c.difference()
	if name == "" {
		want = c.guide()
	}
	for service, got := range map[string]*string{
		"sso":     officialsso.NewFromConfig(cfg).Options().BaseEndpoint,
		"ssooidc": officialoidc.NewFromConfig(cfg).Options().BaseEndpoint,
	} {
		if aws.ToString(got) != want {
			t.Errorf("%+v: the SDK's %s: %q, want %q (%s)", c, service, aws.ToString(got), want, name)
		}
	}
	return name
}
