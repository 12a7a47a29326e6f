package tokenstore_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/latchkey-sso/latchkey/internal/ciphertest"
	"github.com/latchkey-sso/latchkey/rolecache"
	"github.com/latchkey-sso/latchkey/tokencache"
	"github.com/latchkey-sso/latchkey/tokenstore"
)

func TestOpen(t *testing.T) {
	home := newHome(t)
	elsewhere := filepath.Join(t.TempDir(), "a b")
	for setting, dir := range map[string]string{
		"":                 filepath.Join(home, ".aws"),
		"file":             filepath.Join(home, ".aws"),
		"dir:~":            home,
		"dir:~/elsewhere/": filepath.Join(home, "elsewhere"),
		"dir:" + elsewhere: elsewhere,
	} {
		store, err := tokenstore.Open(setting)
		if err != nil {
			t.Errorf("Open(%q): %v", setting, err)
			continue
		}
		tokens, roles := filepath.Join(dir, "sso", "cache"), filepath.Join(dir, "cli", "cache")
		if store.Tokens != tokencache.Dir(tokens) || store.Roles != rolecache.Dir(roles) || store.Name != tokens {
			t.Errorf("Open(%q) = %+v, want %s and %s", setting, store, tokens, roles)
		}
	}
}

func TestOpenInvalid(t *testing.T) {
	for setting, want := range map[string]string{
		"dir":         "needs a path",
		"dir:":        "needs a path",
		"dir:a/b":     `"a/b" is relative`,
		"dir:./b":     "is relative",
		"dir:~me/b":   "is relative",
		"file:/a":     "write dir:/path",
		"file?x=y":    "file has no parameters",
		"dir:/a?x=y":  "dir has no parameters",
		"not a store": "write file",
	} {
		var invalid *tokenstore.SettingError
		if store, err := tokenstore.Open(setting); !errors.As(err, &invalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("Open(%q) = %v, %v; want %q", setting, store, err, want)
		}
	}
}

// TestOpenDriver: a driver opens its schemes, and no others.
func TestOpenDriver(t *testing.T) {
	home := newHome(t)
	driver := ciphertest.NewDriver("sealed", "keyring")
	for setting, dir := range map[string]string{
		"sealed":             filepath.Join(home, ".aws", "latchkey", "sealed"),
		"keyring":            filepath.Join(home, ".aws", "latchkey", "keyring"),
		"sealed?dir=~/other": filepath.Join(home, "other"),
	} {
		store, err := tokenstore.Open(setting, driver)
		if err != nil {
			t.Errorf("Open(%q): %v", setting, err)
			continue
		}
		again, err := tokenstore.Open(setting, driver)
		if err != nil || again.Tokens != store.Tokens || again.Roles != store.Roles {
			t.Errorf("Open(%q), again: %v, %v; want equal caches", setting, again, err)
		}
		tokens, ok := store.Tokens.(tokencache.EncryptedDir)
		if want := filepath.Join(dir, "sso", "cache"); !ok || string(tokens.Dir) != want || store.Name != "sealed files in "+dir {
			t.Errorf("Open(%q) = %+v, want files in %s", setting, store, want)
		}
	}
	for setting, want := range map[string]string{
		"sealed?dir=a":       "is relative",
		"sealed?dir=~/.aws":  "AWS tools read",
		"sealed?dri=/a":      "unknown parameter dri: sealed has dir",
		"sealed?dir=/&dir=/": "set twice",
	} {
		var invalid *tokenstore.SettingError
		if store, err := tokenstore.Open(setting, driver); !errors.As(err, &invalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("Open(%q) = %v, %v; want %q", setting, store, err, want)
		}
	}
	for setting, want := range map[string]string{
		"age:/id":              "does not link github.com/latchkey-sso/latchkey/tokenstore/age",
		"passphrase":           "does not link github.com/latchkey-sso/latchkey/tokenstore/age",
		"redis+sentinel://a,b": "does not link github.com/latchkey-sso/latchkey/tokencache/redis",
		"vault:x":              "open vault: unknown scheme",
	} {
		var missing *tokenstore.DriverError
		if store, err := tokenstore.Open(setting, driver); !errors.As(err, &missing) || !strings.Contains(err.Error(), want) {
			t.Errorf("Open(%q) = %v, %v; want %q", setting, store, err, want)
		}
	}
}

func newHome(t *testing.T) string {
	t.Helper()
	home := t.TempDir()
	t.Setenv("HOME", home)
	return home
}
