package cachetest_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/latchkey-sso/latchkey/internal/ciphertest"
	"github.com/latchkey-sso/latchkey/tokencache"
	"github.com/latchkey-sso/latchkey/tokencache/cachetest"
)

// rawDir is a Dir that can store invalid data.
type rawDir struct{ tokencache.Dir }

func (p rawDir) StoreRaw(_ context.Context, key string, data []byte) error {
	return os.WriteFile(p.Path(key), data, 0o600)
}

// rawEncrypted is an EncryptedDir that can store invalid data.
type rawEncrypted struct{ tokencache.EncryptedDir }

func (e rawEncrypted) StoreRaw(ctx context.Context, key string, data []byte) error {
	name := filepath.Base(e.Path(key))
	sealed, err := e.Cipher.Seal(ctx, "token "+name, data)
	if err != nil {
		return err
	}
	return os.WriteFile(e.Path(key), sealed, 0o600)
}

// plain is a cache without the optional interfaces.
type plain struct{ tokencache.Cache }

func TestDir(t *testing.T) {
	t.Parallel()
	cachetest.Test(t, func(t *testing.T) tokencache.Cache {
		return rawDir{tokencache.Dir(filepath.Join(t.TempDir(), "cache"))}
	})
}

func TestEncryptedDir(t *testing.T) {
	t.Parallel()
	cachetest.Test(t, func(t *testing.T) tokencache.Cache {
		return rawEncrypted{tokencache.EncryptedDir{
			Dir: tokencache.Dir(filepath.Join(t.TempDir(), "cache")), Cipher: ciphertest.New("key"),
		}}
	})
}

func TestMemory(t *testing.T) {
	t.Parallel()
	cachetest.Test(t, func(*testing.T) tokencache.Cache { return newMemory() })
}

func TestPlainCache(t *testing.T) {
	t.Parallel()
	cachetest.Test(t, func(*testing.T) tokencache.Cache { return plain{newMemory()} })
}
