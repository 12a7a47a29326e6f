package main

import (
	"context"
	"io"
	"path/filepath"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/rolecache"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// TestServeNoticesSignOut holds that role credentials are not served after the sign-in that they came
// with, and are as long as it lasts.
func TestServeNoticesSignOut(t *testing.T) {
	home, server := serveHome(t)
	tokens := tokencache.Dir(filepath.Join(home, ".aws", "sso", "cache"))
	roles := rolecache.Dir(filepath.Join(home, ".aws", "cli", "cache"))
	p, err := profile.Load("dev")
	if err != nil {
		t.Fatal(err)
	}
	a := &app{stdout: io.Discard, stderr: io.Discard, now: time.Now}
	for name, tt := range map[string]struct {
		happens func(ctx context.Context) error
		changed bool
	}{
		"nothing":     {func(context.Context) error { return nil }, false},
		"refresh":     {func(context.Context) error { signInto(t, home, server); return nil }, false},
		"sign-out":    {func(ctx context.Context) error { return tokens.Delete(ctx, "corp") }, true},
		"new sign-in": {func(ctx context.Context) error { _, err := roles.Clear(ctx); return err }, true},
		"another user": {func(ctx context.Context) error {
			return roles.Store(ctx, roleKey(p), &rolecache.Credentials{AccessKeyID: "ASIAOTHER", SecretAccessKey: "s", SessionToken: "t", Expires: a.now().Add(time.Hour)})
		}, true},
	} {
		signInto(t, home, server)
		s := a.served(p, tokens, roles)
		if _, err := s.Credentials.Retrieve(t.Context()); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := tt.happens(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := s.Check(t.Context()); (err != nil) != tt.changed {
			t.Errorf("%s: %v", name, err)
		}
	}
}
