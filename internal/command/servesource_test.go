package command

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/internal/ciphertest"
	"github.com/latchkey-sso/latchkey/internal/filetest"
	"github.com/latchkey-sso/latchkey/login"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/provider"
	"github.com/latchkey-sso/latchkey/rolecache"
	"github.com/latchkey-sso/latchkey/tokencache"
	"github.com/latchkey-sso/latchkey/tokenstore"
)

// TestServeNoticesSignOut: credentials are served for as long as the sign-in lasts, whether the role is
// that of the sign-in or assumed over it.
func TestServeNoticesSignOut(t *testing.T) {
	home, _ := serveHome(t)
	tokens := tokencache.Dir(home.File("sso/cache"))
	roles := rolecache.Dir(home.File("cli/cache"))
	a := &app{stdout: io.Discard, stderr: io.Discard, now: time.Now}
	events := []struct {
		name    string
		event   func(ctx context.Context, dev *profile.Profile) error
		changed bool
	}{
		{"nothing", func(context.Context, *profile.Profile) error { return nil }, false},
		{"refresh", func(context.Context, *profile.Profile) error { home.SignIn("corp"); return nil }, false},
		{"sign-out", func(ctx context.Context, _ *profile.Profile) error { return tokens.Delete(ctx, "corp") }, true},
		{"new sign-in", func(ctx context.Context, _ *profile.Profile) error { _, err := roles.Clear(ctx); return err }, true},
		{"another user", func(ctx context.Context, dev *profile.Profile) error {
			return roles.Store(ctx, roleKey(dev), &rolecache.Credentials{AccessKeyID: "ASIAOTHER", SecretAccessKey: "s", SessionToken: "t", Expires: a.now().Add(time.Hour)})
		}, true},
	}
	for _, name := range []string{"dev", "chained"} {
		p, err := profile.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, tt := range events {
			t.Run(name+", "+tt.name, func(t *testing.T) {
				if _, err := roles.Clear(t.Context()); err != nil {
					t.Fatal(err)
				}
				home.SignIn("corp")
				s, err := a.served(p)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := s.Credentials.Retrieve(t.Context()); err != nil {
					t.Fatal(err)
				}
				if err := tt.event(t.Context(), p.Origin()); err != nil {
					t.Fatal(err)
				}
				if err := s.Check(t.Context()); (err != nil) != tt.changed {
					t.Errorf("%v", err)
				}
			})
		}
	}
}

// TestServeChain: a role assumed over the sign-in is renewed early, and needs the sign-in to be renewed.
func TestServeChain(t *testing.T) {
	_, server := serveHome(t)
	now := time.Now()
	a := &app{stdout: io.Discard, stderr: io.Discard, now: func() time.Time { return now }}
	p, err := profile.Load("chained")
	if err != nil {
		t.Fatal(err)
	}
	s, err := a.served(p)
	if err != nil {
		t.Fatal(err)
	}
	if s.Role != "111122223333/deploy" {
		t.Errorf("role %q", s.Role)
	}
	retrieve := func(wantCalls int) {
		t.Helper()
		creds, err := s.Credentials.Retrieve(t.Context())
		if err != nil || creds.AccountID != "111122223333" {
			t.Errorf("account %q: %v", creds.AccountID, err)
		}
		if n := server.Count("AssumeRole"); n != wantCalls {
			t.Errorf("%d AssumeRoles, want %d", n, wantCalls)
		}
	}
	retrieve(1)
	retrieve(1) // from the cache
	now = now.Add(41 * time.Minute)
	retrieve(2)

	if _, err := login.Logout(t.Context(), p.Origin().SignIn()); err != nil {
		t.Fatal(err)
	}
	_, err = s.Credentials.Retrieve(t.Context())
	if _, ok := errors.AsType[*provider.LoginRequiredError](err); !ok {
		t.Errorf("after the sign-out: %v", err)
	}
}

// TestServeTokenStore: a server uses the store of the session: it stores role credentials there, and notices a sign-out
// from it.
func TestServeTokenStore(t *testing.T) {
	home, _ := serveHome(t)
	t.Setenv("LATCHKEY_TOKEN_STORE", "sealed:key")
	a := &app{stdout: io.Discard, stderr: io.Discard, now: time.Now, drivers: []tokenstore.Driver{ciphertest.NewDriver("sealed")}}
	p, err := profile.Load("dev")
	if err != nil {
		t.Fatal(err)
	}
	store, err := a.store(p.Session)
	if err != nil {
		t.Fatal(err)
	}
	tok, err := tokencache.Dir(home.File("sso/cache")).Load(t.Context(), "corp")
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Tokens.Store(t.Context(), "corp", tok); err != nil {
		t.Fatal(err)
	}
	s, err := a.served(p)
	if err != nil {
		t.Fatal(err)
	}
	creds, err := s.Credentials.Retrieve(t.Context())
	if stored, loadErr := store.Roles.Load(t.Context(), roleKey(p)); err != nil || loadErr != nil || stored.AccessKeyID != creds.AccessKeyID {
		t.Errorf("the store has credentials %v, %v; the server got them with %v", stored, loadErr, err)
	}
	if _, err := os.Stat(home.File("cli")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("there are plain role credentials: %v", err)
	}
	if err := s.Check(t.Context()); err != nil {
		t.Errorf("Check: %v", err)
	}
	if err := store.Tokens.Delete(t.Context(), "corp"); err != nil {
		t.Fatal(err)
	}
	if err := s.Check(t.Context()); err == nil {
		t.Error("Check did not notice the sign-out")
	}
}

// TestServeWithMFA: the running server asks for no MFA code.
func TestServeWithMFA(t *testing.T) {
	home, _ := serveHome(t)
	config, err := os.ReadFile(home.File("config"))
	if err != nil {
		t.Fatal(err)
	}
	filetest.Write(t, home.File("config"), append(config, "\n[profile mfa]\nrole_arn = arn:aws:iam::111122223333:role/deploy\n"+
		"source_profile = dev\nmfa_serial = arn:aws:iam::111122223333:mfa/me\n"...))
	env := startServe(t, "mfa", "--print", "json").environment(t)["mfa"]
	status, got := get(t, env[fullURIVariable], env[tokenVariable])
	if status != 503 || !strings.Contains(got["Message"].(string), "run: latchkey credential-process --profile mfa") {
		t.Errorf("%d %v", status, got)
	}
}
