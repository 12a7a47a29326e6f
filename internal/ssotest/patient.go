package ssotest

import (
	"context"
	"errors"
	"time"

	"github.com/latchkey-sso/latchkey/rolecache"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// Dir is a token cache that waits longer for a lock than the context says. While a token is valid, the product waits
// only briefly, and a busy machine may not acquire even a free lock in that time. For a lock that a test holds, use
// the tokencache.Dir in it.
type Dir struct{ tokencache.Dir }

// Lock is that of tokencache.Cache.
func (d Dir) Lock(ctx context.Context, key string) (func(), error) {
	return patiently(ctx, key, d.Dir.Lock)
}

// LockSending is that of tokencache.SendLocker.
func (d Dir) LockSending(ctx context.Context, key string) (func(), error) {
	return patiently(ctx, key, d.Dir.LockSending)
}

// Roles is a role cache that waits like Dir.
type Roles struct{ rolecache.Dir }

// Lock is that of rolecache.Cache.
func (r Roles) Lock(ctx context.Context, key rolecache.Key) (func(), error) {
	return patiently(ctx, key, r.Dir.Lock)
}

// patiently calls lock with a context that has a later deadline than ctx. It still ends when ctx is canceled.
func patiently[K any](ctx context.Context, key K, lock func(context.Context, K) (func(), error)) (func(), error) {
	longer, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	defer context.AfterFunc(ctx, func() {
		if errors.Is(ctx.Err(), context.Canceled) {
			cancel()
		}
	})()
	return lock(longer, key)
}
