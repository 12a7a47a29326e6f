package assumerole_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/latchkey-sso/latchkey/internal/assumerole"
	"github.com/latchkey-sso/latchkey/internal/ciphertest"
	"github.com/latchkey-sso/latchkey/internal/filetest"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/rolecache"
)

// TestEncryptedCache: credentials of a chain of roles are cached encrypted, and Forget or Clear deletes them.
func TestEncryptedCache(t *testing.T) {
	w := newWorld(t)
	cache := rolecache.EncryptedDir{Dir: w.roles, Cipher: ciphertest.New("key")}
	w.opts.Cache = cache
	signIn := &profile.Profile{Name: "dev", Session: &profile.Session{Name: "corp"}}
	first := w.role(deploy, signIn)
	last := w.role("arn:aws:iam::777788889999:role/last", first)
	creds := w.retrieve(t, last)
	w.wantCount(t, 2)
	if again := w.retrieve(t, last); again != creds || creds.AccountID != "777788889999" || creds.Source != assumerole.Name {
		t.Errorf("credentials of account %s from %s, then of %s", creds.AccountID, creds.Source, again.AccountID)
	}
	w.wantCount(t, 0)
	files, err := filepath.Glob(filepath.Join(string(w.roles), "*.json"))
	if err != nil || len(files) != 2 {
		t.Fatalf("files %q, %v; want 2", files, err)
	}
	for _, file := range files {
		if text := filetest.Read(t, file); strings.Contains(text, "SecretAccessKey") || strings.Contains(text, creds.AccessKeyID) {
			t.Errorf("%s is not encrypted", file)
		}
	}
	for name, forget := range map[string]func() error{
		"Forget": func() error { return assumerole.Forget(t.Context(), cache, last) },
		"Clear":  func() error { _, err := cache.Clear(t.Context()); return err },
	} {
		if err := forget(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		w.retrieve(t, last)
		w.wantCount(t, 2)
	}

	// Another sign-in may be another user's.
	signIn.Session = &profile.Session{Name: "other"}
	w.retrieve(t, last)
	w.wantCount(t, 2)

	locked := errors.New("locked")
	cache.Cipher.(*ciphertest.Cipher).Fail(locked)
	w.retrieve(t, last)
	if !strings.Contains(w.log.String(), "were not cached: rolecache: encrypt ") {
		t.Errorf("the log is %q", w.log.String())
	}
}
