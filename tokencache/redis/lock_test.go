package redis_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/tokencache"
	"github.com/latchkey-sso/latchkey/tokencache/redis"
)

func brief(o *redis.Options) { o.Lease = 300 * time.Millisecond }

func lockSending(t *testing.T, tokens redis.TokenCache) (unlock func()) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	unlock, err := tokens.LockSending(ctx, session)
	if err != nil {
		t.Fatal(err)
	}
	return unlock
}

func wantHolds(t *testing.T, tokens redis.TokenCache, want bool) {
	t.Helper()
	if held, err := tokens.HoldsSending(t.Context(), session); held != want || err != nil {
		t.Errorf("HoldsSending = %t, %v; want %t", held, err, want)
	}
}

// TestLeaseRenewed: the lease of a lock that is held is renewed before it ends.
func TestLeaseRenewed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	renewed := func(o *redis.Options) { o.Lease = 20 * time.Second } // after five
	holder, other := w.client(renewed).Tokens(), w.client(renewed).Tokens()
	unlock := lockSending(t, holder)
	before, err := other.SendingSince(t.Context(), session)
	if err != nil {
		t.Error(err)
	}
	_, _, _, sending := holder.Names(session)
	rest := 0
	await(t, "the lease is renewed", func() bool {
		last := rest
		rest, _ = strconv.Atoi(w.redis.Do("PTTL", sending)[1:])
		return last > 0 && rest > last
	})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := other.LockSending(ctx, session); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("lock that is held: %v", err)
	}
	wantHolds(t, holder, true)
	if after, err := other.SendingSince(t.Context(), session); err != nil || !after.Equal(before) {
		t.Errorf("acquired at %v; after it was renewed, at %v, %v", before, after, err)
	}
	unlock()
	lockSending(t, other)()
}

// TestLostLease: a holder without a network loses the lock, learns that, and cannot overwrite what the next holder
// has stored, even if the refresh token is the same.
func TestLostLease(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	network := newNetwork(t, w.redis.Addr())
	holder, other := w.client(network.use).Tokens(), w.client().Tokens()
	unlock := lockSending(t, holder)
	network.Cut()
	w.endLeases()
	unlockOther := lockSending(t, other)
	wantHolds(t, other, true)
	network.Restore()
	wantHolds(t, holder, false)

	same := w.stored()
	same.AccessToken = "of the new holder"
	if err := other.CompareAndStore(t.Context(), session, same.RefreshToken, same); err != nil {
		t.Fatal(err)
	}
	late := *same
	late.AccessToken = "late"
	if err := holder.CompareAndStore(t.Context(), session, same.RefreshToken, &late); !errors.Is(err, tokencache.ErrReplaced) {
		t.Errorf("CompareAndStore of the old holder: %v", err)
	}
	unlock()
	wantHolds(t, other, true) // the old holder does not release the lock of the new one
	unlockOther()
}

// TestLateStore: a holder that lost the lock stores its token if nobody else has: it is the only successor of the
// refresh token.
func TestLateStore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	network := newNetwork(t, w.redis.Addr())
	holder, other := w.client(network.use).Tokens(), w.client().Tokens()
	defer lockSending(t, holder)()
	network.Cut()
	w.endLeases()
	defer lockSending(t, other)()
	network.Restore()
	next := w.stored()
	redeemed := next.RefreshToken
	next.RefreshToken = "next"
	if err := holder.CompareAndStore(t.Context(), session, redeemed, next); err != nil {
		t.Errorf("CompareAndStore: %v", err)
	}
}

// TestStoreAfterUnlock: a token that is stored after its lock was released does not replace that of a later holder, even
// if the refresh token is the same.
func TestStoreAfterUnlock(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	holder, other := w.client().Tokens(), w.client().Tokens()
	lockSending(t, holder)()
	defer lockSending(t, other)()
	same := w.stored()
	if err := other.CompareAndStore(t.Context(), session, same.RefreshToken, same); err != nil {
		t.Fatal(err)
	}
	late := *same
	late.AccessToken = "late"
	if err := holder.CompareAndStore(t.Context(), session, same.RefreshToken, &late); !errors.Is(err, tokencache.ErrReplaced) {
		t.Errorf("CompareAndStore: %v", err)
	}
}

// TestLeaseAcquiredAgain: a holder that lost the lock to nobody gets it back.
func TestLeaseAcquiredAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	holder := w.client().Tokens()
	defer lockSending(t, holder)()
	_, _, _, sending := holder.Names(session)
	w.redis.Do("DEL", sending)
	wantHolds(t, holder, true)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := w.client().Tokens().LockSending(ctx, session); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("lock that is held again: %v", err)
	}
}

// TestSignInDuringLock: a process that acquired the lock before a sign-in can refresh the token of that sign-in.
func TestSignInDuringLock(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	holder := w.client().Tokens()
	defer lockSending(t, holder)()
	w.store(w.client(), time.Hour)
	wantHolds(t, holder, true)
	next := w.stored()
	redeemed := next.RefreshToken
	next.RefreshToken = "next"
	if err := holder.CompareAndStore(t.Context(), session, redeemed, next); err != nil {
		t.Errorf("CompareAndStore: %v", err)
	}
}

// TestFenceOfNewSignIn: a refresh that began before a sign-in does not replace it.
func TestFenceOfNewSignIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	holder := w.client().Tokens()
	defer lockSending(t, holder)()
	signIn := w.stored()
	signIn.AccessToken = "of a new sign-in"
	if err := w.client().Tokens().Store(t.Context(), session, signIn); err != nil {
		t.Fatal(err)
	}
	if err := holder.CompareAndStore(t.Context(), session, signIn.RefreshToken, signIn); !errors.Is(err, tokencache.ErrReplaced) {
		t.Errorf("CompareAndStore: %v", err)
	}
}

// TestWaitersWoken: a process that waits for a lock gets it when it is released, without polling, even if processes
// that waited before it were killed.
func TestWaitersWoken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	patient := func(o *redis.Options) { o.Lease = time.Hour }
	unlock := lockSending(t, w.client(patient).Tokens())
	abandoned, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for i := range 10 {
		client := w.client(patient)
		client.WakeOnly()
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		defer cancel()
		if i%3 == 0 {
			ctx = abandoned
		}
		wg.Go(func() {
			unlock, err := client.Tokens().LockSending(ctx, session)
			switch {
			case err == nil:
				unlock()
			case ctx != abandoned:
				t.Error(err)
			}
		})
	}
	_, _, _, sending := w.client().Tokens().Names(session)
	await(t, "all wait", func() bool { return w.redis.Do("ZCARD", sending+":queue") == ":10" })
	for i := range 20 {
		w.redis.Do("ZADD", sending+":queue", "1", fmt.Sprint("killed ", i))
	}
	cancel()
	unlock()
	wg.Wait()
}

// TestNotAllowedToWake: without the permission for channels, waiters poll.
func TestNotAllowedToWake(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.redis.Do("ACL", "SETUSER", "quiet", "on", ">secret", "~*", "+@all", "resetchannels")
	quiet := func(o *redis.Options) { o.Username, o.Password = "quiet", "secret" }
	unlock := lockSending(t, w.client(quiet).Tokens())
	time.AfterFunc(100*time.Millisecond, unlock)
	lockSending(t, w.client(quiet).Tokens())()
}

// TestForeignLock: somebody else's data in place of a lock blocks nobody.
func TestForeignLock(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tokens := w.client().Tokens()
	_, _, _, sending := tokens.Names(session)
	for _, command := range [][]string{
		{"SET", sending, "garbage"},
		{"HSET", sending, "owner", "somebody"},
		{"RPUSH", sending, "garbage"},
	} {
		w.redis.Do("DEL", sending)
		w.redis.Do(command...)
		w.redis.Do("DEL", sending+":queue")
		w.redis.Do("SET", sending+":queue", "garbage")
		lockSending(t, tokens)()
	}
}

// TestHeldNotConfirmed: a response that arrives when the lease may have expired does not confirm the lock.
func TestHeldNotConfirmed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	network := newNetwork(t, w.redis.Addr())
	const lease = 2 * time.Second
	holder := w.client(network.use, func(o *redis.Options) { o.Timeout, o.Lease = time.Minute, lease }).Tokens()
	defer lockSending(t, holder)()
	fence := func() string { return w.redis.Do("GET", holder.FenceName(session)) }
	before := fence()
	release := network.Hold()
	defer release()
	confirmed := make(chan bool, 1)
	go func() {
		held, err := holder.HoldsSending(t.Context(), session)
		confirmed <- held || err == nil
	}()
	await(t, "the server confirms the lock", func() bool { return fence() != before || len(confirmed) == 1 })
	time.Sleep(lease)
	release()
	if <-confirmed {
		t.Error("HoldsSending confirms the lock; want an error")
	}
}

// TestOldHolderRenewsNothing: a holder that lost its lock does not keep the lease of the next holder, which is gone.
func TestOldHolderRenewsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	network, lost := newNetwork(t, w.redis.Addr()), newNetwork(t, w.redis.Addr())
	defer lockSending(t, w.client(brief, network.use).Tokens())()
	network.Cut()
	defer lockSending(t, w.client(brief, lost.use).Tokens())()
	lost.Cut()
	defer lost.Restore()
	network.Restore()
	lockSending(t, w.client(brief).Tokens())()
}
