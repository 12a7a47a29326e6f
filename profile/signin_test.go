package profile_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/latchkey-sso/latchkey/profile"
)

// signInFiles are files of a test, with an endpoint in the environment.
func signInFiles(t *testing.T, config string) func(*profile.Options) {
	t.Helper()
	return files(t, config, "", environment{"AWS_ENDPOINT_URL_SSO_OIDC": "http://127.0.0.1:1"})
}

const twoSessions = `[sso-session corp]
sso_start_url = https://corp.awsapps.com/start
sso_region = us-east-1

[profile a]
sso_session = corp
sso_account_id = 111111111111
sso_role_name = Dev

[profile a-again]
sso_session = corp
sso_account_id = 111111111111
sso_role_name = Dev
region = eu-west-1

[profile b]
sso_session = corp
sso_account_id = 222222222222
sso_role_name = Dev

[profile bearer]
sso_session = corp

[profile other]
sso_session = elsewhere
sso_account_id = 333333333333
sso_role_name = Dev

[profile legacy]
sso_start_url = https://corp.awsapps.com/start
sso_region = us-east-1
sso_account_id = 444444444444
sso_role_name = Dev
`

func TestLoadSessionEndpoints(t *testing.T) {
	options := signInFiles(t, twoSessions)
	p, err := profile.LoadSession("corp", options)
	if err != nil {
		t.Fatal(err)
	}
	if p.Profile != "" || p.Line != 1 || p.Session.Name != "corp" || p.Session.Region != "us-east-1" {
		t.Errorf("got %+v", p)
	}
	if p.Endpoints.SSOOIDC != "http://127.0.0.1:1" {
		t.Errorf("endpoint %q, want the one of the environment", p.Endpoints.SSOOIDC)
	}
	if _, err := profile.LoadSession("elsewhere", options); !errors.Is(err, profile.ErrNotFound) {
		t.Errorf("unknown session: %v, want ErrNotFound", err)
	}
}

// TestLoadSessionSettings checks that a setting counts for a session only if all profiles of
// the session have it.
func TestLoadSessionSettings(t *testing.T) {
	const emulator = "endpoint_url = http://127.0.0.1:4566\nca_bundle = /ca.pem\n"
	session := "[sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = us-east-1\n"
	for name, tt := range map[string]struct {
		config           string
		endpoint, bundle string
	}{
		"unrelated profile":     {"[default]\n" + emulator, "", ""},
		"of another session":    {"[profile a]\nsso_session = b\n" + emulator, "", ""},
		"of a legacy profile":   {"[profile a]\nsso_start_url = https://corp.awsapps.com/start\n" + emulator, "", ""},
		"the only user":         {"[profile a]\nsso_session = corp\n" + emulator, "http://127.0.0.1:4566", "/ca.pem"},
		"one of two users":      {"[profile a]\nsso_session = corp\n" + emulator + "[profile b]\nsso_session = corp\n", "", ""},
		"the other of two":      {"[profile b]\nsso_session = corp\n[profile a]\nsso_session = corp\n" + emulator, "", ""},
		"both users":            {"[profile a]\nsso_session = corp\n" + emulator + "[profile b]\nsso_session = corp\n" + emulator, "http://127.0.0.1:4566", "/ca.pem"},
		"users differ, twice":   {"[profile a]\nsso_session = corp\nca_bundle = /a\n[profile b]\nsso_session = corp\nca_bundle = /b\n[profile c]\nsso_session = corp\nca_bundle = /a\n", "", ""},
		"user with a mistake":   {"[profile a]\nsso_session = corp\nuse_fips_endpoint = maybe\n" + emulator, "", ""},
		"by a services section": {"[profile a]\nsso_session = corp\nservices = s\n[services s]\nsso_oidc =\n  endpoint_url = http://127.0.0.1:1\n", "http://127.0.0.1:1", ""},
	} {
		t.Run(name, func(t *testing.T) {
			options := signInFiles(t, session+tt.config)
			noEnv := func(o *profile.Options) { o.Getenv = func(string) string { return "" } }
			p, err := profile.LoadSession("corp", options, noEnv)
			if err != nil {
				t.Fatal(err)
			}
			all, err := profile.Sessions(options, noEnv)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range []profile.SignIn{p, all[0]} {
				if p.Session.Name != "corp" || p.Endpoints.SSOOIDC != tt.endpoint || p.CABundle != tt.bundle {
					t.Errorf("session %q, endpoints %+v, CA bundle %q; want %q and %q", p.Session.Name, p.Endpoints, p.CABundle, tt.endpoint, tt.bundle)
				}
			}
			if c, err := profile.EnvironmentConnection(options, noEnv); c != (profile.Connection{}) || err != nil {
				t.Errorf("of the environment: %+v, %v", c, err)
			}
			if p, err := profile.LoadSession("corp", options); err != nil || p.Endpoints.SSOOIDC != "http://127.0.0.1:1" {
				t.Errorf("got %+v, %v; want the endpoint of the environment", p, err)
			}
		})
	}
}

func TestSessions(t *testing.T) {
	options := signInFiles(t, twoSessions)
	all, err := profile.Sessions(options)
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, p := range all {
		keys = append(keys, p.Session.CacheKey())
	}
	if want := []string{"corp", "elsewhere", "https://corp.awsapps.com/start"}; !slices.Equal(keys, want) {
		t.Errorf("sessions %q, want %q", keys, want)
	}
	// Despite a mistake in the environment or a damaged line, the rest is there.
	for name, spoil := range map[string]func(*profile.Options){
		"environment": func(o *profile.Options) {
			getenv := o.Getenv
			o.Getenv = func(key string) string {
				if key == "AWS_USE_FIPS_ENDPOINT" {
					return "maybe"
				}
				return getenv(key)
			}
		},
		"damage": signInFiles(t, twoSessions+"[profile x\n"),
	} {
		all, err := profile.Sessions(options, spoil)
		if err == nil || len(all) != 3 || all[2].Endpoints.SSOOIDC != "http://127.0.0.1:1" {
			t.Errorf("%s: %d sign-ins, %v", name, len(all), err)
		}
		c, err := profile.EnvironmentConnection(options, spoil)
		if (err != nil) != (name == "environment") || c.Endpoints.SSOOIDC != "http://127.0.0.1:1" {
			t.Errorf("%s: connection %+v, %v", name, c, err)
		}
	}
}

func TestRoles(t *testing.T) {
	got, err := profile.Roles(signInFiles(t, twoSessions))
	if err != nil {
		t.Fatal(err)
	}
	want := []profile.Role{
		{"corp", "", "111111111111", "Dev"},
		{"corp", "", "222222222222", "Dev"},
		{"elsewhere", "", "333333333333", "Dev"},
		{"", "https://corp.awsapps.com/start", "444444444444", "Dev"},
	}
	if !slices.Equal(got, want) {
		t.Errorf("roles %v, want %v", got, want)
	}
}
