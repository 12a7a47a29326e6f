package profile

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/latchkey-sso/latchkey/internal/configfile"
	"github.com/latchkey-sso/latchkey/internal/filetest"
)

// lintText returns the findings as "FILE:LINE CODE", the file's name left out for the
// config file, and with an exclamation mark after problems.
func lintText(config, credentials string) []string {
	var got []string
	for _, f := range lintBytes([]byte(config), []byte(credentials)) {
		text := fmt.Sprintf("%s:%d %s", strings.TrimPrefix(f.File, "config"), f.Line, f.Code)
		if f.Severity == Problem {
			text += "!"
		}
		got = append(got, text)
	}
	return got
}

func lintBytes(config, credentials []byte) []Finding {
	return lint([]configfile.Source{{Path: "config", Data: config}}, []configfile.Source{{Path: "credentials", Data: credentials}})
}

func TestLint(t *testing.T) {
	const good = "[sso-session s]\nsso_start_url = https://x/start#/\nsso_region = r\n"
	tests := []struct {
		name, config, credentials string
		want                      []string
	}{
		{"nothing", "", "", nil},
		{
			"nothing wrong", "# c\n[default]\nregion = x\n[profile a]\nregion = x\nsso_session = s\nsso_account_id = 1\nsso_role_name = n\ns3 =\n  max = 1\n[plugins]\n[preview]\n" +
				"[services x]\nsso_oidc =\n  endpoint_url = u\n" + good, "[a]\nrole_session_name = x\n[b]\naws_access_key_id = 1\naws_secret_access_key = 2\ngranted_x = 1\n", nil,
		},

		{"garbage", "garbage\n[profile a]\nmore garbage\n= x\n", "[a\n", []string{":1 syntax!", ":3 syntax!", ":4 syntax!", "credentials:1 syntax!"}},
		{"colon", "[default]\nregion: x\n", "", []string{":2 syntax!"}},
		{"colon in a key", "[default]\nregion:x = y\nregion:x = z\n", "", []string{":2 misspelled-key", ":3 duplicate-key!", ":3 misspelled-key"}},
		{"byte order mark", configfile.ByteOrderMark + "[default]\n", "", []string{":1 byte-order-mark!"}},
		{"encoding", "# M\xfcller\n[default]\nregion = \xfc\n", "[a]\n# M\xc3\xbcller\n", []string{":1 encoding!"}},
		{"invisible", "[default]\nregion = a\u00a0\nca = a\u200bb\n\nb = a\x00\nc = a\tb é\n", "", []string{":2 invisible!", ":3 invisible!", ":5 invisible!"}},
		{"invisible among nested", "[services x]\nsso =\n  a = b\x0c\n[future y]\nin valid =\n  a = \u2028\n", "", []string{":3 invisible!", ":6 invisible!"}},
		{"duplicate section", "[profile a]\n[profile b]\n[profile a] # c\n", "[a]\n[a]", []string{":3 duplicate-section!", "credentials:2 duplicate-section!"}},
		{"duplicate section in other words", "[profile a]\n[profile\ta]\n", "", []string{":2 duplicate-section"}},
		{"duplicate section of no use", "[b c]\n[b c]\n", "", []string{":2 duplicate-section!"}},
		{"two defaults", "[profile default]\n[default]\n", "", []string{":2 duplicate-section!"}},
		{"duplicate key", "[default]\nregion = a\nREGION = b\n", "", []string{":3 duplicate-key!", ":3 misspelled-key"}},
		{"capitals in keys", "[default]\nRegion = a\nMine = b\n[services s]\nSSO =\n  a = b\n", "", []string{":2 misspelled-key", ":5 misspelled-key"}},
		{"duplicate key of no use", "[future x]\na = 1\nb = 2\na: b = 1\ngarbage\ngarbage\n", "", []string{":4 duplicate-key!", ":5 syntax!", ":6 syntax!"}},
		{"nothing before a colon", "[future x]\n: a = 1\n\x0b b = c\n", "", []string{":2 misspelled-key!", ":3 invisible!"}},

		{"no prefix", "[dev]\n[sso_session]\n", "", []string{":1 section-prefix!", ":2 section-prefix!"}},
		{"capitals", "[Profile a]\n[SSO-Session s]\n[Default]\n[DEFAULT]\n", "[DEFAULT]", []string{
			":1 section-prefix!", ":2 section-prefix!", ":3 section-prefix!", ":4 section-prefix!", "credentials:1 section-prefix!",
		}},
		{"misspelled prefix", "[sso_session s]\n[profil a]\n[service x]\n[future x]\n[profilers-and-more x]", "[profilers-and-more]", []string{
			":1 section-prefix!", ":2 section-prefix!", ":3 section-prefix!", ":5 section-prefix!",
		}},
		{"no name", "[profile]\n[services]\n", "", []string{":1 section-name!", ":2 section-name!"}},
		{"odd names", "[profile a b]\n[profile é]\n[ profile c ]\n[profile \"d e\"]\n[profile 'f']\n[\u2028profile g]\n[é é]\n", "[a b]\n[é]\n", []string{
			":1 section-name!", ":2 section-name!", ":3 section-name!", ":4 section-name", ":5 section-name", ":6 section-name!", "credentials:1 section-name!", "credentials:2 section-name!",
		}},
		{"bracket in a comment", "[profile a] # [b]\n[profile a]\nregion = [x]\n[profile c] # d\n lost]\n", "", []string{":1 section-name!", ":2 duplicate-section", ":5 syntax!"}},
		{"space before the bracket", "[default ]\n[profile a ]\n", "[a\t] # c\n", []string{":1 section-name!", ":2 section-name!", "credentials:1 section-name!"}},
		{"spaces before the name", "[profile  a]\n[sso-session\t 's']\n", "", []string{":1 section-name!", ":2 section-name!", ":2 incomplete!"}},
		{"comment at the bracket", "[profile a]#\n[future x]; c\n[default] # c\n", "[b];\n", []string{":1 inline-comment!", ":2 inline-comment!", "credentials:1 inline-comment!"}},

		{"prototype", "[profile __proto__]\n", "[__proto__]\n", []string{":1 section-name!", "credentials:1 section-name!"}},
		{"wrong file", "", "[profile a]\n" + good + "[services s]\n", []string{"credentials:1 wrong-file!", "credentials:2 wrong-file!", "credentials:5 wrong-file!"}},

		{"quotes", "[default]\nregion = \"a\"\noutput = 'a'\nca = \"a' b\"c\n", "", []string{":2 quoted-value", ":3 quoted-value"}},
		{"nested quotes", "[services s]\nsso =\n  a = 'b'\n  c = 'd\n", "", []string{":3 quoted-value"}},
		{"lone quotes", "[default]\nregion = ' # c\n[future x]\nin valid = \"\ns3 =\n  a=\"\n'\n", "", []string{":2 quoted-value!", ":2 inline-comment", ":4 quoted-value!", ":6 quoted-value!", ":7 syntax!"}},
		{"comments", "[default]\nregion = a # b\noutput = b\t; b\nx = a#b\ny = # c\n", "", []string{":2 inline-comment", ":3 inline-comment", ":5 inline-comment"}},
		{"comment like the value", "[default]\nregion = a # a\n", "", []string{":2 inline-comment"}},
		{"nested comment", "[services x]\nsso =\n\n# c\n  endpoint_url = u # c\n", "", []string{":5 inline-comment"}},
		{"indented comment among nested", "[services x]\nsso =\n  # c = d\n  ; c\n", "", []string{":3 indented", ":4 syntax!"}},
		{"indented", "[default]\nregion = a\n  output = b\n\n \n  # c\n", "", []string{":3 indented", ":6 indented"}},
		{"indented section", "[future x]\na = b\n [profile a]\nregion = c\n", "", []string{":3 indented!"}},
		{"carriage return", "[default]\r\nregion = a\rb\r\n", "", []string{":2 line-end!"}},
		{"carriage returns", "# a\rb\n[default]\n[x y]\r\na = b\r\r\n", "[a]\nregion = b\r", []string{":1 line-end!", ":4 line-end!"}},
		{"nested for nothing", "[default]\nregion =\n  a = b\napi_versions =\n  a = b\n", "", []string{":3 indented!"}},
		{"no nested values", "[services x]\nsso =\n  a =\n  b = =\n", "", []string{":3 empty-value"}},
		{"no values", "[default]\nsso_session =\nregion =\n", "", []string{":2 empty-value"}},

		{"misspelled", "[default]\nregoin = a\nsso-session = s\nssoAccountId = 1\nsso_role = x\nmy_endpoint = 1\nxyzzy = 1\nsso = 1\n", "", []string{
			":2 misspelled-key!", ":3 misspelled-key!", ":4 misspelled-key!", ":5 misspelled-key",
		}},
		{"like a key", "[default]\nlogin = a\naccount_id = 1\nendpoint = b\nsso_role_arn = c\nweb_identity = d\nmetadata = e\nreason = f\n", "", nil},
		{"without the last word", "[default]\nsso_start = a\naws_access_key = b\n", "", []string{":2 misspelled-key", ":3 misspelled-key"}},
		{"joined", "[default]\nignoreConfiguredEndpointUrls = x\naws-secret-access-key = x", "", []string{":2 misspelled-key!", ":3 misspelled-key!"}},
		{"misspelled in a session", good + "sso_registration_scope = x\n", "", []string{":4 misspelled-key!"}},
		{"misspelled service", "[services x]\nsso-oidc =\n  endpoint_url = u\nssm = \n", "", []string{":2 misspelled-key!"}},
		{"odd keys", "[default]\nSSO Region = a\né = b\n[services x]\nsso oidc =\n  a = b\n", "", []string{":2 misspelled-key!", ":3 misspelled-key!", ":5 misspelled-key!"}},
		{"misplaced in services", "[services s]\nsso = http://a\nsso_oidc =\nendpoint_url = http://a\n", "", []string{":2 misplaced-key!", ":4 misplaced-key!"}},
		{"misplaced", good + "region = x\n[default]\nsso_registration_scopes = x\n", "", []string{":4 misplaced-key!", ":6 misplaced-key!"}},
		{"our own key", good + "latchkey_login = browser\n[profile q]\nlatchkey_login = browser\n", "", []string{":6 misplaced-key!"}},
		{"token store", good + "latchkey_token_store = file\n[profile q]\nlatchkey_token_store = file\nlatchkey_token_stor = a\n", "", []string{":6 misplaced-key!"}},
		{"misspelled token store", good + "latchkey_token_stor = file\nlatchkey_share_token = true\n", "", []string{":4 misspelled-key!"}},
		{"some tools", "[default]\nendpoint_url = u\nca_bundle = f\n[profile a]\n", "[a]\nlogin_session = x\naws_security_token = x\nservices = default\n", []string{
			":2 some-tools", ":3 some-tools", "credentials:2 some-tools", "credentials:3 some-tools", "credentials:4 missing-section!", "credentials:4 some-tools",
		}},
		{"numbers", "[default]\nmax_attempts = 0x3\n[profile a]\nmax_attempts = -1\n[profile b]\nduration_seconds = 300\n[profile c]\nduration_seconds = 959\n[profile d]\nduration_seconds = 900\n", "", []string{":2 value!", ":4 value!", ":6 value!", ":8 value!"}},
		{"values", "[default]\nuse_fips_endpoint = yes\nduration_seconds = 1h\nretry_mode = x\nmax_attempts = many\n", "", []string{":2 value!", ":3 value!", ":4 value!", ":5 value!"}},
		{"no region", "[profile a]\nsso_region = a/b\nsso_start_url = u\nsso_account_id = 1\nsso_role_name = n\n[sso-session s]\nsso_start_url = u\nsso_region = a b\n", "", []string{
			":2 value!", ":8 value!",
		}},
		{"half a key", "[default]\naws_access_key_id = 1\n", "", []string{":2 incomplete!"}},

		{"missing sections", "[profile a]\nsso_session = s\nservices = x\nsource_profile = b\n[profile c]\nsource_profile = default\n", "", []string{
			":2 missing-section!", ":3 missing-section!", ":4 missing-section!",
		}},
		{"incomplete session", "[sso-session s]\nsso_region = r\n", "", []string{":1 incomplete!"}},
		{"half a role", "[profile a]\nsso_session = s\nsso_account_id = 1\n" + good, "", []string{":1 incomplete!"}},
		{"incomplete older form", "[profile a]\nsso_account_id = 1\nsso_region = r\n", "", []string{":1 incomplete!"}},
		{"older form", "[profile a]\nsso_account_id = 1\nsso_role_name = n\nsso_region = r\nsso_start_url = u", "", nil},
		{"mismatch", good + "[profile a]\nsso_session = s\nsso_start_url = https://y\nsso_region = r\n", "", []string{":6 mismatch!", ":7 repeated"}},
		{"ambiguous", good + "[profile a]\nsso_session = s\ncredential_process = x\n", "[a]\naws_access_key_id = 1\naws_secret_access_key = 2\n", []string{
			":6 ambiguous", "credentials:2 ambiguous",
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := lintText(tt.config, tt.credentials)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
			crlf := lintText(strings.ReplaceAll(tt.config, "\n", "\r\n"), strings.ReplaceAll(tt.credentials, "\n", "\r\n"))
			if diff := cmp.Diff(got, crlf); diff != "" && !strings.HasPrefix(tt.name, "carriage return") {
				t.Errorf("with CRLF: %s", diff)
			}
		})
	}
}

func TestLintReasonsAndFixes(t *testing.T) {
	tests := []struct{ config, reason, fix string }{
		{"garbage", "Expected a profile definition, and the AWS CLI may reject the whole file", "write it below a section line, such as [profile NAME]"},
		{"[profile a]\nsource_profile = prd\n[profile prod]", `source_profile is "prd", but there is no [profile prd]: did you mean "prod"?`, "add the section, or correct source_profile"},
		{"[profile a]\nsource_profile = x", `source_profile is "x", but there is no [profile x]`, "add the section, or correct source_profile"},
		{"[default]\nregion: x", "Expected an '=' sign defining a property", "replace the colon with ="},
		{"[profile a]\nSSO  Region = x", `SDKs skip the key "SSO  Region"`, "write sso_region"},
		{"[profile a]\né = x", `SDKs skip the key "é"`, "use letters, digits and _-/.%@:+"},
		{"[profiles a]", "only the AWS CLI and boto3 read [profiles a]", "write [profile a]"},
		{"[a'b]", "no tool reads [a'b] in the config file", "write [profile 'a'\"'\"'b']"},
		{"[dev]", "no tool reads [dev] in the config file", "write [profile dev]"},
		{"[Profile 'a b']", "no tool reads [Profile 'a b']", "write [profile 'a b']"},
		{"[sso_session a b]", "no tool reads [sso_session a b]", "write [sso-session 'a b']"},
		{"[profile a]\n[profile a]", "[profile a] is already on line 1, and the AWS CLI cannot read such a file", "merge the two sections"},
		{"[profile a]\nregoin = x", "AWS tools do not read regoin", "did you mean region?"},
		{
			"[default]\nsso_region = r\nsso_start_url=u # c\nsso_account_id=1\nsso_role_name=n",
			"the AWS CLI and boto3 read the comment as part of sso_start_url, and store the token under another name", "move the comment to a separate line",
		},
	}
	for _, tt := range tests {
		findings := lintBytes([]byte(tt.config), nil)
		if len(findings) != 1 || findings[0].Reason != tt.reason || findings[0].Fix != tt.fix {
			t.Errorf("%q: got %v\nwant %s\nfix: %s", tt.config, findings, tt.reason, tt.fix)
		}
	}
	if Warning.String() != "warning" || Problem.String() != "problem" {
		t.Error("severities have other names")
	}
}

func TestLintHidesSecrets(t *testing.T) {
	text := "[a]\naws_access_key_id = hunter2\naws_secret_access_key = \"hunter2\" # hunter2\naws_secret_acces_key = hunter2\naws_session_token = hunter2\n  hunter2\nhunter\n"
	for _, f := range lintBytes(nil, []byte(text)) {
		if shown := fmt.Sprintf("%v %+v %s", f, f, f.Reason); strings.Contains(shown, "hunter") {
			t.Error(shown)
		}
	}
}

func TestLintFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config")
	filetest.Write(t, path, "[dev]")
	here := func(o *Options) { o.ConfigFile, o.CredentialsFile = path, os.DevNull }
	findings, err := Lint(here)
	if err != nil || len(findings) != 1 || findings[0].File != path {
		t.Errorf("got %v, %v", findings, err)
	}
	if _, err := Lint(func(o *Options) { o.ConfigFile = path + "x" }); err == nil {
		t.Error("no error for a file that is not there")
	}
}

func FuzzLint(f *testing.F) {
	f.Add([]byte("[default]\na = 1\n[profile default]\nb =\n c = 1\n[profile \"x y\"] # c\n[]\n[ x"), []byte("[x]\na = b\n  c\n[profile x]\n"))
	f.Add([]byte("\ufeff[sso-session s]\r\nsso_region = r\r\n[services x]\r\nsso =\r\n endpoint_url = u # \r\n"), []byte("[a"))
	f.Add([]byte("[Profile a]\nsso_session = s\n[sso_session s]\nregoin = 1\n"), []byte("[default]\nk: v"))
	f.Add([]byte("[0]\n 0="), []byte(" \f"))
	f.Fuzz(func(t *testing.T, config, credentials []byte) {
		files := map[string][]byte{"config": config, "credentials": credentials}
		for _, found := range lintBytes(config, credentials) {
			lines := 1 + strings.Count(string(files[found.File]), "\n")
			if found.Line < 1 || found.Line > lines || found.Reason == "" || found.Code == "" || found.Severity == 0 {
				t.Errorf("%+v of %d lines", found, lines)
			}
		}
	})
}

// The search for similar names is quadratic if every name is wrong, so it is bounded.
func TestLintSearchesFewNames(t *testing.T) {
	var text strings.Builder
	for i := range maxSearches + 5 {
		fmt.Fprintf(&text, "[profile p%d]\nsource_profile = xp%d\n", i, i)
	}
	meant := 0
	for _, f := range lintBytes([]byte(text.String()), nil) {
		if strings.Contains(f.Reason, "did you mean") {
			meant++
		}
	}
	if meant != maxSearches {
		t.Errorf("%d findings say what was meant, want %d", meant, maxSearches)
	}
}
