package latchkey_test

import (
	"errors"
	"sync"
	"testing"

	"github.com/latchkey-sso/latchkey"
	"github.com/latchkey-sso/latchkey/idctest"
	"github.com/latchkey-sso/latchkey/internal/ssotest"
	"github.com/latchkey-sso/latchkey/login"
	"github.com/latchkey-sso/latchkey/provider"
)

// TestWithLogin: concurrent calls get credentials and bearer tokens, and the user signs in once.
func TestWithLogin(t *testing.T) {
	server := idctest.NewServer(t, func(o *idctest.Options) {
		o.AutoApprove = true
		o.Accounts = []idctest.Account{{ID: account, Name: "dev", Email: "dev@example.com", Roles: []string{"Developer"}}}
	})
	idctest.Home(t, server).Write("config", configFile)
	var shown sync.Map
	ui := login.UI{ShowCode: func(c login.DeviceCode) { shown.Store(c.UserCode, true) }}
	cfg := load(t, latchkey.WithProfile("dev", latchkey.WithLogin(ui)))
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			if _, err := cfg.Credentials.Retrieve(t.Context()); err != nil {
				t.Error(err)
			}
		})
		wg.Go(func() {
			if _, err := cfg.BearerAuthTokenProvider.RetrieveBearerToken(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	codes := 0
	shown.Range(func(any, any) bool { codes++; return true })
	if codes != 1 {
		t.Errorf("the user was shown %d codes, want 1", codes)
	}
	count(t, server, "StartDeviceAuthorization", 1)
	ssotest.Retrieve(t, load(t, latchkey.WithProfile("dev")).Credentials) // the sign-in is in the cache
}

// TestWithoutLogin: without WithLogin, the user is not prompted.
func TestWithoutLogin(t *testing.T) {
	server := idctest.NewServer(t)
	idctest.Home(t, server).Write("config", configFile)
	_, err := load(t, latchkey.WithProfile("dev")).Credentials.Retrieve(t.Context())
	if _, required := errors.AsType[*provider.LoginRequiredError](err); !required {
		t.Errorf("got %v, want a LoginRequiredError", err)
	}
	count(t, server, "StartDeviceAuthorization", 0)
}
