package provider_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/latchkey-sso/latchkey/idctest"
	"github.com/latchkey-sso/latchkey/internal/ssotest"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/provider"
)

// TestRenewBefore: a longer RenewBefore applies to credentials in memory and on disk.
func TestRenewBefore(t *testing.T) {
	w := newWorld(t)
	early := func(o *provider.Options) { o.RenewBefore = 25 * time.Minute }
	ssotest.Retrieve(t, w.provider(w.Profile(), w.withRoleCache, early))
	w.Pass(30 * time.Minute)
	p := w.provider(w.Profile(), w.withRoleCache, early)
	first := ssotest.Retrieve(t, p)
	w.Count("GetRoleCredentials", 1)
	w.Pass(6 * time.Minute)
	if got := ssotest.Retrieve(t, p); got.AccessKeyID == first.AccessKeyID {
		t.Error("credentials with 24 minutes left were not renewed")
	}
	w.Count("GetRoleCredentials", 2)

	w.Pass(36 * time.Minute)
	usual := ssotest.Retrieve(t, w.provider(w.Profile(), w.withRoleCache))
	w.Count("GetRoleCredentials", 2)
	otherProcess := func(o *provider.Options) { o.TokenCache = &ssotest.Hooked{Dir: w.Tokens} } // shares no memory
	if got := ssotest.Retrieve(t, w.provider(w.Profile(), w.withRoleCache, early, otherProcess)); got.AccessKeyID == usual.AccessKeyID {
		t.Error("credentials on disk with 24 minutes left were not renewed")
	}
	w.Count("GetRoleCredentials", 3)
}

// TestRenewBeforeShortLifetime: credentials whose lifetime is shorter than RenewBefore are renewed every
// 30 seconds, not on every call.
func TestRenewBeforeShortLifetime(t *testing.T) {
	w := newWorld(t, func(o *idctest.Options) { o.RoleCredentialsTTL = 15 * time.Minute })
	p := w.provider(w.Profile(), func(o *provider.Options) { o.RenewBefore = time.Hour })
	for range 3 {
		ssotest.Retrieve(t, p)
	}
	w.Count("GetRoleCredentials", 1)
	w.Pass(31 * time.Second)
	ssotest.Retrieve(t, p)
	w.Count("GetRoleCredentials", 2)
}

// TestWithRole: providers of other roles share the sign-in and the connection.
func TestWithRole(t *testing.T) {
	w := newWorld(t)
	w.Pass(2 * time.Hour)
	var clients atomic.Int32
	p := w.provider(w.Profile(), func(o *provider.Options) {
		o.ClientConfig = func() aws.Config { clients.Add(1); return aws.Config{} }
	})
	developer := ssotest.Retrieve(t, p)
	auditor := p.WithRole(account, "Auditor")
	if got := ssotest.Retrieve(t, auditor); got.AccessKeyID == developer.AccessKeyID || got.AccountID != account {
		t.Error("credentials of the same role")
	}
	if again := ssotest.Retrieve(t, p.WithRole(account, "Auditor")); again != ssotest.Retrieve(t, auditor) {
		t.Error("other credentials of the same role")
	}
	w.Count("CreateToken", 1)
	w.Count("GetRoleCredentials", 2)
	if n := clients.Load(); n != 1 {
		t.Errorf("clients were made from %d configurations, want 1", n)
	}
	var conf *profile.Error
	if _, err := p.WithRole(account, "").Retrieve(t.Context()); !errors.As(err, &conf) {
		t.Errorf("got %v, want a *profile.Error", err)
	}
	if (*provider.Provider)(nil).WithRole(account, "Auditor") != nil {
		t.Error("WithRole of a nil Provider is not nil")
	}
}

// TestLoginHook: calls are retried after one login.
func TestLoginHook(t *testing.T) {
	w := newWorld(t)
	w.Server.RevokeAll()
	if err := w.Tokens.Delete(t.Context(), "corp"); err != nil {
		t.Fatal(err)
	}
	var logins atomic.Int32
	hook := func(o *provider.Options) {
		o.Login = func(_ context.Context, s profile.SignIn) error {
			logins.Add(1)
			w.WriteToken(w.Server.SignIn().TokenFile())
			provider.Forget(w.Tokens, s.Session.CacheKey())
			return nil
		}
	}
	var wg sync.WaitGroup
	for i := range 40 {
		p := w.Profile()
		p.RoleName = []string{"Developer", "Auditor"}[i%2]
		wg.Go(func() {
			if _, err := w.provider(p, hook).Retrieve(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := logins.Load(); n != 1 {
		t.Errorf("%d logins, want 1", n)
	}
}
