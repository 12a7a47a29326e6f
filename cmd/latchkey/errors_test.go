package main

import (
	"errors"
	"fmt"
	"io/fs"
	"testing"

	"github.com/aws/smithy-go"

	"github.com/latchkey-sso/latchkey/login"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/provider"
)

func TestMessage(t *testing.T) {
	request := answered("GetRoleCredentials", 403, "id-1", &smithy.GenericAPIError{Code: "ForbiddenException", Message: "No access"})
	tests := []struct {
		name string
		err  error
		want string
	}{
		{"plain", errInterrupted, "interrupted"},
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
		{"configuration", &profile.Error{Profile: "dev", Reason: "add sso_region"}, exitUsage, ""},
		{"profile like another", &profile.Error{Profile: "dve", Err: profile.ErrNotFound, Similar: []string{"dev"}}, exitUsage, "--profile dev"},
		{"session like another", &profile.Error{Session: "crop", Err: profile.ErrNotFound, Similar: []string{"my corp"}}, exitUsage, "--sso-session 'my corp'"},
		{"several profiles", &profile.Error{Profile: "x", Err: profile.ErrNotFound, Similar: []string{"a", "b"}}, exitUsage, "choose one with --profile"},
		{"no profile", &profile.Error{Profile: "x", Err: profile.ErrNotFound, Reason: "there is no [profile x]: add a section of that name"}, exitUsage, "aws configure sso writes a profile, or see https://github.com/latchkey-sso/latchkey#set-up"},
		{"no file to find it in", &profile.Error{Profile: "x", Err: profile.ErrNotFound, Reason: "there is no [profile x], because of this: do that"}, exitUsage, ""},
		{"login required", fmt.Errorf("oh: %w", &provider.LoginRequiredError{Profile: "dev"}), exitLoginRequired, "latchkey login --profile dev"},
		{"login required, default", &provider.LoginRequiredError{Profile: "default"}, exitLoginRequired, "latchkey login"},
		{"login required, session", &provider.LoginRequiredError{Session: "corp"}, exitLoginRequired, "latchkey login --sso-session corp"},
		{"denied", fmt.Errorf("oh: %w", login.ErrDenied), exitFailed, "run the same command to try again"},
		{"expired", login.ErrExpired, exitFailed, "run the same command to try again"},
		{"no permission", &fs.PathError{Op: "open", Path: "dir/file", Err: fs.ErrPermission}, exitFailed, "check who may read and write in dir"},
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
	for word, want := range map[string]string{
		"dev": "dev", "my team": "'my team'", "a'b": `'a'\''b'`, "$HOME": "'$HOME'", "a/b:c@d": "a/b:c@d",
	} {
		if got := quoted(word); got != want {
			t.Errorf("%s: got %s, want %s", word, got, want)
		}
	}
}
