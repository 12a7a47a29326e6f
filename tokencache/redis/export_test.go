package redis

import (
	"context"

	"github.com/latchkey-sso/latchkey/tokencache"
)

// RawTokens is a TokenCache that can store invalid data.
type RawTokens struct{ TokenCache }

func (t RawTokens) StoreRaw(ctx context.Context, key string, data []byte) error {
	return t.store(ctx, key, data, &tokencache.Token{})
}
