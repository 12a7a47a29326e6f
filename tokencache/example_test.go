package tokencache_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/tokencache"
	"github.com/latchkey-sso/latchkey/tokencache/cachetest"
)

// store is a token cache in memory.
type store struct {
	items sync.Map // []byte by key
	locks sync.Map // chan struct{} by key, with capacity 1
}

func (s *store) Load(ctx context.Context, key string) (*tokencache.Token, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	data, ok := s.items.Load(key)
	if !ok {
		return nil, tokencache.ErrNotFound
	}
	return tokencache.Parse(data.([]byte))
}

func (s *store) Store(ctx context.Context, key string, token *tokencache.Token) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	data, err := token.Encode()
	if err == nil {
		s.items.Store(key, data)
	}
	return err
}

func (s *store) Delete(ctx context.Context, key string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.items.Delete(key)
	return nil
}

func (s *store) Lock(ctx context.Context, key string) (unlock func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	value, _ := s.locks.LoadOrStore(key, make(chan struct{}, 1))
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
	cachetest.Test(t, func(*testing.T) tokencache.Cache { return &store{} })
}

func ExampleCache() {
	var cache tokencache.Cache = &store{}
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
