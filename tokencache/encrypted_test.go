package tokencache_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/latchkey-sso/latchkey/internal/ciphertest"
	"github.com/latchkey-sso/latchkey/internal/filetest"
	"github.com/latchkey-sso/latchkey/tokencache"
)

func newEncrypted(t *testing.T) (tokencache.EncryptedDir, *ciphertest.Cipher) {
	t.Helper()
	cipher := ciphertest.New("key")
	return tokencache.EncryptedDir{Dir: tokencache.Dir(filepath.Join(t.TempDir(), "cache")), Cipher: cipher}, cipher
}

// TestEncryptedFiles: no file contains anything of a token or a registration.
func TestEncryptedFiles(t *testing.T) {
	dir, _ := newEncrypted(t)
	tok := cliToken()
	tok.AccessToken = "an access token"
	mustStore(t, dir, "s", tok)
	registration := &tokencache.Registration{ClientID: "client id", ClientSecret: "client secret", ExpiresAt: cliToken().ExpiresAt}
	key := tokencache.RegistrationKey{StartURL: "https://start", Region: "eu-west-1", SessionName: "s"}
	if err := dir.StoreRegistration(t.Context(), key, registration); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(string(dir.Dir), "*.json"))
	if err != nil || len(files) != 2 {
		t.Fatalf("files: %v, %v; want 2", files, err)
	}
	for _, file := range files {
		data := []byte(filetest.Read(t, file))
		for _, text := range []string{"client", "Token", "start", "eu-west-1", string(tok.AccessToken)} {
			if bytes.Contains(data, []byte(text)) {
				t.Errorf("%s contains %q", file, text)
			}
		}
		filetest.WantMode(t, file, 0o600)
	}
}

// TestUndecryptable: a file that is damaged, renamed, plain or encrypted with another key is invalid.
func TestUndecryptable(t *testing.T) {
	dir, _ := newEncrypted(t)
	mustStore(t, dir, "s", cliToken())
	sealed := filetest.Read(t, dir.Path("s"))
	other := tokencache.EncryptedDir{Dir: dir.Dir, Cipher: ciphertest.New("another key")}
	for name, content := range map[string]string{
		"other name": sealed, "truncated": sealed[:40], "empty": "", "plain": cliFile, "changed": sealed[:40] + string([]byte{sealed[40] ^ 1}) + sealed[41:],
	} {
		key := "s"
		if name == "other name" {
			key = "t"
		}
		filetest.Write(t, dir.Path(key), content)
		wantUndecryptable(t, dir, key)
	}
	filetest.Write(t, dir.Path("s"), sealed)
	wantUndecryptable(t, other, "s")
	wantToken(t, mustLoad(t, dir, "s"), cliToken())
	if err := dir.Delete(t.Context(), "t"); err != nil {
		t.Error(err)
	}
	if entries, err := other.Entries(t.Context(), "s"); len(entries) != 0 || err != nil {
		t.Errorf("Entries with another key: %v, %v", entries, err)
	}
}

func wantUndecryptable(t *testing.T, cache tokencache.Cache, key string) {
	t.Helper()
	tok, err := cache.Load(t.Context(), key)
	var invalid *tokencache.InvalidError
	if tok != nil || !errors.As(err, &invalid) {
		t.Errorf("Load = %v, %v; want an *InvalidError", tok, err)
	}
}

// TestKeyUnavailable: without the key, every method fails with the error of the Cipher, and none
// counts the sign-in as missing or invalid.
func TestKeyUnavailable(t *testing.T) {
	dir, cipher := newEncrypted(t)
	mustStore(t, dir, "s", cliToken())
	locked := errors.New("the keyring is locked")
	cipher.Fail(locked)
	_, loadErr := dir.Load(t.Context(), "s")
	_, listErr := dir.Entries(t.Context(), "s")
	for name, err := range map[string]error{
		"Load":          loadErr,
		"Entries":       listErr,
		"Store":         dir.Store(t.Context(), "s", cliToken()),
		"CheckWritable": dir.CheckWritable(t.Context(), "s"),
	} {
		var invalid *tokencache.InvalidError
		if !errors.Is(err, locked) || errors.Is(err, tokencache.ErrNotFound) || errors.As(err, &invalid) {
			t.Errorf("%s: %v, want %v", name, err, locked)
		}
	}
	cipher.Fail(nil)
	wantToken(t, mustLoad(t, dir, "s"), cliToken())
}

// TestSweepEncrypted: files that cannot be decrypted are removed, since they may hold a token.
func TestSweepEncrypted(t *testing.T) {
	dir, cipher := newEncrypted(t)
	mustStore(t, dir, "s", cliToken())
	filetest.Write(t, dir.Path("t"), filetest.Read(t, dir.Path("s")))
	if n, err := dir.Sweep(t.Context()); n != 1 || err != nil {
		t.Errorf("Sweep: %d, %v; want 1", n, err)
	}
	wantToken(t, mustLoad(t, dir, "s"), cliToken())
	cipher.Fail(errors.New("the keyring is locked"))
	if n, err := dir.Sweep(t.Context()); n != 1 || err != nil {
		t.Errorf("Sweep without the key: %d, %v; want 1", n, err)
	}
	cipher.Fail(nil)
	if _, err := dir.Load(t.Context(), "s"); !errors.Is(err, tokencache.ErrNotFound) {
		t.Errorf("Load: %v", err)
	}
}

// TestNoCipher: an EncryptedDir without a Cipher writes no plain files.
func TestNoCipher(t *testing.T) {
	dir := tokencache.EncryptedDir{Dir: tokencache.Dir(t.TempDir())}
	if err := dir.Store(t.Context(), "s", cliToken()); err == nil {
		t.Error("Store succeeded")
	}
	if _, err := os.Stat(dir.Path("s")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Store wrote a file: %v", err)
	}
}
