package cachetest

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/internal/contract"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// lockFunc is Lock or LockSending.
type lockFunc func(ctx context.Context, key string) (unlock func(), err error)

// attempt calls lock, and fails the test if lock ignores its context.
func attempt(ctx context.Context, t *testing.T, lock lockFunc, key string) (unlock func(), err error) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		unlock, err = lock(ctx, key)
	}()
	select {
	case <-done:
		return unlock, err
	case <-time.After(2 * contract.Timeout):
		t.Fatalf("lock of %q: still waiting after %v, although its context is done", key, 2*contract.Timeout)
		return nil, nil
	}
}

func take(t *testing.T, lock lockFunc, key string) (unlock func()) {
	t.Helper()
	unlock, err := attempt(contract.Context(t), t, lock, key)
	if err != nil {
		t.Fatalf("lock of %q: %v", key, err)
	}
	if unlock == nil {
		t.Fatalf("lock of %q: no error, but unlock is nil", key)
	}
	return unlock
}

// wantHeld checks that lock times out.
func wantHeld(t *testing.T, lock lockFunc, key string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	unlock, err := attempt(ctx, t, lock, key)
	if err == nil {
		unlock()
	}
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("lock of %q while it is held: %v, want %v", key, err, context.DeadlineExceeded)
	}
}

func testLockExcludes(t *testing.T, c tokencache.Cache) { testExclusion(t, c.Lock) }

// testExclusion: only one goroutine at a time holds the lock.
func testExclusion(t *testing.T, lock lockFunc) {
	ctx := contract.Context(t)
	var holders, turns atomic.Int32 // the race detector does not know file locks
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			for range 3 {
				unlock, err := lock(ctx, key)
				if err != nil {
					t.Errorf("lock: %v", err)
					return
				}
				if n := holders.Add(1); n != 1 {
					t.Errorf("%d goroutines hold the lock", n)
				}
				runtime.Gosched()
				time.Sleep(100 * time.Microsecond)
				turns.Add(1)
				holders.Add(-1)
				unlock()
			}
		})
	}
	wg.Wait()
	if n := turns.Load(); n != 60 {
		t.Errorf("lock acquired %d times, want 60", n)
	}
}

// testLockContext: a canceled Lock does not acquire the lock.
func testLockContext(t *testing.T, c tokencache.Cache) {
	unlock := take(t, c.Lock, key)
	for range 3 {
		wantHeld(t, c.Lock, key)
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)
	if _, err := attempt(ctx, t, c.Lock, key); !errors.Is(err, context.Canceled) {
		t.Errorf("Lock: %v, want %v", err, context.Canceled)
	}
	unlock()
	take(t, c.Lock, key)()

	// A lock stays held after its context is done.
	ctx, cancel = context.WithCancel(t.Context())
	unlock, err := c.Lock(ctx, key)
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	wantHeld(t, c.Lock, key)
	unlock()
	take(t, c.Lock, key)()
}

// testLockKeys: a lock blocks only Lock with the same key.
func testLockKeys(t *testing.T, c tokencache.Cache) {
	unlock := take(t, c.Lock, key)
	for _, other := range []string{"login " + key, "Corp", startURL} {
		take(t, c.Lock, other)()
	}
	store(t, c, key, newToken(t))
	wantToken(t, c, key, newToken(t))
	remove(t, c, key)
	wantHeld(t, c.Lock, key) // even after Delete
	unlock()
	take(t, c.Lock, key)()
}

// testUnlockTwice: calling unlock again does not release the lock of the next holder.
func testUnlockTwice(t *testing.T, c tokencache.Cache) {
	unlock := take(t, c.Lock, key)
	unlock()
	unlock()
	next := take(t, c.Lock, key)
	unlock()
	wantHeld(t, c.Lock, key)
	next()
	take(t, c.Lock, key)()
}

func testLockAger(t *testing.T, c tokencache.LockAger) { testAge(t, c.Lock, c.LockedSince) }

// testAge: since returns when the current or last holder acquired the lock.
func testAge(t *testing.T, lock lockFunc, since func(ctx context.Context, key string) (time.Time, error)) {
	if at, err := since(contract.Context(t), key); err == nil {
		t.Errorf("a lock that was never acquired is held since %v", at)
	}
	var last time.Time
	for range 2 {
		unlock := take(t, lock, key)
		at, err := since(contract.Context(t), key)
		if err != nil {
			t.Fatal(err)
		}
		if ago := time.Since(at); ago < -time.Minute || ago > time.Minute || !at.After(last) {
			t.Errorf("the lock was acquired just now, but is held since %v", at)
		}
		time.Sleep(50 * time.Millisecond) // file times are coarse
		if later, err := since(contract.Context(t), key); err != nil || !later.Equal(at) {
			t.Errorf("the lock is held since %v, and 50 ms later since %v, %v", at, later, err)
		}
		unlock()
		last = at
	}
}

func testSendLocker(t *testing.T, c tokencache.SendLocker) {
	testExclusion(t, c.LockSending)
	first, second := take(t, c.Lock, key), take(t, c.LockSending, key)
	wantHeld(t, c.LockSending, key)
	first()
	take(t, c.Lock, key)()
	wantHeld(t, c.LockSending, key)
	take(t, c.LockSending, "other")()
	second()
	testAge(t, func(ctx context.Context, key string) (func(), error) { return c.LockSending(ctx, "age "+key) },
		func(ctx context.Context, key string) (time.Time, error) { return c.SendingSince(ctx, "age "+key) })
}

// testLeaseLocker: HoldsSending follows the second lock of its key.
func testLeaseLocker(t *testing.T, c tokencache.LeaseLocker) {
	want := func(key string, want bool) {
		t.Helper()
		if held, err := c.HoldsSending(contract.Context(t), key); held != want || err != nil {
			t.Errorf("HoldsSending(%q) = %t, %v; want %t", key, held, err, want)
		}
	}
	want(key, false)
	first := take(t, c.Lock, key)
	want(key, false)
	unlock := take(t, c.LockSending, key)
	want(key, true)
	want("other", false)
	first()
	want(key, true)
	wantHeld(t, c.LockSending, key)
	unlock()
	want(key, false)
	take(t, c.LockSending, key)()
}
