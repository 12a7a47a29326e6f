package tokencopy_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/internal/filetest"
	"github.com/latchkey-sso/latchkey/internal/tokencopy"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/tokencache"
)

var token = &tokencache.Token{
	StartURL: "https://start", Region: "eu-west-1", AccessToken: "access", ExpiresAt: time.Unix(2e9, 0).UTC(),
	ClientID: "client", ClientSecret: "client secret", RefreshToken: "refresh",
}

var now = time.Unix(1.9e9, 0).UTC()

func session(shared bool) *profile.Session {
	return &profile.Session{Name: "corp", ShareAccessToken: shared}
}

func newHome(t *testing.T) (string, tokencache.Dir) {
	t.Helper()
	home := t.TempDir()
	t.Setenv("HOME", home)
	return home, tokencache.Dir(filepath.Join(home, ".aws", "sso", "cache"))
}

func TestCopy(t *testing.T) {
	home, aws := newHome(t)
	tokens := tokencache.Dir(filepath.Join(home, "elsewhere"))
	update := func(shared bool) {
		t.Helper()
		if err := tokencopy.For(session(shared), tokens).Update(t.Context(), token, now); err != nil {
			t.Error(err)
		}
	}
	update(false)
	wantNone(t, aws)
	update(true)
	filetest.Want(t, aws.Path("corp"), `{"startUrl": "https://start", "region": "eu-west-1", "accessToken": "access", `+
		`"expiresAt": "2033-05-18T03:33:20Z", "latchkeyCopy": true}`)
	filetest.WantMode(t, aws.Path("corp"), 0o600)
	update(false) // no longer shared
	wantNone(t, aws)

	update(true)
	if err := tokencopy.For(session(true), tokens).Remove(t.Context()); err != nil {
		t.Error(err)
	}
	wantNone(t, aws)
}

// TestOtherSignIn: a sign-in that another tool has stored is kept as long as it can be used.
func TestOtherSignIn(t *testing.T) {
	home, aws := newHome(t)
	tokens := tokencache.Dir(filepath.Join(home, "elsewhere"))
	const hour = time.Hour
	for name, tt := range map[string]struct {
		expires, registration time.Duration // from now; a registration of 0 means no refresh token
		kept                  bool
	}{
		"valid":                {hour, hour, true},
		"valid, not refreshed": {hour, 0, true},
		"to be refreshed":      {-hour, hour, true},
		"expired":              {-hour, 0, false},
		"of an expired client": {-hour, -hour, false},
	} {
		theirs := &tokencache.Token{AccessToken: "theirs", ExpiresAt: now.Add(tt.expires)}
		if tt.registration != 0 {
			theirs.RefreshToken, theirs.ClientID, theirs.ClientSecret = "refresh", "client", "secret"
			theirs.RegistrationExpiresAt = now.Add(tt.registration)
		}
		for _, update := range []func(tokencopy.Copy) error{
			func(c tokencopy.Copy) error { return c.Update(t.Context(), token, now) },
			func(c tokencopy.Copy) error { return c.Sync(t.Context(), token, now) },
		} {
			store(t, aws, theirs)
			c := tokencopy.For(session(true), tokens)
			if got := c.HoldsSignIn(t.Context(), now); got != tt.kept {
				t.Errorf("%s: HoldsSignIn = %t", name, got)
			}
			if err := update(c); err != nil {
				t.Error(err)
			}
			tok, err := aws.Load(t.Context(), "corp")
			if err != nil || tok.IsAccessCopy() == tt.kept {
				t.Errorf("%s: the file holds %v, %v", name, tok, err)
			}
			if c.HoldsSignIn(t.Context(), now) && !tt.kept {
				t.Errorf("%s: the copy counts as a sign-in", name)
			}
		}
		if err := tokencopy.For(session(false), tokens).Update(t.Context(), token, now); err != nil {
			t.Error(err)
		}
		if _, err := aws.Load(t.Context(), "corp"); (err == nil) != tt.kept {
			t.Errorf("%s, no longer shared: %v", name, err)
		}
	}
}

// TestSync: the copy appears and disappears with the setting, and a newer one is kept.
func TestSync(t *testing.T) {
	home, aws := newHome(t)
	tokens := tokencache.Dir(filepath.Join(home, "elsewhere"))
	newer := *token
	newer.AccessToken, newer.ExpiresAt = "newer", token.ExpiresAt.Add(time.Hour)
	for _, step := range []struct {
		shared bool
		token  *tokencache.Token
		want   string // the access token of the copy
	}{{true, token, "access"}, {true, &newer, "newer"}, {true, token, "newer"}, {false, token, ""}, {true, token, "access"}} {
		if err := tokencopy.For(session(step.shared), tokens).Sync(t.Context(), step.token, now); err != nil {
			t.Error(err)
		}
		got := ""
		if tok, err := aws.Load(t.Context(), "corp"); err == nil {
			got = string(tok.AccessToken)
		}
		if got != step.want {
			t.Errorf("the copy holds %q, want %q", got, step.want)
		}
	}
}

// TestSameFiles: where AWS tools read the token itself, there is no copy, which would replace it.
func TestSameFiles(t *testing.T) {
	filetest.SkipUnderWine(t, "symbolic links")
	home, aws := newHome(t)
	store(t, aws, token)
	other := filepath.Join(home, "other")
	if err := os.Symlink(filepath.Join(home, ".aws"), other); err != nil {
		t.Fatal(err)
	}
	linked := tokencache.Dir(filepath.Join(home, "linked"))
	store(t, linked, token)
	if err := os.Remove(linked.Path("corp")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(aws.Path("corp"), linked.Path("corp")); err != nil {
		t.Fatal(err)
	}
	for name, tokens := range map[string]tokencache.Cache{
		"default":        aws,
		"linked":         tokencache.Dir(filepath.Join(other, "sso", "cache")),
		"linked file":    linked,
		"encrypted":      tokencache.EncryptedDir{Dir: aws},
		"encrypted link": tokencache.EncryptedDir{Dir: tokencache.Dir(filepath.Join(other, "sso", "cache"))},
	} {
		c := tokencopy.For(session(true), tokens)
		if c.Path() != "" {
			t.Errorf("%s: the copy is %s", name, c.Path())
		}
		if err := errors.Join(c.Update(t.Context(), token, now), c.Remove(t.Context())); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if tok, err := aws.Load(t.Context(), "corp"); err != nil || tok.RefreshToken != "refresh" {
			t.Errorf("%s: the token is now %v, %v", name, tok, err)
		}
	}
}

func store(t *testing.T, dir tokencache.Dir, tok *tokencache.Token) {
	t.Helper()
	if err := dir.Store(t.Context(), "corp", tok); err != nil {
		t.Fatal(err)
	}
}

func wantNone(t *testing.T, dir tokencache.Dir) {
	t.Helper()
	if tok, err := dir.Load(t.Context(), "corp"); !errors.Is(err, tokencache.ErrNotFound) {
		t.Errorf("the copy: %v, %v; want none", tok, err)
	}
}
