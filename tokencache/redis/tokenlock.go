package redis

import (
	"context"
	"fmt"
	"time"
)

// Lock implements [tokencache.Cache]. The lock is lost if the server does not hear from this process
// for Options.Lease. If its holder loads a valid token or stores a token or a note, all callers that wait
// return when it is released, since thousands would take too long in turn. So only the second lock
// guarantees that one process at a time sends a refresh token.
func (t TokenCache) Lock(ctx context.Context, key string) (unlock func(), err error) {
	name := t.keys().lockName(key, kindLock)
	name.results = []string{t.name(key, kindToken), t.name(key, kindNote)}
	return t.client.lockFor(ctx, name)
}

// LockSending implements [tokencache.SendLocker].
func (t TokenCache) LockSending(ctx context.Context, key string) (unlock func(), err error) {
	return t.client.lockFor(ctx, t.keys().lockName(key, kindSending))
}

// HoldsSending implements [tokencache.LeaseLocker]. If the lease has expired but no other process has
// acquired the lock, HoldsSending acquires it again.
func (t TokenCache) HoldsSending(ctx context.Context, key string) (bool, error) {
	l := t.client.locks.lease(t.name(key, kindSending))
	if l == nil {
		return false, ctx.Err()
	}
	// A response that is later says little: the lease may have expired since.
	held, _, err := l.try(ctx, min(t.client.opts.Timeout, t.client.opts.Lease/4), false)
	if err != nil {
		return false, fmt.Errorf("redis: renew lock: %w", err)
	}
	return held, nil
}

// LockedSince implements [tokencache.LockAger].
func (t TokenCache) LockedSince(ctx context.Context, key string) (time.Time, error) {
	return t.client.lockedSince(ctx, t.keys().lockName(key, kindLock))
}

// SendingSince implements [tokencache.SendLocker].
func (t TokenCache) SendingSince(ctx context.Context, key string) (time.Time, error) {
	return t.client.lockedSince(ctx, t.keys().lockName(key, kindSending))
}

func (c *Client) lockFor(ctx context.Context, name lockName) (unlock func(), err error) {
	unlock, err = c.lock(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("redis: lock: %w", err)
	}
	return unlock, nil
}
