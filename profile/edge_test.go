package profile_test

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/latchkey-sso/latchkey/internal/filetest"
	"github.com/latchkey-sso/latchkey/profile"
)

// Files on which AWS tools disagree, and what they mean to this package.
func TestEdgeCases(t *testing.T) {
	const s = "[sso-session s]\nsso_start_url = https://x/start\nsso_region = us-east-1\n"
	session := func() *profile.Session {
		return &profile.Session{Name: "s", StartURL: "https://x/start", Region: "us-east-1"}
	}
	startURL := func(url string) profile.Profile {
		return profile.Profile{Session: &profile.Session{Name: "s", StartURL: url, Region: "us-east-1"}}
	}
	tests := []struct {
		name                string
		config, credentials string
		profile             string // "A" if empty
		want                profile.Profile
		err                 string
	}{
		{name: "01 session after its profile", config: "[profile A]\nsso_session = s\n" + s, want: profile.Profile{Session: session()}},
		{
			name: "01 CRLF", config: "[profile A]\r\nsso_session = s\r\n\r\n[sso-session s]\r\nsso_start_url = https://x/start\r\nsso_region = us-east-1",
			want: profile.Profile{Session: session()},
		},
		{
			name: "02 session in two sections", config: "[sso-session s]\nsso_region = us-east-1\n[profile A]\nsso_session = s\n[sso-session s]\nsso_start_url = https://x/start",
			want: profile.Profile{Session: session()},
		},
		{
			name: "03 plain default first", profile: "default", config: "[default]\nregion = a\nsso_session = gone\n[profile default]\nsso_session = s\n" + s,
			want: profile.Profile{Session: session()},
		},
		{
			name: "03 plain default last", profile: "default", config: "[profile default]\nsso_session = s\n" + s + "[default]\nregion = a\nsso_session = gone",
			want: profile.Profile{Session: session()},
		},
		{
			name: "04 comment after a value", config: "[profile A]\nsso_session = s\n[sso-session s]\nsso_start_url = https://x/start # prod\nsso_region = us-east-1",
			want: startURL("https://x/start"),
		},
		{
			name: "05 fragment", config: "[profile A]\nsso_session = s\n[sso-session s]\nsso_start_url = https://x/start#/\nsso_region = us-east-1",
			want: startURL("https://x/start#/"),
		},
		{
			name: "06 quotes", config: "[profile A]\nsso_session = s\n[sso-session s]\nsso_start_url = \"https://x/start\"\nsso_region = us-east-1",
			want: startURL(`"https://x/start"`),
		},
		{
			name: "07 session in the credentials file", config: "[profile A]\nsso_session = s\n", credentials: s,
			err: `profile: config:2: profile "A": sso_session is "s", but there is no [sso-session s]; fix: move [sso-session s] to the config file`,
		},
		{
			name: "08 key in capitals", config: "[profile A]\nSSO_Session = s\n[sso-session s]\nSSO_START_URL = https://x/start\nSSO_Region = us-east-1",
			want: profile.Profile{Session: session()},
		},
		{
			name: "09 no such session", config: "[profile A]\nsso_session = oops\n" + s,
			err: `profile: config:2: profile "A": sso_session is "oops", but there is no [sso-session oops], only "s"; fix: add the section, or correct sso_session`,
		},
		{
			name: "10 region differs", config: "[profile A]\nsso_session = s\nsso_region = us-west-2\n" + s,
			err: `profile: config:3: profile "A": sso_region is "us-west-2" here and "us-east-1" in [sso-session s] (config:6); fix: remove it here, or make them equal`,
		},
		{name: "10 region is equal", config: "[profile A]\nsso_session = s\nsso_region = us-east-1\n" + s, want: profile.Profile{Session: session()}},
		{
			name: "11 account without role", config: "[profile A]\nsso_session = s\nsso_account_id = 012345678901\n" + s,
			err: `profile: config:1: profile "A": sso_role_name is missing from the profile; fix: add sso_role_name = <name of a permission set>`,
		},
		{name: "12 bearer token only", config: "[profile A]\nsso_session = s\n" + s, want: profile.Profile{Session: session()}},
		{
			name: "13 legacy without account and role", config: "[profile A]\nsso_start_url = https://x/start\nsso_region = us-east-1\n",
			want: profile.Profile{Session: &profile.Session{StartURL: "https://x/start", Region: "us-east-1"}},
		},
		{
			name: "14 static keys", config: "[profile A]\nsso_session = s\n" + s, credentials: "[A]\naws_access_key_id = a\naws_secret_access_key = b",
			want: profile.Profile{Session: session(), OtherCredentials: "static keys"},
		},
		{name: "15 space in a name", profile: "foo bar", config: "[profile \"foo bar\"]\nsso_session = s\n" + s, want: profile.Profile{Session: session()}},
		{name: "15 space in a session name", config: "[profile A]\nsso_session = my sess\n[sso-session \"my sess\"]\nsso_region = r\nsso_start_url = u", want: profile.Profile{
			Session: &profile.Session{Name: "my sess", StartURL: "u", Region: "r"},
		}},
		{name: "16 byte order mark", config: "\ufeff[profile A]\nsso_session = s\n" + s, want: profile.Profile{Session: session()}},
		{
			name: "18 credentials win", config: "[profile A]\nsso_region = us-west-2\nsso_session = s\n" + s, credentials: "[A]\nsso_region = us-east-1",
			want: profile.Profile{Session: session()},
		},
		{
			name: "18 credentials win over an equal value", config: "[profile A]\nsso_region = us-east-1\nsso_session = s\n" + s, credentials: "[A]\nsso_region = us-west-2",
			err: `profile: credentials:2: profile "A": sso_region is "us-west-2" here and "us-east-1" in [sso-session s] (config:6); fix: remove it here, or make them equal`,
		},
		{
			name: "account id with a leading zero", config: "[profile A]\nsso_session = s\nsso_account_id = 000000000001\nsso_role_name = r\n" + s,
			want: profile.Profile{Session: session(), AccountID: "000000000001", RoleName: "r"},
		},
		{name: "space after a session name", config: "[profile A]\nsso_session = s\u00a0\t\n" + s, want: profile.Profile{Session: session()}},
		{
			name: "services name given in the profile", config: "[profile A]\nservices = \"x\"\n[services '\"x\"']\nsso =\n  endpoint_url = http://a",
			want: profile.Profile{Connection: profile.Connection{Endpoints: profile.Endpoints{SSO: "http://a"}}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.profile == "" {
				tt.profile = "A"
			}
			p, err := profile.Load(tt.profile, files(t, tt.config, tt.credentials, nil))
			if got := describe(err); got != tt.err {
				t.Fatalf("error is\n%s\nwant\n%s", got, tt.err)
			}
			if err != nil {
				return
			}
			tt.want.Name = tt.profile
			if diff := cmp.Diff(&tt.want, p, ignorePlace); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestEdgeCase17Tilde(t *testing.T) {
	home := t.TempDir()
	filetest.Write(t, filepath.Join(home, "cfg"), "[profile A]\nregion = r\n")
	p, err := profile.Load("A", environment{"HOME": home, "AWS_CONFIG_FILE": "~/cfg"}.use)
	if err != nil || p.Region != "r" {
		t.Errorf("got %+v, %v", p, err)
	}
}
