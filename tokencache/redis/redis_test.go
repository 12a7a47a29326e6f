package redis_test

import (
	"crypto/rand"
	"encoding/base64"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/internal/redistest"
	"github.com/latchkey-sso/latchkey/rolecache"
	rolecachetest "github.com/latchkey-sso/latchkey/rolecache/cachetest"
	"github.com/latchkey-sso/latchkey/tokencache"
	"github.com/latchkey-sso/latchkey/tokencache/cachetest"
	"github.com/latchkey-sso/latchkey/tokencache/redis"
)

func newKeys(t *testing.T) *redis.Keys {
	t.Helper()
	keys, err := redis.ParseKeys(newKey())
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// newKey returns a line of a key file.
func newKey() []byte {
	key := make([]byte, 32)
	_, _ = rand.Read(key)
	return []byte(base64.StdEncoding.EncodeToString(key))
}

// newClient returns a client of a server. It waits longer than others: the machine may be busy.
func newClient(t *testing.T, server *redistest.Server, optFns ...func(*redis.Options)) *redis.Client {
	t.Helper()
	opts := redis.Options{Addrs: []string{server.Addr()}, Keys: newKeys(t), Timeout: 15 * time.Second, Lease: time.Minute}
	for _, fn := range optFns {
		fn(&opts)
	}
	client, err := redis.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

func TestCaches(t *testing.T) {
	t.Parallel()
	testCaches(t, redistest.Start(t))
}

// testCaches tests the caches of a server.
func testCaches(t *testing.T, server *redistest.Server, optFns ...func(*redis.Options)) {
	t.Helper()
	t.Run("tokens", func(t *testing.T) {
		cachetest.Test(t, func(t *testing.T) tokencache.Cache { return redis.RawTokens{newClient(t, server, optFns...).Tokens()} })
	})
	t.Run("roles", func(t *testing.T) {
		rolecachetest.Test(t, func(t *testing.T) rolecache.Cache { return newClient(t, server, optFns...).Roles() })
	})
}
