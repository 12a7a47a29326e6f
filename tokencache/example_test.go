package tokencache_test

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/latchkey-sso/latchkey/tokencache"
)

// keychain is a token cache that a program brings. It stores what Encode returns, here in memory.
type keychain struct {
	items sync.Map      // []byte by key
	lock  chan struct{} // holds one value: a lock for all keys, of this process alone
}

func (c *keychain) Load(_ context.Context, key string) (*tokencache.Token, error) {
	data, ok := c.items.Load(key)
	if !ok {
		return nil, tokencache.ErrNotFound
	}
	return tokencache.Parse(data.([]byte))
}

func (c *keychain) Store(_ context.Context, key string, token *tokencache.Token) error {
	data, err := token.Encode()
	if err == nil {
		c.items.Store(key, data)
	}
	return err
}

func (c *keychain) Delete(_ context.Context, key string) error {
	c.items.Delete(key)
	return nil
}

func (c *keychain) Lock(ctx context.Context, _ string) (unlock func(), err error) {
	select {
	case c.lock <- struct{}{}:
		return func() { <-c.lock }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func ExampleCache() {
	var cache tokencache.Cache = &keychain{lock: make(chan struct{}, 1)}
	ctx := context.Background()

	token := &tokencache.Token{AccessToken: "an access token", ExpiresAt: time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)}
	if err := cache.Store(ctx, "corp", token); err != nil {
		fmt.Println(err)
		return
	}
	stored, err := cache.Load(ctx, "corp")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(stored.AccessToken == token.AccessToken, stored.ExpiresAt)
	// Output: true 2030-01-02 03:04:05 +0000 UTC
}
