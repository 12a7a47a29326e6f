package rolecache_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/latchkey-sso/latchkey/internal/ciphertest"
	"github.com/latchkey-sso/latchkey/internal/filetest"
	"github.com/latchkey-sso/latchkey/rolecache"
)

// TestEncryptedDir: files contain no credentials, and cannot be moved to another role or the token cache.
func TestEncryptedDir(t *testing.T) {
	cipher := ciphertest.New("key")
	dir := rolecache.EncryptedDir{Dir: rolecache.Dir(filepath.Join(t.TempDir(), "cache")), Cipher: cipher}
	other := key
	other.RoleName = "Admin"
	credentials := cliCredentials()
	credentials.SecretAccessKey = "a secret access key"
	if err := dir.Store(t.Context(), key, credentials); err != nil {
		t.Fatal(err)
	}
	sealed := filetest.Read(t, dir.Path(key))
	for _, text := range []string{string(credentials.SecretAccessKey), "Credentials"} {
		if strings.Contains(sealed, text) {
			t.Errorf("the file contains %q", text)
		}
	}
	filetest.Write(t, dir.Path(other), sealed)
	var invalid *rolecache.InvalidError
	if got, err := dir.Load(t.Context(), other); !errors.As(err, &invalid) {
		t.Errorf("Load of a renamed file: %v, %v", got, err)
	}
	if _, err := cipher.Open(t.Context(), "token "+filepath.Base(dir.Path(key)), []byte(sealed)); err == nil {
		t.Error("role credentials open as a token")
	}

	locked := errors.New("locked")
	cipher.Fail(locked)
	if _, err := dir.Load(t.Context(), key); !errors.Is(err, locked) {
		t.Errorf("Load without the key: %v", err)
	}
	if err := dir.Store(t.Context(), key, credentials); !errors.Is(err, locked) {
		t.Errorf("Store without the key: %v", err)
	}
	if n, err := dir.Clear(t.Context()); n != 2 || err != nil { // even without the key
		t.Errorf("Clear: %d, %v; want 2", n, err)
	}

	dir.Cipher = nil
	if err := dir.Store(t.Context(), key, credentials); err == nil {
		t.Error("Store without a Cipher succeeded")
	}
}
