package profile_test

import (
	"path/filepath"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/latchkey-sso/latchkey/profile"
)

func TestEndpoints(t *testing.T) {
	const (
		services = "services = x\n"
		both     = "\n[services x]\nsso =\n  endpoint_url = http://services-sso\nsso_oidc =\n  endpoint_url = http://services-oidc\nsts =\n  endpoint_url = http://services-sts\n"
		url      = "endpoint_url = http://profile\n"
	)
	all := environment{
		"AWS_ENDPOINT_URL_SSO": "http://env-sso", "AWS_ENDPOINT_URL_SSO_OIDC": "http://env-oidc", "AWS_ENDPOINT_URL_STS": "http://env-sts",
		"AWS_ENDPOINT_URL": "http://env",
	}
	tests := []struct {
		name   string
		env    environment
		config string // follows [profile p]
		want   profile.Endpoints
	}{
		{"none", nil, "", profile.Endpoints{}},
		{"profile", nil, url, profile.Endpoints{SSO: "http://profile", SSOOIDC: "http://profile", STS: "http://profile"}},
		{"services before profile", nil, services + url + both, profile.Endpoints{SSO: "http://services-sso", SSOOIDC: "http://services-oidc", STS: "http://services-sts"}},
		{
			"one service", nil, services + url + "[services x]\nSSO =\n  ENDPOINT_URL = http://services-sso\n  other = 1",
			profile.Endpoints{SSO: "http://services-sso", SSOOIDC: "http://profile", STS: "http://profile"},
		},
		{"service ids are exact", nil, services + "[services x]\nsso oidc =\n  endpoint_url = a\nsso-oidc =\n  endpoint_url = b", profile.Endpoints{}},
		{"services of its own", nil, services + "[services x]\nsso = http://a\nendpoint_url = http://b", profile.Endpoints{}},
		{"unindented endpoint", nil, services + "[services x]\nsso =\nendpoint_url = http://a", profile.Endpoints{}},
		{"nested in the profile", nil, "sso =\n  endpoint_url = http://a\n", profile.Endpoints{}},
		{"keys of the session", nil, "sso_session = s\n[sso-session s]\nsso_region = r\nsso_start_url = u\nservices = x\nendpoint_url = http://session" + both, profile.Endpoints{}},
		{"environment before services", environment{"AWS_ENDPOINT_URL": "http://env"}, services + url + both, profile.Endpoints{SSO: "http://env", SSOOIDC: "http://env", STS: "http://env"}},
		{"service environment", all, services + url + both, profile.Endpoints{SSO: "http://env-sso", SSOOIDC: "http://env-oidc", STS: "http://env-sts"}},
		{
			"one of the service environment",
			environment{"AWS_ENDPOINT_URL_SSO": "http://env-sso", "AWS_ENDPOINT_URL": "http://env"},
			"",
			profile.Endpoints{SSO: "http://env-sso", SSOOIDC: "http://env", STS: "http://env"},
		},
		{
			"the other, and services",
			environment{"AWS_ENDPOINT_URL_SSO_OIDC": "http://env-oidc"},
			services + both,
			profile.Endpoints{SSO: "http://services-sso", SSOOIDC: "http://env-oidc", STS: "http://services-sts"},
		},
		{
			"empty environment is unset",
			environment{"AWS_ENDPOINT_URL_SSO": "", "AWS_ENDPOINT_URL_SSO_OIDC": "", "AWS_ENDPOINT_URL": ""},
			url,
			profile.Endpoints{SSO: "http://profile", SSOOIDC: "http://profile", STS: "http://profile"},
		},
		{"missing services behind the environment", environment{"AWS_ENDPOINT_URL": "http://env"}, services, profile.Endpoints{SSO: "http://env", SSOOIDC: "http://env", STS: "http://env"}},
		{"ignored by the profile", all, "ignore_configured_endpoint_urls = TRUE\n" + services + url, profile.Endpoints{}},
		{"ignored by the environment", all.with("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "True"), services + url, profile.Endpoints{}},
		{"not ignored", nil, "ignore_configured_endpoint_urls = false\n" + url, profile.Endpoints{SSO: "http://profile", SSOOIDC: "http://profile", STS: "http://profile"}},
		{
			"environment decides on ignoring",
			environment{"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false"},
			"ignore_configured_endpoint_urls = true\n" + url,
			profile.Endpoints{SSO: "http://profile", SSOOIDC: "http://profile", STS: "http://profile"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, err := profile.Load("p", files(t, "[profile p]\n"+tt.config, "", tt.env))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, p.Endpoints); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func (e environment) with(name, value string) environment {
	more := environment{name: value}
	for k, v := range e {
		more[k] = v
	}
	return more
}

// The environment counts for a profile that is in no file, too.
func TestEnvironmentAlone(t *testing.T) {
	p, err := profile.Load("default", files(t, "", "", environment{
		"AWS_ENDPOINT_URL": "http://env", "AWS_USE_FIPS_ENDPOINT": "true", "AWS_USE_DUALSTACK_ENDPOINT": "TRUE",
		"AWS_CA_BUNDLE": "/ca.pem",
	}))
	if err != nil {
		t.Fatal(err)
	}
	want := &profile.Profile{
		Name: "default", Connection: profile.Connection{
			UseFIPS: true, UseDualStack: true, CABundle: "/ca.pem",
			Endpoints: profile.Endpoints{SSO: "http://env", SSOOIDC: "http://env", STS: "http://env"},
		},
	}
	if diff := cmp.Diff(want, p, ignorePlace); diff != "" {
		t.Error(diff)
	}
}

func TestEnvironmentBeforeProfile(t *testing.T) {
	home := t.TempDir()
	p, err := profile.Load("p", files(t, "[profile p]\nuse_fips_endpoint = true\nuse_dualstack_endpoint = what\nca_bundle = mine\nmax_attempts = bad\nretry_mode = worse\nsdk_ua_app_id = x", "", environment{
		"AWS_MAX_ATTEMPTS": "4", "AWS_RETRY_MODE": "standard", "AWS_SDK_UA_APP_ID": "y",
		"AWS_USE_FIPS_ENDPOINT": "False", "AWS_USE_DUALSTACK_ENDPOINT": "true", "AWS_CA_BUNDLE": "~/ca.pem", "HOME": home,
	}))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(&profile.Profile{
		Name: "p", Connection: profile.Connection{
			UseDualStack: true, CABundle: filepath.Join(home, "ca.pem"), RetryMode: "standard", MaxAttempts: 4, AppID: "y",
		},
	}, p, ignorePlace); diff != "" {
		t.Error(diff)
	}
}

func TestBadEnvironment(t *testing.T) {
	for variable, instead := range map[string]string{
		"AWS_USE_FIPS_ENDPOINT": "true or false", "AWS_USE_DUALSTACK_ENDPOINT": "true or false", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true or false",
		"AWS_RETRY_MODE": "standard or adaptive", "AWS_MAX_ATTEMPTS": "a whole number, such as 3",
	} {
		t.Run(variable, func(t *testing.T) {
			_, err := profile.Load("", files(t, "", "", environment{variable: "1x"}))
			want := `profile "default": invalid ` + variable + ` "1x" in the environment; fix: set it to ` + instead + `, or unset it`
			if got := describe(err); got != want {
				t.Errorf("got %s\nwant %s", got, want)
			}
		})
	}
}

func TestOverride(t *testing.T) {
	own, other := profile.Endpoints{SSO: "http://own"}, profile.Endpoints{SSO: "http://other", SSOOIDC: "http://other"}
	full := profile.Connection{Endpoints: own, UseFIPS: true, CABundle: "own.pem", RetryMode: "standard", MaxAttempts: 3, AppID: "own"}
	tests := []struct {
		name          string
		c, over, want profile.Connection
	}{
		{"nothing over nothing", profile.Connection{}, profile.Connection{}, profile.Connection{}},
		{"nothing over all", full, profile.Connection{}, full},
		{
			"all over nothing",
			profile.Connection{},
			full,
			profile.Connection{UseFIPS: true, CABundle: "own.pem", RetryMode: "standard", MaxAttempts: 3, AppID: "own"},
		},
		{
			"all over all", full,
			profile.Connection{Endpoints: other, UseDualStack: true, CABundle: "other.pem", RetryMode: "adaptive", MaxAttempts: -1, AppID: "other"},
			profile.Connection{
				Endpoints: own, UseFIPS: true, UseDualStack: true, CABundle: "other.pem", RetryMode: "adaptive", MaxAttempts: -1, AppID: "other",
			},
		},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, tt.c.Override(tt.over)); diff != "" {
			t.Errorf("%s: %s", tt.name, diff)
		}
	}
}

// TestOverrideKnowsEachField fails if a new field of Connection is not merged.
func TestOverrideKnowsEachField(t *testing.T) {
	for i := range reflect.TypeFor[profile.Connection]().NumField() {
		var over profile.Connection
		field := reflect.ValueOf(&over).Elem().Field(i)
		want := over
		if reflect.TypeFor[profile.Connection]().Field(i).Name == "Endpoints" {
			over.Endpoints.SSO = "http://other" // which does not count
		} else {
			field.Set(nonzero(field.Type()))
			want = over
		}
		if got := (profile.Connection{}).Override(over); got != want {
			t.Errorf("%+v over nothing is %+v", over, got)
		}
	}
}

func nonzero(t reflect.Type) reflect.Value {
	v := reflect.New(t).Elem()
	switch t.Kind() {
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int:
		v.SetInt(1)
	default:
		v.SetString("x")
	}
	return v
}

func TestOrigin(t *testing.T) {
	end := &profile.Profile{
		Name: "end", Session: corpSession(), AccountID: "1", RoleName: "r",
		Connection: profile.Connection{Endpoints: profile.Endpoints{SSO: "http://end"}, CABundle: "end.pem", RetryMode: "standard", AppID: "end"},
	}
	if got := end.Origin(); got != end {
		t.Errorf("without a source: %+v", got)
	}
	middle := &profile.Profile{Name: "middle", SourceProfile: end, Connection: profile.Connection{CABundle: "middle.pem", AppID: "middle"}}
	top := &profile.Profile{
		Name: "top", SourceProfile: middle,
		Connection: profile.Connection{Endpoints: profile.Endpoints{SSO: "http://top"}, UseFIPS: true, AppID: "top"},
	}
	want := *end
	want.Connection = profile.Connection{
		Endpoints: profile.Endpoints{SSO: "http://end"}, UseFIPS: true, CABundle: "middle.pem", RetryMode: "standard", AppID: "top",
	}
	if diff := cmp.Diff(&want, top.Origin()); diff != "" {
		t.Error(diff)
	}
	if end.CABundle != "end.pem" || end.UseFIPS {
		t.Errorf("the source has changed: %+v", end.Connection)
	}
}
