package tokencache_test

import (
	"context"
	"testing"

	"github.com/latchkey-sso/latchkey/tokencache"
)

// BenchmarkLoad loads a token, which is all that most short-lived programs do.
func BenchmarkLoad(b *testing.B) {
	dir := tokencache.Dir(b.TempDir())
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	if err := dir.Store(ctx, "s", cliToken()); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := dir.Load(ctx, "s"); err != nil {
			b.Fatal(err)
		}
	}
}
