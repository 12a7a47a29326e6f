package cachetest

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/internal/contract"
	"github.com/latchkey-sso/latchkey/rolecache"
)

// testLock: only one goroutine at a time holds the lock.
func testLock(t *testing.T, c rolecache.Cache) {
	var holders, turns atomic.Int32 // the race detector does not know file locks
	ctx := contract.Context(t)
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			unlock, err := c.Lock(ctx, key)
			if err != nil {
				t.Errorf("Lock: %v", err)
				return
			}
			if n := holders.Add(1); n != 1 {
				t.Errorf("%d goroutines hold the lock", n)
			}
			time.Sleep(100 * time.Microsecond)
			turns.Add(1)
			holders.Add(-1)
			unlock()
			unlock()
		})
	}
	wg.Wait()
	if n := turns.Load(); n != 20 {
		t.Errorf("lock acquired %d times, want 20", n)
	}
	testLockHeld(t, c)
}

// testLockHeld: a held lock blocks only Lock with the same key.
func testLockHeld(t *testing.T, c rolecache.Cache) {
	unlock := take(t, c, key)
	other := key
	other.RoleName = "Auditor"
	take(t, c, other)()
	store(t, c, key, newCredentials("of the holder"))
	wantCredentials(t, c, key, newCredentials("of the holder"))
	if err := c.Delete(contract.Context(t), key); err != nil {
		t.Errorf("Delete: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	if _, err := c.Lock(ctx, key); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Lock while it is held: %v, want %v", err, context.DeadlineExceeded)
	}
	unlock()
	take(t, c, key)()
}

func take(t *testing.T, c rolecache.Cache, key rolecache.Key) (unlock func()) {
	t.Helper()
	unlock, err := c.Lock(contract.Context(t), key)
	if err != nil || unlock == nil {
		t.Fatalf("Lock: %v", err)
	}
	return unlock
}
