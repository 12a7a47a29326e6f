package rolecache_test

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/latchkey-sso/latchkey/rolecache"
)

// keychain is a role cache that a program brings. It stores what Encode returns, here in memory.
type keychain struct {
	items sync.Map      // []byte by key
	lock  chan struct{} // holds one value: a lock for all keys, of this process alone
}

func (c *keychain) Load(_ context.Context, key rolecache.Key) (*rolecache.Credentials, error) {
	data, ok := c.items.Load(key)
	if !ok {
		return nil, rolecache.ErrNotFound
	}
	return rolecache.Parse(data.([]byte))
}

func (c *keychain) Store(_ context.Context, key rolecache.Key, credentials *rolecache.Credentials) error {
	data, err := credentials.Encode()
	if err == nil {
		c.items.Store(key, data)
	}
	return err
}

func (c *keychain) Delete(_ context.Context, key rolecache.Key) error {
	c.items.Delete(key)
	return nil
}

func (c *keychain) Lock(ctx context.Context, _ rolecache.Key) (unlock func(), err error) {
	select {
	case c.lock <- struct{}{}:
		return func() { <-c.lock }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func ExampleCache() {
	var cache rolecache.Cache = &keychain{lock: make(chan struct{}, 1)}
	ctx := context.Background()

	key := rolecache.Key{Session: "corp", AccountID: "111122223333", RoleName: "Admin"}
	credentials := &rolecache.Credentials{
		AccessKeyID: "AKIAEXAMPLE", SecretAccessKey: "a secret key", SessionToken: "a session token",
		Expires: time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC),
	}
	if err := cache.Store(ctx, key, credentials); err != nil {
		fmt.Println(err)
		return
	}
	stored, err := cache.Load(ctx, key)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(stored.SecretAccessKey == credentials.SecretAccessKey, stored.Expires)
	// Output: true 2030-01-02 03:04:05 +0000 UTC
}
