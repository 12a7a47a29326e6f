package command

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/aws/smithy-go"

	"github.com/latchkey-sso/latchkey/idctest"
	"github.com/latchkey-sso/latchkey/internal/interrupt"
	"github.com/latchkey-sso/latchkey/internal/userhome"
	"github.com/latchkey-sso/latchkey/login"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/provider"
	"github.com/latchkey-sso/latchkey/tokencache"
)

func TestMessage(t *testing.T) {
	request := answered("GetRoleCredentials", 403, "id-1", &smithy.GenericAPIError{Code: "ForbiddenException", Message: "No access"})
	tests := []struct {
		name string
		err  error
		want string
	}{
		{"plain", &interrupt.Error{Signal: os.Interrupt}, "interrupted"},
		{"of a package", login.ErrDenied, "the sign-in was denied"},
		{"of two packages", fmt.Errorf("login: store token: %w", errors.New("tokencache: disk full")), "store token: disk full"},
		{"a key that ends like a package", errors.New("profile: f:1: source_profile: it is missing"), "f:1: source_profile: it is missing"},
		{"several", errors.Join(errors.New("one"), errors.New("login: two")), "one; two"},
		{"terminal control", errors.New("a\x1b[2Jb\rc\u009bd"), `a\u001b[2Jb\u000dc\u009bd`},
		{"request", fmt.Errorf("provider: get credentials: %w", request), "get credentials: ForbiddenException: No access (HTTP 403, request id id-1)"},
		{
			"login required for a session", &provider.LoginRequiredError{Session: "corp", Reason: "not signed in"},
			`login required for sso-session "corp": not signed in`,
		},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			if got := message(tc.err); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestExitCodeAndHint(t *testing.T) {
	t.Setenv("AWS_PROFILE", "")
	t.Setenv("AWS_DEFAULT_PROFILE", "")
	tests := []struct {
		name string
		err  error
		code int
		hint string
	}{
		{"unknown", errors.New("oh"), exitFailed, ""},
		{"usage", &usageError{text: "what", hint: "latchkey --help"}, exitUsage, "latchkey --help"},
		{"configuration", &profile.Error{Profile: "dev", Fix: "add sso_region"}, exitUsage, "add sso_region"},
		{"profile like another", &profile.Error{Profile: "dve", Err: profile.ErrNotFound, Similar: []string{"dev"}}, exitUsage, "--profile dev"},
		{"session like another", &profile.Error{Session: "crop", Err: profile.ErrNotFound, Similar: []string{"my corp"}}, exitUsage, "--sso-session 'my corp'"},
		{"several profiles", &profile.Error{Profile: "x", Err: profile.ErrNotFound, Similar: []string{"a", "b"}}, exitUsage, "choose one with --profile"},
		{"no profile", &profile.Error{Profile: "x", Err: profile.ErrNotFound, Reason: "there is no [profile x]"}, exitUsage, "latchkey configure"},
		{"no file to find it in", &profile.Error{Profile: "x", Err: profile.ErrNotFound, Fix: "save it as UTF-8"}, exitUsage, "save it as UTF-8"},
		{"no home directory", fmt.Errorf("oh: %w", userhome.ErrUnknown), exitUsage, "set HOME"},
		{"login required", fmt.Errorf("oh: %w", &provider.LoginRequiredError{Profile: "dev"}), exitLoginRequired, "latchkey login --profile dev"},
		{"login required, default", &provider.LoginRequiredError{Profile: "default"}, exitLoginRequired, "latchkey login"},
		{"login required, session", &provider.LoginRequiredError{Session: "corp"}, exitLoginRequired, "latchkey login --sso-session corp"},
		{"denied", fmt.Errorf("oh: %w", login.ErrDenied), exitFailed, "run the same command to try again"},
		{"expired", login.ErrExpired, exitFailed, "run the same command to try again"},
		{"no permission", &fs.PathError{Op: "open", Path: "dir/file", Err: fs.ErrPermission}, exitFailed, "check the permissions of dir"},
		{"no file", &fs.PathError{Op: "open", Path: "dir/file", Err: fs.ErrNotExist}, exitFailed, ""},
		{"hinted", fmt.Errorf("oh: %w", &hintedError{&profile.Error{}, "do this"}), exitUsage, "do this"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			if got := exitCode(tc.err); got != tc.code {
				t.Errorf("exit code %d, want %d", got, tc.code)
			}
			if got := hint(tc.err); got != tc.hint {
				t.Errorf("hint %q, want %q", got, tc.hint)
			}
		})
	}
}

func TestQuoted(t *testing.T) {
	tests := map[string]string{
		"dev": "dev", "my team": "'my team'", "a'b": `'a'\''b'`, "$HOME": "'$HOME'", "a/b:c@d": "a/b:c@d",
	}
	if runtime.GOOS == "windows" { // PowerShell
		tests["a'b"], tests["a/b:c@d"] = "'a''b'", "'a/b:c@d'"
	}
	for word, want := range tests {
		if got := quoted(word); got != want {
			t.Errorf("%s: got %s, want %s", word, got, want)
		}
	}
}

// stutter returns a line of stderr that repeats a package or a clause, as when a package wraps an
// error twice; "" if there is none.
func stutter(stderr string) string {
	for line := range strings.Lines(stderr) {
		seen := map[string]bool{}
		for clause := range strings.SplitSeq(strings.TrimSpace(line), ": ") {
			if seen[clause] {
				return line
			}
			seen[clause] = true
		}
	}
	return ""
}

// TestErrorsRepeatNothing checks that no error names a package or a clause twice, in the text for
// programs and in the text for users.
func TestErrorsRepeatNothing(t *testing.T) {
	const good = "[sso-session corp]\nsso_start_url = https://h\nsso_region = us-east-1\n" +
		"[profile dev]\nsso_session = corp\nsso_account_id = 111122223333\nsso_role_name = Admin\n"
	tests := map[string]struct {
		config string
		env    map[string]string
		token  string // content of the token file; "good" and "expired" for one of a sign-in
		fail   map[string]idctest.Fault
	}{
		"no config":              {},
		"no token":               {config: good},
		"no session":             {config: "[profile dev]\nsso_session = none\nsso_account_id = 1\nsso_role_name = r\n"},
		"no start URL":           {config: "[sso-session corp]\nsso_region = r\n[profile dev]\nsso_session = corp\n"},
		"garbage":                {config: good + "garbage\n[x\n"},
		"no SSO":                 {config: "[profile dev]\nregion = us-east-1\n"},
		"circle":                 {config: "[profile dev]\nrole_arn = a\nsource_profile = b\n[profile b]\nrole_arn = a\nsource_profile = dev\n"},
		"endpoint variable":      {config: good, env: map[string]string{"AWS_ENDPOINT_URL": "h"}, token: "good"},
		"endpoint":               {config: good + "endpoint_url = h\n", env: map[string]string{"AWS_ENDPOINT_URL": ""}, token: "good"},
		"CA bundle":              {config: good, env: map[string]string{"AWS_CA_BUNDLE": "missing", "AWS_ENDPOINT_URL": "https://127.0.0.1:1"}, token: "good"},
		"FIPS":                   {config: good, env: map[string]string{"AWS_USE_FIPS_ENDPOINT": "true"}, token: "good"},
		"endpoint to refresh at": {config: good, env: map[string]string{"AWS_ENDPOINT_URL_SSO_OIDC": "h"}, token: "expired"},
		"refresh fails":          {config: good, token: "expired", fail: map[string]idctest.Fault{"CreateToken": {Times: -1, Status: 400, Code: "AccessDeniedException", Message: "m"}}},
		"refresh refused":        {config: good, token: "expired", fail: map[string]idctest.Fault{"CreateToken": {Times: -1, Status: 400, Code: "InvalidGrantException", Message: "m"}}},
		"damaged token":          {config: good, token: "{"},
		"role refused":           {config: good, token: "good", fail: map[string]idctest.Fault{"GetRoleCredentials": {Times: -1, Status: 403, Code: "ForbiddenException", Message: "no"}}},
		"role unreadable":        {config: good, token: "good", fail: map[string]idctest.Fault{"GetRoleCredentials": {Times: -1, Body: []byte("{}")}}},
		"token refused": {config: good, token: "good", fail: map[string]idctest.Fault{
			"GetRoleCredentials": {Times: -1, Status: 401, Code: "UnauthorizedException"}, "CreateToken": {Times: -1, Status: 400, Code: "InvalidGrantException"},
		}},
		"sign-in refused": {config: good, fail: map[string]idctest.Fault{"StartDeviceAuthorization": {Times: -1, Status: 400, Code: "InvalidRequestException"}}},
		"no registration": {config: good, fail: map[string]idctest.Fault{"RegisterClient": {Times: -1, Status: 400, Code: "InvalidClientMetadataException", Message: "m"}}},
		"cut":             {config: good, token: "good", fail: map[string]idctest.Fault{"RegisterClient": {Times: -1, Cut: true}}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			server := idctest.NewServer(t)
			home := idctest.Home(t, server)
			home.Write("config", tt.config)
			_ = os.Unsetenv("AWS_ENDPOINT_URL_SSO")
			_ = os.Unsetenv("AWS_ENDPOINT_URL_SSO_OIDC")
			t.Setenv("AWS_ENDPOINT_URL", server.URL())
			t.Setenv("SSH_TTY", "x")
			for key, value := range tt.env {
				t.Setenv(key, value)
			}
			for operation, fault := range tt.fail {
				server.Fail(operation, fault)
			}
			signIn := server.SignIn()
			switch tt.token {
			case "expired":
				signIn.ExpiresAt = signIn.ExpiresAt.Add(-48 * time.Hour)
				fallthrough
			case "good":
				home.WriteToken(signIn, "corp")
			case "":
			default:
				home.Write("sso/cache/"+filepath.Base(tokencache.Dir("").Path("corp")), tt.token)
			}
			failed := 0
			for _, command := range []string{"status", "token", "credential-process", "logout"} {
				failed += checkTexts(t, command)
			}
			if tt.fail["StartDeviceAuthorization"].Status+tt.fail["RegisterClient"].Status > 0 || tt.token == "" && tt.config != good {
				failed += checkTexts(t, "login")
			}
			if failed == 0 && name != "cut" {
				t.Error("no command failed")
			}
		})
	}
}

// checkTexts runs a command on the profile dev, and returns 1 if it failed.
func checkTexts(t *testing.T, command string) int {
	t.Helper()
	var stderr strings.Builder
	code := Run(t.Context(), []string{command, "--profile", "dev", "--debug"}, io.Discard, &stderr)
	if line := stutter(stderr.String()); line != "" {
		t.Errorf("%s: %s", command, line)
	}
	return min(code, 1)
}
