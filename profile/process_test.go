package profile_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/latchkey-sso/latchkey/profile"
)

const processTarget = "\n[profile x y]\n[profile 'x y']\nsso_session = corp\n[profile x]\nsso_session = corp\nsso_account_id = 012345678901\nsso_role_name = Admin\n" +
	"use_fips_endpoint = true\nservices = e\n[services e]\nsso =\n  endpoint_url = http://e\n" + corp

func TestCredentialProcess(t *testing.T) {
	for _, command := range []string{
		"latchkey credential-process --profile x",
		"latchkey credential-process --profile=x",
		"latchkey credential-process -p x",
		"latchkey credential-process -px",
		"latchkey credential-process -p=x",
		"latchkey --profile x credential-process",
		"latchkey --debug -p dev credential-process --debug=true --profile \"x\"",
		"latchkey credential-process --login --login-wait 30s --profile x",
		"latchkey credential-process --login-wait=30s --profile x",
		"/usr/local/bin/latchkey credential-process --profile x",
		"~/go/bin/latchkey  credential-process\t--profile 'x'",
		`"/Applications/My Tools/latchkey" credential-process --profile x`,
		`/Applications/My\ Tools/latchkey credential-process --profile x`,
		`C:\Tools\latchkey.exe credential-process --profile x`,
		`"C:\Program Files\Latchkey\Latchkey.EXE" "credential-process" "--profile" "x"`,
		"latchkey credential-process", // AWS_PROFILE
	} {
		t.Run(command, func(t *testing.T) {
			use := files(t, "[profile p]\nregion = r\ncredential_process = "+command+processTarget, "", environment{"AWS_PROFILE": "x"})
			p, err := profile.Load("p", use)
			if err != nil {
				t.Fatal(err)
			}
			want := &profile.Profile{
				Name: "p", Region: "r", Session: corpSession(), AccountID: "012345678901", RoleName: "Admin",
				Connection: profile.Connection{UseFIPS: true, Endpoints: profile.Endpoints{SSO: "http://e"}},
			}
			if diff := cmp.Diff(want, p, ignorePlace); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestProcessOfSession: a credential_process may name a role of a session instead of a profile.
func TestProcessOfSession(t *testing.T) {
	for _, command := range []string{
		"latchkey credential-process --sso-session corp --account 012345678901 --role Admin",
		"latchkey credential-process --login --role=Admin --account=012345678901 --sso-session=\"corp\"",
	} {
		config := "[profile p]\nregion = r\nuse_fips_endpoint = true\ncredential_process = " + command + corp
		p, err := profile.Load("p", files(t, config, "", nil))
		if err != nil {
			t.Fatal(err)
		}
		want := &profile.Profile{
			Name: "p", Region: "r", Session: corpSession(), AccountID: "012345678901", RoleName: "Admin",
			Connection: profile.Connection{UseFIPS: true},
		}
		if diff := cmp.Diff(want, p, ignorePlace); diff != "" {
			t.Errorf("%s: %s", command, diff)
		}
	}
	_, err := profile.Load("p", files(t, "[profile p]\ncredential_process = latchkey credential-process --sso-session crop --account 1 --role x"+corp, "", nil))
	if _, bad := errors.AsType[*profile.Error](err); !bad {
		t.Errorf("a session that is not there: %v", err)
	}
}

func TestProcessIsLeftAlone(t *testing.T) {
	for _, command := range []string{
		"latchkey", "latchkey status --profile x", "latchkey login", "latchkey credential-process --profile", "latchkey credential-process x",
		"latchkey credential-process --profile $P", "latchkey credential-process --profile \"$P\"", "latchkey credential-process -p x | tee log", "latchkey credential-process -p 'x",
		"env latchkey credential-process -p x", "notlatchkey credential-process -p x", "latchkey-old credential-process -p x", "latchkey credential-process -p x --endpoint y", "''", "granted credential-process --profile x",
		"latchkey credential-process --sso-session corp", "latchkey credential-process --sso-session corp --account 1", "latchkey credential-process --account 1 --role x",
	} {
		p, err := profile.Load("p", files(t, "[profile p]\ncredential_process = "+command+processTarget, "", nil))
		if err != nil || p.Session != nil || p.OtherCredentials != "credential_process" {
			t.Errorf("%s: %+v, %v", command, p, err)
		}
	}
}

func TestProcessOfAProfileWithAnother(t *testing.T) {
	const process = "credential_process = latchkey credential-process --profile x\n"
	x := profile.Profile{Session: corpSession(), AccountID: "012345678901", RoleName: "Admin", Connection: profile.Connection{UseFIPS: true, Endpoints: profile.Endpoints{SSO: "http://e"}}}
	named := func(name string) *profile.Profile {
		p := x
		p.Name = name
		return &p
	}
	role := func(p *profile.Profile, source *profile.Profile) *profile.Profile {
		p.RoleARN, p.SourceProfile = "arn", source
		return p
	}
	const ofRole, roleOverX = "credential_process = latchkey credential-process -p q\n", "[profile q]\nrole_arn = arn\nsource_profile = x\n"
	tests := []struct {
		name, config, credentials string
		want                      *profile.Profile
	}{
		{"through two", "credential_process = latchkey credential-process -p q\n[profile q]\n" + process, "", named("p")},
		{"name with a space", "credential_process = latchkey credential-process -p 'x y'\n", "", &profile.Profile{Name: "p", Session: corpSession()}},
		{"role over it", "role_arn = arn\nsource_profile = q\n[profile q]\n" + process, "", role(&profile.Profile{Name: "p"}, named("q"))},
		{"role of its own", "role_arn = arn\n" + process, "", role(named("p"), nil)},
		{"role of its own, said", "role_arn = arn\nsource_profile = p\n" + process, "", role(named("p"), named("p"))},
		{"a role", ofRole + roleOverX, "", role(&profile.Profile{Name: "p"}, named("x"))},
		{"a role over a role", "role_arn = arn\nsource_profile = p\n" + ofRole + roleOverX, "", role(&profile.Profile{Name: "p"}, role(&profile.Profile{Name: "p"}, named("x")))},
		{"a role over a role, unsaid", "role_arn = arn\n" + ofRole + roleOverX, "", role(&profile.Profile{Name: "p"}, role(&profile.Profile{Name: "p"}, named("x")))},
		{"source profile first", "role_arn = arn\nsource_profile = x\n" + process, "", role(&profile.Profile{Name: "p", OtherCredentials: "credential_process"}, named("x"))},
		{"SSO first", "sso_session = corp\n" + process, "", &profile.Profile{Name: "p", Session: corpSession()}},
		{"keys first", process, "[p]\naws_access_key_id = a\naws_secret_access_key = b\n", &profile.Profile{Name: "p", OtherCredentials: "static keys"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, err := profile.Load("p", files(t, "[profile p]\n"+tt.config+processTarget, tt.credentials, nil))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, p, ignorePlace); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestProcessErrors(t *testing.T) {
	const process = "[profile p]\ncredential_process = latchkey credential-process --profile "
	tests := []struct{ name, config, want string }{
		{"itself", process + "p", `config:2: profile "p": credential_process forms a cycle: p -> p; fix: name a profile with SSO settings`},
		{
			"circle", process + "q\n[profile q]\ncredential_process = latchkey -p r credential-process\n[profile r]\ncredential_process = latchkey -p p credential-process",
			`config:6: profile "r": credential_process forms a cycle: p -> q -> r -> p; fix: name a profile with SSO settings`,
		},
		{"circle with a role", process + "q\n[profile q]\nrole_arn = a\nsource_profile = p", `config:5: profile "q": source_profile forms a cycle: p -> q -> p; fix: name a profile outside the cycle`},
		{"nobody", process + "q\n[profile dev]", `config:2: profile "p": credential_process asks latchkey for "q", but there is no [profile q], only "p", "dev"; fix: add the section, or correct credential_process`},
		{"no sign-in", process + "q\n[profile q]", `config:2: profile "p": credential_process asks latchkey for "q", which has no SSO settings; fix: name a profile with SSO settings`},
		{
			"role over no sign-in", process + "q\n[profile q]\nrole_arn = a\nsource_profile = k\n[profile k]\naws_access_key_id = a\naws_secret_access_key = b",
			`config:2: profile "p": credential_process asks latchkey for "q", which has no SSO settings; fix: name a profile with SSO settings`,
		},
		{"mistake", process + "q\n[profile q]\nsso_session = s", `config:4: profile "q": sso_session is "s", but there is no [sso-session s]; fix: add the section, or correct sso_session`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := profile.Load("p", files(t, tt.config, "", nil))
			if got := describe(err); got != "profile: "+tt.want {
				t.Errorf("got\n%s\nwant\nprofile: %s", got, tt.want)
			}
		})
	}
}
