package profile_test

import (
	"strings"
	"testing"

	"github.com/latchkey-sso/latchkey/profile"
)

// TestTokenStore: the environment wins over the session, and applies to legacy profiles too.
func TestTokenStore(t *testing.T) {
	config := corp + "latchkey_token_store = age:~/id?dir=~/a\nlatchkey_share_access_token = True\n" +
		"[profile p]\nsso_session = corp\n[profile legacy]\nsso_start_url = https://x/start\nsso_region = eu-west-1\n"
	for value, want := range map[string][2]string{
		"":            {"age:~/id?dir=~/a", ""},
		"  ":          {"age:~/id?dir=~/a", ""},
		" dir:~/env ": {"dir:~/env", "dir:~/env"},
		"file":        {"file", "file"},
	} {
		use := files(t, config, "", environment{"LATCHKEY_TOKEN_STORE": value})
		for i, name := range []string{"p", "legacy"} {
			p, err := profile.Load(name, use)
			if err != nil {
				t.Fatal(err)
			}
			if s := p.Session; s.TokenStore != want[i] || s.ShareAccessToken != (name == "p") {
				t.Errorf("with %q, profile %s: %q, %t; want %q", value, name, s.TokenStore, s.ShareAccessToken, want[i])
			}
		}
		signIn, err := profile.LoadSession("corp", use)
		if err != nil || signIn.Session.TokenStore != want[0] {
			t.Errorf("with %q: LoadSession = %q, %v; want %q", value, signIn.Session.TokenStore, err, want[0])
		}
		all, err := profile.Sessions(use)
		if err != nil || len(all) != 2 {
			t.Fatalf("Sessions: %v, %v", all, err)
		}
		for i, s := range all {
			if s.Session.TokenStore != want[i] || s.Session.ShareAccessToken != (i == 0) {
				t.Errorf("with %q: Sessions returned %q, %t; want %q", value, s.Session.TokenStore, s.Session.ShareAccessToken, want[i])
			}
		}
	}
}

// TestInvalidTokenStore: Load and Lint report the setting, without a secret in it.
func TestInvalidTokenStore(t *testing.T) {
	const session = "[sso-session s]\nsso_start_url = https://x/start\nsso_region = eu-west-1\n"
	for setting, want := range map[string]string{
		"latchkey_token_store = ~/aws":                       "invalid latchkey_token_store: a directory needs the scheme dir: write dir:~/aws",
		"latchkey_token_store = dir:aws":                     `invalid latchkey_token_store: the path "aws" is relative: start it with / or ~/`,
		"latchkey_token_store = redis://me:hunter2@h:6379/0": "invalid latchkey_token_store: a password must not be in the setting: write it to a file, and set password_file",
		"latchkey_share_access_token = yes":                  `invalid latchkey_share_access_token "yes"; fix: set it to true or false`,
	} {
		use := files(t, session+setting+"\n[profile p]\nsso_session = s\n", "", nil)
		_, err := profile.Load("p", use)
		if want := `profile: config:4: profile "p": ` + want; describe(err) != want {
			t.Errorf("%s: Load: %s, want %s", setting, describe(err), want)
		}
		findings, err := profile.Lint(use)
		if err != nil || len(findings) != 1 || !strings.Contains(describe(findings[0].Error), want) || findings[0].Code != "value" {
			t.Errorf("%s: Lint: %v, %v; want %s", setting, findings, err, want)
		}
	}
	use := files(t, session+"[profile p]\nsso_session = s\n", "", environment{"LATCHKEY_TOKEN_STORE": "redis://:hunter2@h"})
	_, err := profile.Load("p", use)
	if got := describe(err); !strings.HasPrefix(got, `profile "p": invalid LATCHKEY_TOKEN_STORE in the environment: a password`) || strings.Contains(got, "hunter2") {
		t.Errorf("Load with an invalid variable: %s", got)
	}
}
