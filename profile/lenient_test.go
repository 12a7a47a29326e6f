package profile_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/latchkey-sso/latchkey/profile"
)

// TestLoadReadsWhatToolsRead reads files that the grammar forbids and that the Go SDK, the
// JavaScript SDK, the AWS CLI and boto3 all read.
func TestLoadReadsWhatToolsRead(t *testing.T) {
	const keys = "sso_session = corp\nsso_account_id = 012345678901\nsso_role_name = Admin\n"
	tests := []struct{ name, config, credentials string }{
		{"keys", "[profile p]\n  sso_session = corp\n  sso_account_id = 012345678901\n  sso_role_name = Admin\n" + corp, ""},
		{"tabs", "[profile p]\n\tsso_session = corp\n\tsso_account_id = 012345678901\n\tsso_role_name = Admin\n" + corp, ""},
		{"section line", " [profile p]\n" + keys + "\t[sso-session corp] # c\nsso_region = us-east-1\nsso_start_url = https://corp.awsapps.com/start\nsso_registration_scopes = sso:account:access", ""},
		{"section line after a key", "[profile q]\nregion = x\n  [profile p] # c\n" + keys + corp, ""},
		{"section line after a byte order mark", "\ufeff  [profile p]\n" + keys + corp, ""},
		{"comment between keys", "[profile p]\nsso_session = corp\n  # c = d\nsso_account_id = 012345678901\n\t; sso_role_name = No\nsso_role_name = Admin\n" + corp, ""},
		{"comment after the section line", "[profile p]\n  # c\n" + keys + corp, ""},
		{"comment among nested keys", "[profile p]\n" + keys + "s3 =\n  a = b\n  # c\n  d = e\n" + corp, ""},
		{"comment after a key", "[profile p]\n  sso_session = corp # c\n  sso_account_id = 012345678901\t; c\n  sso_role_name = Admin\n" + corp, ""},
		{"keys in capitals", "[profile p]\n  SSO_session = corp\n  sso_account_id = 012345678901\n  sso_role_name = Admin\n" + corp, ""},
		{"CRLF", "  [profile p]\r\n  sso_session = corp\r\n  # c\r\n  sso_account_id = 012345678901\r\n  sso_role_name = Admin\r\n" + corp, ""},
		{
			"non-breaking spaces",
			"\u00a0[profile p]\n\u00a0sso_session\u00a0=\u00a0corp\u00a0\nsso_account_id = 012345678901\u00a0 # c\n\u00a0\n\u00a0# c\nsso_role_name =\u2003Admin\n" + corp, "",
		},
		{"credentials file", corp, "  [p]\n  sso_session = corp\n  # c\n  sso_account_id = 012345678901\n  sso_role_name = Admin\n"},
	}
	want := &profile.Profile{Name: "p", Session: corpSession(), AccountID: "012345678901", RoleName: "Admin"}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			use := files(t, tt.config, tt.credentials, nil)
			p, err := profile.Load("p", use)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, p, ignorePlace); diff != "" {
				t.Error(diff)
			}
			profiles, sessions, err := profile.Names(use)
			if err != nil || !slices.Contains(profiles, "p") || !slices.Equal(sessions, []string{"corp"}) {
				t.Errorf("names are %q and %q, %v", profiles, sessions, err)
			}
			roles, err := profile.Roles(use)
			if err != nil || !slices.Equal(roles, []profile.Role{{Session: "corp", AccountID: "012345678901", RoleName: "Admin"}}) {
				t.Errorf("roles are %v, %v", roles, err)
			}
			if findings, err := profile.Lint(use); err != nil || len(findings) == 0 {
				t.Errorf("lint says nothing of it, %v", err)
			}
		})
	}
}

// TestLoadNames reads names that the AWS CLI writes and reads.
func TestLoadNames(t *testing.T) {
	for _, name := range []string{"本番", "dév", "a=b", "a,b", "a(b)", "$x", "cörp", "a[b]", "a{b}", "ß!", "x&y", "~"} {
		t.Run(name, func(t *testing.T) {
			use := files(t, "[profile "+name+"]\nsso_session = "+name+"\n[sso-session "+name+"]\nsso_region = us-east-1\nsso_start_url = https://x/start\n", "["+name+"]\nregion = r\n", nil)
			p, err := profile.Load(name, use)
			if err != nil {
				t.Fatal(err)
			}
			want := &profile.Profile{Name: name, Region: "r", Session: &profile.Session{Name: name, StartURL: "https://x/start", Region: "us-east-1"}}
			if diff := cmp.Diff(want, p, ignorePlace); diff != "" {
				t.Error(diff)
			}
			if p, err := profile.LoadSession(name, use); err != nil || p.Session.Name != name {
				t.Errorf("session is %+v, %v", p, err)
			}
			profiles, sessions, err := profile.Names(use)
			if err != nil || !slices.Equal(profiles, []string{name}) || !slices.Equal(sessions, []string{name}) {
				t.Errorf("names are %q and %q, %v", profiles, sessions, err)
			}
		})
	}
}

// TestLoadNameOfTheCredentialsFile reads a name with a space, which the AWS CLI writes without
// quotes in the credentials file.
func TestLoadNameOfTheCredentialsFile(t *testing.T) {
	p, err := profile.Load("my keys", files(t, "[profile 'my keys']\nregion = r\n", "[my keys]\naws_access_key_id = a\naws_secret_access_key = b\n", nil))
	if err != nil || p.Region != "r" || p.OtherCredentials != "static keys" {
		t.Errorf("profile is %+v, %v", p, err)
	}
}

func TestNotFoundHintsOfOddNames(t *testing.T) {
	tests := []struct{ name, config, want string }{
		{"本番", "[profile dev]", `profile: config: profile "本番": there is no [profile 本番], only "dev"`},
		{"本番", "[本番]", `profile: config:1: profile "本番": there is no [profile 本番]; fix: change [本番] to [profile 本番]`},
		{"a(b)", "[Profile a(b)]", `profile: config:1: profile "a(b)": there is no [profile a(b)]; fix: change [Profile a(b)] to [profile a(b)]`},
		{"it's", "[profile it's]", `profile: config:1: profile "it's": there is no [profile 'it'"'"'s']: only the Go SDK reads [profile it's]; fix: choose a name of letters, digits and _-/.%@:+`},
		{"it's", "[it's]", `profile: config:1: profile "it's": there is no [profile 'it'"'"'s']: no tool reads [it's]; fix: choose a name of letters, digits and _-/.%@:+`},
	}
	for _, tt := range tests {
		_, err := profile.Load(tt.name, files(t, tt.config, "", nil))
		if got := describe(err); got != tt.want {
			t.Errorf("got\n%s\nwant\n%s", got, tt.want)
		}
	}
}

// TestNumbersOfGoSDK checks that numbers are read as the Go SDK reads them.
func TestNumbersOfGoSDK(t *testing.T) {
	durations := map[string]int{
		"": 0, "3600": 3600, "0x1000": 4096, "960": 960, "959": 900, "900": 900, "300": 900, "0": 900, "-1": 900, "1h": 0, "1.5": 0, "x\n  y": 0,
	}
	for text, want := range durations {
		use := files(t, "[profile p]\nrole_arn = arn\nduration_seconds = "+text+"\ncredential_source = Environment\n", "", nil)
		p, err := profile.Load("p", use)
		if err != nil || p.DurationSeconds != want {
			t.Errorf("duration_seconds = %q is %+v, %v; want %d", text, p, err, want)
		}
	}
	attempts := []struct {
		variable, text string
		want           int
	}{
		{"", "3", 3},
		{"", "0x3", 3},
		{"", "010", 8},
		{"", "-1", -1},
		{"", "0", 0},
		{"", "", 0},
		{"4", "3", 4},
		{"0", "3", 3},
		{"0", "", 0},
		{"-1", "3", -1},
		{"4", "x", 4},
		{"010", "", 10},
	}
	for _, tt := range attempts {
		p, err := profile.Load("p", files(t, "[profile p]\nmax_attempts = "+tt.text, "", environment{"AWS_MAX_ATTEMPTS": tt.variable}))
		if err != nil || p.MaxAttempts != tt.want {
			t.Errorf("AWS_MAX_ATTEMPTS=%q, max_attempts = %q: %+v, %v; want %d", tt.variable, tt.text, p, err, tt.want)
		}
	}
}
