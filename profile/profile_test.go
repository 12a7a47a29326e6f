package profile_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/latchkey-sso/latchkey/profile"
)

func TestLoad(t *testing.T) {
	legacy := &profile.Session{StartURL: "https://x/start", Region: "eu-west-1"}
	const legacyKeys = "sso_start_url = https://x/start\nsso_region = eu-west-1\nsso_account_id = 012345678901\nsso_role_name = Admin\n"
	tests := []struct {
		name                string
		config, credentials string
		want                profile.Profile
	}{
		{"nothing", "", "", profile.Profile{}},
		{"region", "[profile p]\nregion = eu-west-1", "", profile.Profile{Region: "eu-west-1"}},
		{
			"session", "[profile p]\nregion = eu-west-1\nsso_session = corp\nsso_account_id = 012345678901\nsso_role_name = Admin" + corp, "",
			profile.Profile{Region: "eu-west-1", Session: corpSession(), AccountID: "012345678901", RoleName: "Admin"},
		},
		{"session only", "[profile p]\nsso_session = corp" + corp, "", profile.Profile{Session: corpSession()}},
		{"session of the credentials file", "[profile p]" + corp, "[p]\nsso_session = corp", profile.Profile{Session: corpSession()}},
		{
			"profile repeats the session", "[profile p]\nsso_session = corp\nsso_region = us-east-1\nsso_start_url =" + corp, "",
			profile.Profile{Session: corpSession()},
		},
		{"legacy", "[profile p]\n" + legacyKeys, "", profile.Profile{Session: legacy, AccountID: "012345678901", RoleName: "Admin"}},
		{
			"empty session is legacy", "[profile p]\nsso_session =\n" + legacyKeys, "",
			profile.Profile{Session: legacy, AccountID: "012345678901", RoleName: "Admin"},
		},
		{
			"legacy to sign in with", "[profile p]\nsso_start_url = https://x/start\nsso_region = eu-west-1\nsso_account_id =", "",
			profile.Profile{Session: legacy},
		},
		{"empty keys are no SSO", "[profile p]\nsso_region =\nsso_account_id =\n", "", profile.Profile{}},
		{
			"static keys", "[profile p]\nsso_session = corp" + corp, "[p]\naws_access_key_id = a\naws_secret_access_key = b",
			profile.Profile{Session: corpSession(), OtherCredentials: "static keys"},
		},
		{"half of the static keys", "", "[p]\naws_access_key_id = a\naws_secret_access_key =", profile.Profile{}},
		{"web identity", "[profile p]\nweb_identity_token_file = f", "", profile.Profile{OtherCredentials: "web_identity_token_file"}},
		{"process", "[profile p]\ncredential_process = c\n", "", profile.Profile{OtherCredentials: "credential_process"}},
		{"process after login", "[profile p]\ncredential_process = c\nlogin_session = l", "", profile.Profile{OtherCredentials: "login_session"}},
		{"process after SSO", "[profile p]\ncredential_process = c\nsso_session = corp" + corp, "", profile.Profile{Session: corpSession()}},
		{"CA bundle", "[profile p]\nca_bundle = /etc/ca.pem", "", profile.Profile{Connection: profile.Connection{CABundle: "/etc/ca.pem"}}},
		{"retries", "[profile p]\nretry_mode = Adaptive\nmax_attempts = 5\nsdk_ua_app_id = x", "", profile.Profile{Connection: profile.Connection{RetryMode: "adaptive", MaxAttempts: 5, AppID: "x"}}},
		{"retries of the older SDKs", "[profile p]\nretry_mode = legacy\nmax_attempts = 0", "", profile.Profile{}},
		{"flags", "[profile p]\nuse_fips_endpoint = True\nuse_dualstack_endpoint = FALSE", "", profile.Profile{Connection: profile.Connection{UseFIPS: true}}},
		{"other flag", "[profile p]\nuse_fips_endpoint =\nuse_dualstack_endpoint = true", "", profile.Profile{Connection: profile.Connection{UseDualStack: true}}},
		{
			"role keys without a role", "[profile p]\nsource_profile = q\nexternal_id = x\nduration_seconds = bad", "",
			profile.Profile{},
		},
		{
			"role on SSO", "[profile p]\nsso_session = corp\nrole_arn = arn\nexternal_id = x\nrole_session_name = me\nmfa_serial = m\nduration_seconds = 3600" + corp, "",
			profile.Profile{
				Session: corpSession(), RoleARN: "arn", ExternalID: "x",
				RoleSessionName: "me", MFASerial: "m", DurationSeconds: 3600,
			},
		},
		{
			"role on credential_source", "[profile p]\nrole_arn = arn\ncredential_source = Environment", "",
			profile.Profile{RoleARN: "arn", OtherCredentials: "credential_source"},
		},
		{
			"role on a source profile", "[profile p]\nrole_arn = arn\nsource_profile = q\n[profile q]\nregion = r\nsso_session = corp" + corp, "",
			profile.Profile{RoleARN: "arn", SourceProfile: &profile.Profile{Name: "q", Region: "r", Session: corpSession()}},
		},
		{
			"chain of roles", "[profile p]\nrole_arn = 1\nsource_profile = q\n[profile q]\nrole_arn = 2\nsource_profile = default\n[default]\nsso_session = corp" + corp, "",
			profile.Profile{RoleARN: "1", SourceProfile: &profile.Profile{
				Name: "q", RoleARN: "2", SourceProfile: &profile.Profile{Name: "default", Session: corpSession()},
			}},
		},
		{
			"source of the credentials file", "[profile p]\nrole_arn = 1\nsource_profile = q", "[q]\naws_access_key_id = a\naws_secret_access_key = b",
			profile.Profile{RoleARN: "1", SourceProfile: &profile.Profile{Name: "q", OtherCredentials: "static keys"}},
		},
		{
			"keys of a source end the chain", "[profile p]\nrole_arn = 1\nsource_profile = q\n[profile q]\nrole_arn = 2\nsource_profile = none", "[q]\naws_access_key_id = a\naws_secret_access_key = b",
			profile.Profile{RoleARN: "1", SourceProfile: &profile.Profile{Name: "q", OtherCredentials: "static keys"}},
		},
		{
			"its own source", "[profile p]\nrole_arn = arn\nsource_profile = p\nmfa_serial = m\nsso_session = corp" + corp, "",
			profile.Profile{
				RoleARN: "arn", MFASerial: "m", Session: corpSession(),
				SourceProfile: &profile.Profile{Name: "p", Session: corpSession()},
			},
		},
		{
			"its own source, with keys", "[profile p]\nrole_arn = arn\nsource_profile = p", "[p]\naws_access_key_id = a\naws_secret_access_key = b",
			profile.Profile{
				RoleARN: "arn", OtherCredentials: "static keys",
				SourceProfile: &profile.Profile{Name: "p", OtherCredentials: "static keys"},
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.want.Name = "p"
			got, err := profile.Load("p", files(t, "[profile p]\n"+tt.config, tt.credentials, nil))
			if err != nil {
				t.Fatal(err)
			}
			if got.File == "" || got.Line != 1 {
				t.Errorf("at %s:%d", got.File, got.Line)
			}
			if diff := cmp.Diff(&tt.want, got, ignorePlace); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestLoadErrors(t *testing.T) {
	tests := []struct {
		name, config string
		want         string
	}{
		{
			"no such session", "[profile p]\nsso_session = oops" + corp,
			`profile: config:2: profile "p": sso_session is "oops", but there is no [sso-session oops], only "corp"; fix: add the section, or correct sso_session`,
		},
		{
			"session misspelled", "[profile p]\nsso_session = Crop" + corp,
			`profile: config:2: profile "p": sso_session is "Crop", but there is no [sso-session Crop]: did you mean "corp"?; fix: add the section, or correct sso_session`,
		},
		{
			"no sessions", "[profile p]\nsso_session = oops",
			`profile: config:2: profile "p": sso_session is "oops", but there is no [sso-session oops]; fix: add the section, or correct sso_session`,
		},
		{
			"session without region", "[profile p]\nsso_session = s\n[sso-session s]\nsso_start_url = u",
			`profile: config:3: profile "p": sso_region is missing from [sso-session s]; fix: add sso_region = <region of your Identity Center>`,
		},
		{
			"empty session", "[profile p]\nsso_session = s\n[sso-session s]\nsso_region =\n",
			`profile: config:3: profile "p": sso_start_url and sso_region are missing from [sso-session s]; fix: ` +
				`add sso_start_url = <https URL of your AWS access portal> and sso_region = <region of your Identity Center>`,
		},
		{
			"damaged session", "[profile p]\nsso_session = s\n[sso-session s]\nsso_region: x\n",
			`profile: config:4: profile "p": Expected an '=' sign defining a property; fix: write key = value, or # before a comment`,
		},
		{
			"region differs", "[profile p]\nsso_session = corp\nsso_region = us-west-2" + corp,
			`profile: config:3: profile "p": sso_region is "us-west-2" here and "us-east-1" in [sso-session corp] (config:6); fix: remove it here, or make them equal`,
		},
		{
			"start URL differs", "[profile p]\nsso_session = corp\nsso_start_url = https://corp.awsapps.com/start/" + corp,
			`profile: config:3: profile "p": sso_start_url is "https://corp.awsapps.com/start/" here and "https://corp.awsapps.com/start" in [sso-session corp] (config:5); fix: ` +
				`remove it here, or make them equal`,
		},
		{
			"account without role", "[profile p]\nsso_session = corp\nsso_account_id = 1" + corp,
			`profile: config:1: profile "p": sso_role_name is missing from the profile; fix: add sso_role_name = <name of a permission set>`,
		},
		{
			"role without account", "[profile p]\nsso_session = corp\nsso_account_id =\nsso_role_name = r" + corp,
			`profile: config:3: profile "p": sso_account_id is missing from the profile; fix: add sso_account_id = <12-digit account ID>`,
		},
		{
			"another host for a region", "[profile p]\nsso_session = s\n[sso-session s]\nsso_start_url = u\nsso_region = evil.com/#",
			`profile: config:5: profile "p": invalid sso_region "evil.com/#"; fix: set it to a region, such as us-east-1`,
		},
		{
			"legacy with another host for a region", "[profile p]\nsso_start_url = u\nsso_region = x@evil.com\nsso_account_id = 1\nsso_role_name = r",
			`profile: config:3: profile "p": invalid sso_region "x@evil.com"; fix: set it to a region, such as us-east-1`,
		},
		{
			"legacy without role", "[profile p]\nsso_start_url = u\nsso_account_id = 1",
			`profile: config:1: profile "p": sso_region and sso_role_name are missing from the profile; fix: ` +
				`add sso_region = <region of your Identity Center> and sso_role_name = <name of a permission set>`,
		},
		{
			"legacy without region", "[profile p]\nsso_start_url = u\nsso_account_id = 1\nsso_role_name = r",
			`profile: config:1: profile "p": sso_region is missing from the profile; fix: add sso_region = <region of your Identity Center>`,
		},
		{
			"legacy without start URL and region", "[profile p]\nsso_account_id = 1\nsso_role_name = r",
			`profile: config:1: profile "p": sso_start_url and sso_region are missing from the profile; fix: add them, or sso_session = <name of an [sso-session] section>`,
		},
		{
			"indented words", "[profile p]\nsso_session = corp\n  mine\nsso_account_id = 1" + corp,
			`profile: config:2: profile "p": sso_session continues on the next line, because that line is indented; fix: start the line, setting or comment, in the first column`,
		},
		{
			"bad flag", "[profile p]\nuse_fips_endpoint = yes",
			`profile: config:2: profile "p": invalid use_fips_endpoint "yes"; fix: set it to true or false`,
		},
		{
			"bad other flag", "[profile p]\nuse_dualstack_endpoint = 1",
			`profile: config:2: profile "p": invalid use_dualstack_endpoint "1"; fix: set it to true or false`,
		},
		{
			"bad ignore flag", "[profile p]\nignore_configured_endpoint_urls = x",
			`profile: config:2: profile "p": invalid ignore_configured_endpoint_urls "x"; fix: set it to true or false`,
		},
		{
			"bad retry mode", "[profile p]\nretry_mode = often",
			`profile: config:2: profile "p": invalid retry_mode "often"; fix: set it to standard or adaptive`,
		},
		{
			"bad attempts", "[profile p]\nmax_attempts = 3x",
			`profile: config:2: profile "p": invalid max_attempts "3x"; fix: set it to a whole number, such as 3`,
		},
		{"damage", "[profile p]\nwhat", `profile: config:2: profile "p": Expected an '=' sign defining a property; fix: write key = value, or # before a comment`},
		{
			"no such source", "[profile p]\nrole_arn = a\nsource_profile = q\n[profile r]",
			`profile: config:3: profile "p": source_profile is "q", but there is no [profile q], only "p", "r"; fix: add the section, or correct source_profile`,
		},
		{
			"no default source", "[profile p]\nrole_arn = a\nsource_profile = default",
			`profile: config:3: profile "p": source_profile is "default", but there is no [default], only "p"; fix: add the section, or correct source_profile`,
		},
		{
			"circle", "[profile p]\nrole_arn = a\nsource_profile = q\n[profile q]\nrole_arn = a\nsource_profile = r\n[profile r]\nrole_arn = a\nsource_profile = p",
			`profile: config:9: profile "r": source_profile forms a cycle: p -> q -> r -> p; fix: name a profile outside the cycle`,
		},
		{
			"its own source without credentials", "[profile p]\nrole_arn = a\nsource_profile = p",
			`profile: config:3: profile "p": source_profile is the profile itself, which has no credentials; fix: name another profile, or add sso_session`,
		},
		{
			"two sources", "[profile p]\nrole_arn = a\nsource_profile = q\ncredential_source = Environment",
			`profile: config:3: profile "p": source_profile and credential_source are mutually exclusive; fix: remove one`,
		},
		{
			"mistake in the source", "[profile p]\nrole_arn = a\nsource_profile = q\n[profile q]\nsso_session = x",
			`profile: config:5: profile "q": sso_session is "x", but there is no [sso-session x]; fix: add the section, or correct sso_session`,
		},
		{
			"damage in the source", "[profile p]\nrole_arn = a\nsource_profile = q\n[profile q]\nwhat",
			`profile: config:5: profile "q": Expected an '=' sign defining a property; fix: write key = value, or # before a comment`,
		},
		{
			"no such services", "[profile p]\nservices = x\n[services abc]",
			`profile: config:2: profile "p": services is "x", but there is no [services x], only "abc"; fix: add the section, or correct services`,
		},
		{
			"damaged services", "[profile p]\nservices = x\n[services x]\nsso =\n  what",
			`profile: config:5: profile "p": Expected an '=' sign defining a sub-property; fix: write name = value, or start a comment in the first column`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, err := profile.Load("p", files(t, tt.config, "", nil))
			if got := describe(err); got != tt.want {
				t.Errorf("got %+v\n%s\nwant\n%s", p, got, tt.want)
			}
			if errors.Is(err, profile.ErrNotFound) {
				t.Error("the profile is there, and the error says it is not")
			}
		})
	}
}

func TestErrorFields(t *testing.T) {
	tests := []struct {
		name, config string
		want         profile.Error
	}{
		{
			"session", "[profile p]\nsso_session = oops" + corp,
			profile.Error{Line: 2, Profile: "p", Session: "oops", Key: "sso_session", Similar: []string{"corp"}},
		},
		{
			"key of the session", "[profile p]\nsso_session = s\n[sso-session s]\nsso_region = r",
			profile.Error{Line: 3, Profile: "p", Session: "s", Key: "sso_start_url"},
		},
		{"damaged session", "[profile p]\nsso_session = s\n[sso-session s]\n = r", profile.Error{Line: 4, Profile: "p", Session: "s"}},
		{"not found", "[profile dev]\n[profile pp]", profile.Error{Profile: "p", Similar: []string{"dev", "pp"}, Err: profile.ErrNotFound}},
		{
			"source", "[profile p]\nrole_arn = a\nsource_profile = dve\n[profile dev]",
			profile.Error{Line: 3, Profile: "p", Key: "source_profile", Similar: []string{"dev"}},
		},
		{"services", "[profile p]\nservices = cor\n[services corp]", profile.Error{Line: 2, Profile: "p", Key: "services", Similar: []string{"corp"}}},
		{"only a start URL", "[profile p]\nsso_start_url = u", profile.Error{Line: 1, Profile: "p", Key: "sso_region"}},
		{"only a region", "[profile p]\nsso_region = r", profile.Error{Line: 1, Profile: "p", Key: "sso_start_url"}},
		{"only an account", "[profile p]\nsso_account_id = 1", profile.Error{Line: 1, Profile: "p", Key: "sso_session"}},
		{"only a role", "[profile p]\nsso_role_name = r", profile.Error{Line: 1, Profile: "p", Key: "sso_session"}},
		{"flag", "[profile p]\nuse_fips_endpoint = x", profile.Error{Line: 2, Profile: "p", Key: "use_fips_endpoint"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := profile.Load("p", files(t, tt.config, "", nil))
			e, ok := errors.AsType[*profile.Error](err)
			if !ok {
				t.Fatalf("error is %v", err)
			}
			got := *e
			if filepath.Base(got.File) != "config" || got.Reason == "" {
				t.Errorf("file is %q, reason %q", got.File, got.Reason)
			}
			got.File, got.Reason, got.Fix = "", "", ""
			if got.Err != tt.want.Err { //nolint:errorlint // the very value is meant
				t.Errorf("cause is %v", got.Err)
			}
			got.Err, tt.want.Err = nil, nil
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSecretsStayOutOfErrors(t *testing.T) {
	for name, credentials := range map[string]string{
		"colon":        "[p]\naws_secret_access_key: hunter2\n",
		"no section":   "aws_secret_access_key = hunter2\n[p]\nwhat\n",
		"no key":       "[p]\n = hunter2\n",
		"continuation": "[p]\n hunter2\n",
		"nested":       "[p]\naws_secret_access_key =\n  hunter2\n",
	} {
		t.Run(name, func(t *testing.T) {
			set := files(t, "", credentials, nil)
			_, err := profile.Load("p", set)
			_, _, namesErr := profile.Names(set)
			if err == nil || namesErr == nil {
				t.Fatalf("errors are %v and %v", err, namesErr)
			}
			if text := err.Error() + namesErr.Error(); strings.Contains(text, "hunter2") {
				t.Error(text)
			}
		})
	}
}

func TestNames(t *testing.T) {
	const config = "[profile b]\n[default]\n[sso-session t]\n[profile a]\n[sso-session s]\n[services x]\n[profile b]\n"
	profiles, sessions, err := profile.Names(files(t, config, "[c]\n[a]", nil))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"b", "default", "a", "c"}, profiles); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"t", "s"}, sessions); diff != "" {
		t.Error(diff)
	}
	profiles, sessions, err = profile.Names(files(t, "junk\n"+config, "[c]\n[a]", nil))
	if got := describe(err); got != "profile: config:1: Expected a profile definition; fix: write it below a section line, such as [profile NAME]" {
		t.Errorf("error is %s", got)
	}
	if len(profiles) != 4 || len(sessions) != 2 {
		t.Errorf("names are %q and %q", profiles, sessions)
	}
}
