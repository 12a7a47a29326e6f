package redis

import (
	"context"
	"time"

	"github.com/latchkey-sso/latchkey/rolecache"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// RawTokens is a TokenCache that can store invalid data.
type RawTokens struct{ TokenCache }

func (t RawTokens) StoreRaw(ctx context.Context, key string, data []byte) error {
	return t.store(ctx, key, data, &tokencache.Token{})
}

// SetClock sets the clock of the client's machine ahead.
func (c *Client) SetClock(ahead time.Duration) {
	c.now = func() time.Time { return time.Now().Add(ahead) }
}

// WakeOnly makes the client wait for locks until it is woken.
func (c *Client) WakeOnly() { c.poll = time.Hour }

// LockName returns the name of a role's lock on the server.
func (c RoleCache) LockName(key rolecache.Key) string {
	return c.client.keys().lockName(session(key), kindRoleLock, roleParts(key)...).lock
}

// Names returns the names of a session's entries on the server.
func (t TokenCache) Names(key string) (token, note, lock, sending string) {
	return t.name(key, kindToken), t.name(key, kindNote), t.name(key, kindLock), t.name(key, kindSending)
}

// FenceName returns the name of the entry with the last fence of a session.
func (t TokenCache) FenceName(key string) string { return t.name(key, kindFence) }

// OrderName returns the name of the entry with the number of the last sign-in or sign-out of a session.
func (t TokenCache) OrderName(key string) string { return t.name(key, kindOrder) }
