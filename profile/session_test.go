package profile_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/latchkey-sso/latchkey/profile"
)

func TestLoadSession(t *testing.T) {
	scopes := func(value string) string {
		return "[sso-session s]\nsso_start_url = u\nsso_region = r\nsso_registration_scopes =" + value
	}
	session := func(scopes ...string) *profile.Session {
		return &profile.Session{Name: "s", StartURL: "u", Region: "r", RegistrationScopes: scopes}
	}
	tests := []struct {
		name, config string
		want         *profile.Session
	}{
		{"one scope", scopes(" sso:account:access"), session("sso:account:access")},
		{"scopes", scopes(" a,,b ,\t"), session("a", "b")},
		{"empty scopes", scopes(""), session([]string{}...)},
		{"only commas", scopes(" , ,"), session([]string{}...)},
		{"in two parts", "[sso-session s]\nsso_start_url = u\n[profile p]\n[sso-session s]\nsso_region = r", session()},
		{"values as written", "[sso-session s]\nsso_start_url = HTTPS://X/#/ # c\nsso_region = US-East-1\n", &profile.Session{Name: "s", StartURL: "HTTPS://X/#/", Region: "US-East-1"}},
		{"damage elsewhere", "[profile s\nwhat\n" + scopes(""), session([]string{}...)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := profile.LoadSession("s", files(t, tt.config, "", nil))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got.Session); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestLoadSessionErrors(t *testing.T) {
	tests := []struct {
		name, config, credentials string
		want                      string
		notFound                  bool
	}{
		{"nothing", "", "", `config: sso-session "corp": there is no [sso-session corp]`, true},
		{"close", "[sso-session crop]", "", `config: sso-session "corp": there is no [sso-session corp]: did you mean "crop"?`, true},
		{"only a profile", "[profile corp]", "[corp]", `config: sso-session "corp": there is no [sso-session corp]`, true},
		{"no prefix", "[corp]", "", `config:1: sso-session "corp": there is no [sso-session corp]; fix: change [corp] to [sso-session corp]`, true},
		{"underscore", "\n[sso_session corp]", "", `config:2: sso-session "corp": there is no [sso-session corp]; fix: change [sso_session corp] to [sso-session corp]`, true},
		{"wrong file", "", "[sso-session corp]", `credentials:1: sso-session "corp": there is no [sso-session corp]; fix: move [sso-session corp] to the config file`, true},
		{"no region", "[sso-session corp]\nsso_start_url = u", "", `config:1: sso-session "corp": sso_region is missing from [sso-session corp]; fix: add sso_region = <region of your Identity Center>`, false},
		{"not a region", "[sso-session corp]\nsso_start_url = u\nsso_region = \"us-east-1\"", "", `config:3: sso-session "corp": invalid sso_region "\"us-east-1\""; fix: set it to a region, such as us-east-1`, false},
		{"damaged", "[sso-session corp]\nwhat", "", `config:2: sso-session "corp": Expected an '=' sign defining a property; fix: write key = value, or # before a comment`, false},
		{"damaged section line", "[sso-session corp", "", `config:1: sso-session "corp": Profile definition must end with ']'; fix: end the line with ], and put nothing after it but a comment`, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := profile.LoadSession("corp", files(t, tt.config, tt.credentials, nil))
			if got := describe(err); got != "profile: "+tt.want {
				t.Errorf("got\n%s\nwant\nprofile: %s", got, tt.want)
			}
			if errors.Is(err, profile.ErrNotFound) != tt.notFound {
				t.Errorf("ErrNotFound is %t", !tt.notFound)
			}
		})
	}
}

func TestSessionKinds(t *testing.T) {
	named := profile.Session{Name: "corp", StartURL: "u"}
	if named.CacheKey() != "corp" || !named.Refreshable() {
		t.Errorf("named: key %q, refreshable %t", named.CacheKey(), named.Refreshable())
	}
	legacy := profile.Session{StartURL: "u"}
	if legacy.CacheKey() != "u" || legacy.Refreshable() {
		t.Errorf("legacy: key %q, refreshable %t", legacy.CacheKey(), legacy.Refreshable())
	}
}
