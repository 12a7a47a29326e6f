package ssotoken_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/idctest"
	"github.com/latchkey-sso/latchkey/internal/ciphertest"
	"github.com/latchkey-sso/latchkey/provider"
	"github.com/latchkey-sso/latchkey/tokenstore"
)

var sealed = []tokenstore.Driver{ciphertest.NewDriver("sealed")}

// credentialsInStore is credentials with the caches of the session's store.
func (s childSettings) credentialsInStore() error {
	store, err := tokenstore.Open(s.Profile.Session.TokenStore, sealed...)
	if err != nil {
		return err
	}
	return s.retrieve(func(o *provider.Options) { o.TokenStores, o.RoleCache = sealed, store.Roles })
}

// TestManyProcessesInStore is TestHundredProcesses with a sign-in in encrypted files.
func TestManyProcessesInStore(t *testing.T) {
	w := newWorld(t, func(o *idctest.Options) { o.Latency = 100 * time.Millisecond })
	w.expire()
	setting := "sealed:key?dir=" + filepath.Join(t.TempDir(), "store")
	store, err := tokenstore.Open(setting, sealed...)
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Tokens.Store(t.Context(), "corp", w.Token()); err != nil {
		t.Fatal(err)
	}
	w.retrieveAtOnce(40, []string{"Developer", "Auditor"}, setting)
	w.Count("CreateToken", 1)
	w.Count("GetRoleCredentials", 2)
}
