package cachetest_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/latchkey-sso/latchkey/tokencache"
	"github.com/latchkey-sso/latchkey/tokencache/cachetest"
)

// plantable is a Dir that a test can damage.
type plantable struct{ tokencache.Dir }

func (p plantable) Plant(_ context.Context, key string, data []byte) error {
	return os.WriteFile(p.Path(key), data, 0o600)
}

// plain is a cache without any optional interface.
type plain struct{ tokencache.Cache }

func TestDir(t *testing.T) {
	t.Parallel()
	cachetest.Test(t, func(t *testing.T) tokencache.Cache {
		return plantable{tokencache.Dir(filepath.Join(t.TempDir(), "cache"))}
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
