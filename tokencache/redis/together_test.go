package redis_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/rolecache"
	"github.com/latchkey-sso/latchkey/tokencache/redis"
)

// TestWaitersGoOnTogether: if the holder of the refresh lock has loaded a valid token, or of a role's lock has stored
// credentials, all that wait go on at the same time.
func TestWaitersGoOnTogether(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	role := rolecache.Key{Session: session, AccountID: "111122223333", RoleName: "Developer"}
	lockToken := func(c *redis.Client) (func(), error) { return c.Tokens().Lock(t.Context(), session) }
	lockRole := func(c *redis.Client) (func(), error) { return c.Roles().Lock(t.Context(), role) }
	loadToken := func(c *redis.Client) error { _, err := c.Tokens().Load(t.Context(), session); return err }
	storeRole := func(c *redis.Client) error {
		return c.Roles().Store(t.Context(), role, &rolecache.Credentials{AccessKeyID: "A", SecretAccessKey: "S", SessionToken: "T", Expires: time.Now().Add(time.Hour)})
	}
	_, _, tokenLock, _ := w.client().Tokens().Names(session)
	w.store(w.client(), time.Hour)
	for name, tt := range map[string]struct {
		lock   func(*redis.Client) (func(), error)
		result func(*redis.Client) error
		name   string // of the lock on the server
	}{
		"token": {lockToken, loadToken, tokenLock},
		"role":  {lockRole, storeRole, w.client().Roles().LockName(role)},
	} {
		t.Run(name, func(t *testing.T) {
			holder := w.client()
			unlock, err := tt.lock(holder)
			if err != nil {
				t.Fatal(err)
			}
			const waiters = 10
			var together atomic.Int32
			goOn := make(chan struct{})
			for range waiters {
				client := w.client()
				client.WakeOnly()
				go func() {
					unlock, err := tt.lock(client)
					if err != nil {
						return // the test has failed
					}
					together.Add(1)
					<-goOn
					unlock()
				}()
			}
			await(t, "all wait", func() bool { return w.redis.Do("ZCARD", tt.name+":queue") == fmt.Sprintf(":%d", waiters) })
			if err := tt.result(holder); err != nil {
				t.Fatal(err)
			}
			unlock()
			await(t, "all go on", func() bool { return together.Load() == waiters })
			close(goOn)
		})
	}
}

// TestDeadWaiters: thousands of processes that were killed while they waited do not keep a live one from being woken.
func TestDeadWaiters(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	unlock := lockSending(t, w.client(func(o *redis.Options) { o.Lease = time.Hour }).Tokens())
	_, _, _, lock := w.client().Tokens().Names(session)
	dead := []string{"ZADD", lock + ":queue"}
	for i := range 2500 {
		dead = append(dead, fmt.Sprint(i), fmt.Sprintf("dead%d", i))
	}
	w.redis.Do(dead...)
	waiter := w.client()
	waiter.WakeOnly()
	done := make(chan error, 1)
	go func() {
		_, err := waiter.Tokens().LockSending(t.Context(), session)
		done <- err
	}()
	await(t, "the process waits", func() bool { return w.redis.Do("ZCARD", lock+":queue") == ":2501" })
	unlock()
	await(t, "it is woken", func() bool { return len(done) == 1 })
	if err := <-done; err != nil {
		t.Error(err)
	}
}
