package keyring

import (
	"testing"

	"github.com/zalando/go-keyring"

	"github.com/latchkey-sso/latchkey/tokenstore"
)

// TestCredentialManager tests the store with a separate key.
func TestCredentialManager(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	ring := system{"latchkey test"}
	forget := func() { _ = keyring.Delete(ring.service, account) }
	forget()
	t.Cleanup(forget)
	testCaches(t, func(t *testing.T) *tokenstore.Store { return newStore(ring, t.TempDir()) })

	dir := t.TempDir()
	mustStore(t, newStore(ring, dir))
	mustLoad(t, newStore(ring, dir))
	forget()
	wantInvalid(t, newStore(ring, dir), "cannot be decrypted: the key no longer exists")
	mustStore(t, newStore(ring, dir))
	mustLoad(t, newStore(ring, dir))
}
