package profile

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func write(t *testing.T, text string) func(*Options) {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "config")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{"HOME": dir, "AWS_ENDPOINT_URL_SSO_OIDC": "http://127.0.0.1:1"}
	return func(o *Options) {
		o.ConfigFile = path
		o.Getenv = func(k string) string { return env[k] }
	}
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

func TestForSessionEndpoints(t *testing.T) {
	options := write(t, twoSessions)
	p, err := ForSession("corp", options)
	if err != nil {
		t.Fatal(err)
	}
	if p.Name != "" || p.Session.Name != "corp" || p.Session.Region != "us-east-1" || p.AccountID != "" {
		t.Errorf("got %+v", p)
	}
	if p.Endpoints.SSOOIDC != "http://127.0.0.1:1" {
		t.Errorf("endpoint %q, want the one of the environment", p.Endpoints.SSOOIDC)
	}
	if _, err := ForSession("elsewhere", options); !errors.Is(err, ErrNotFound) {
		t.Errorf("unknown session: %v, want ErrNotFound", err)
	}
}

func TestRoles(t *testing.T) {
	options := write(t, twoSessions)
	named := &Session{Name: "corp", StartURL: "https://corp.awsapps.com/start"}
	legacy := &Session{StartURL: "https://corp.awsapps.com/start"}
	for _, tt := range []struct {
		session *Session
		want    []Role
	}{
		{named, []Role{{"111111111111", "Dev"}, {"222222222222", "Dev"}}},
		{legacy, []Role{{"444444444444", "Dev"}}},
	} {
		got, err := Roles(tt.session, options)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("roles of %q: %v, want %v", tt.session.CacheKey(), got, tt.want)
		}
	}
}
