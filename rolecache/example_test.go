package rolecache_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/rolecache"
	"github.com/latchkey-sso/latchkey/rolecache/cachetest"
)

// store is a role cache in memory.
type store struct {
	items sync.Map // []byte by item
	locks sync.Map // chan struct{} by item, with capacity 1
}

// item returns a string that identifies key. It ignores the start URL of a named session.
func item(key rolecache.Key) string {
	if key.Session != "" {
		return fmt.Sprintf("session %q %q %q", key.Session, key.AccountID, key.RoleName)
	}
	return fmt.Sprintf("start URL %q %q %q", key.StartURL, key.AccountID, key.RoleName)
}

func (s *store) Load(ctx context.Context, key rolecache.Key) (*rolecache.Credentials, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	data, ok := s.items.Load(item(key))
	if !ok {
		return nil, rolecache.ErrNotFound
	}
	return rolecache.Parse(data.([]byte))
}

func (s *store) Store(ctx context.Context, key rolecache.Key, credentials *rolecache.Credentials) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	data, err := credentials.Encode()
	if err == nil {
		s.items.Store(item(key), data)
	}
	return err
}

func (s *store) Delete(ctx context.Context, key rolecache.Key) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.items.Delete(item(key))
	return nil
}

func (s *store) Lock(ctx context.Context, key rolecache.Key) (unlock func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	value, _ := s.locks.LoadOrStore(item(key), make(chan struct{}, 1))
	lock := value.(chan struct{})
	select {
	case lock <- struct{}{}:
		return sync.OnceFunc(func() { <-lock }), nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Package cachetest tests implementations of Cache.
func TestStore(t *testing.T) {
	cachetest.Test(t, func(*testing.T) rolecache.Cache { return &store{} })
}

func ExampleCache() {
	var cache rolecache.Cache = &store{}
	ctx := context.Background()

	key := rolecache.Key{Session: "corp", AccountID: "111122223333", RoleName: "Developer"}
	credentials := &rolecache.Credentials{
		AccessKeyID: "AKIAIOSFODNN7EXAMPLE", SecretAccessKey: "secret", SessionToken: "token",
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
	fmt.Println(stored.AccessKeyID, stored.Expires)
	// Output: AKIAIOSFODNN7EXAMPLE 2030-01-02 03:04:05 +0000 UTC
}
