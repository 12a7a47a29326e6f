package cachetest_test

import (
	"context"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/internal/contract"
	"github.com/latchkey-sso/latchkey/tokencache"
	"github.com/latchkey-sso/latchkey/tokencache/cachetest"
)

// broken is a memory cache whose methods can be replaced with wrong ones.
type broken struct {
	*memory
	load        func(ctx context.Context, key string) (*tokencache.Token, error)
	store       func(ctx context.Context, key string, token *tokencache.Token) error
	remove      func(ctx context.Context, key string) error
	lock        func(ctx context.Context, key string) (func(), error)
	lockSending func(ctx context.Context, key string) (func(), error)
	holds       func(ctx context.Context, key string) (bool, error)
	compare     func(ctx context.Context, key string, redeemed tokencache.Secret, token *tokencache.Token) error
	since       func(ctx context.Context, key string) (time.Time, error)
	entries     func(ctx context.Context, keys ...string) ([]tokencache.Entry, error)
	loadNote    func(ctx context.Context, key string, token tokencache.Secret) (tokencache.RefreshNote, error)
	check       func(ctx context.Context, key string) error
	private     func(ctx context.Context) error
	sweep       func(ctx context.Context) (int, error)
	register    func(ctx context.Context, key tokencache.RegistrationKey, r *tokencache.Registration) error
}

func (b *broken) Load(ctx context.Context, key string) (*tokencache.Token, error) {
	return b.load(ctx, key)
}

func (b *broken) Store(ctx context.Context, key string, token *tokencache.Token) error {
	return b.store(ctx, key, token)
}
func (b *broken) Delete(ctx context.Context, key string) error         { return b.remove(ctx, key) }
func (b *broken) Lock(ctx context.Context, key string) (func(), error) { return b.lock(ctx, key) }

func (b *broken) LockSending(ctx context.Context, key string) (func(), error) {
	return b.lockSending(ctx, key)
}

func (b *broken) HoldsSending(ctx context.Context, key string) (bool, error) {
	return b.holds(ctx, key)
}

func (b *broken) CompareAndStore(ctx context.Context, key string, redeemed tokencache.Secret, token *tokencache.Token) error {
	return b.compare(ctx, key, redeemed, token)
}

func (b *broken) LockedSince(ctx context.Context, key string) (time.Time, error) {
	return b.since(ctx, key)
}

func (b *broken) Entries(ctx context.Context, keys ...string) ([]tokencache.Entry, error) {
	return b.entries(ctx, keys...)
}

func (b *broken) LoadNote(ctx context.Context, key string, token tokencache.Secret) (tokencache.RefreshNote, error) {
	return b.loadNote(ctx, key, token)
}
func (b *broken) CheckWritable(ctx context.Context, key string) error { return b.check(ctx, key) }
func (b *broken) CheckPrivate(ctx context.Context) error              { return b.private(ctx) }
func (b *broken) Sweep(ctx context.Context) (int, error)              { return b.sweep(ctx) }

func (b *broken) StoreRegistration(ctx context.Context, key tokencache.RegistrationKey, r *tokencache.Registration) error {
	return b.register(ctx, key, r)
}

// newBroken returns a cache without faults.
func newBroken() *broken {
	m := newMemory()
	return &broken{
		memory: m, load: m.Load, store: m.Store, remove: m.Delete, lock: m.Lock, lockSending: m.LockSending, since: m.LockedSince,
		entries: m.Entries, loadNote: m.LoadNote, check: m.CheckWritable, private: m.CheckPrivate, sweep: m.Sweep,
		register: m.StoreRegistration, holds: m.HoldsSending, compare: m.CompareAndStore,
	}
}

// faults are mistakes that an implementation can make, and the property that must detect each.
var faults = []contract.Fault[*broken]{
	{"NotFound", "NilNil", func(b *broken) {
		b.load = func(context.Context, string) (*tokencache.Token, error) { return nil, nil }
	}},
	{"NotFound", "DeleteFails", func(b *broken) {
		b.remove = func(context.Context, string) error { return tokencache.ErrNotFound }
	}},
	{"RoundTrip", "StoresOnce", func(b *broken) {
		var once sync.Once
		b.store = func(ctx context.Context, key string, token *tokencache.Token) (err error) {
			once.Do(func() { err = b.memory.Store(ctx, key, token) })
			return err
		}
	}},
	{"UnknownMembers", "KnownFieldsOnly", func(b *broken) {
		b.store = func(ctx context.Context, key string, token *tokencache.Token) error {
			return b.memory.Store(ctx, key, &tokencache.Token{AccessToken: token.AccessToken, ExpiresAt: token.ExpiresAt})
		}
	}},
	{"Keys", "IgnoresCase", func(b *broken) {
		b.store = func(ctx context.Context, key string, token *tokencache.Token) error {
			return b.memory.Store(ctx, strings.ToLower(key), token)
		}
		b.load = func(ctx context.Context, key string) (*tokencache.Token, error) {
			return b.memory.Load(ctx, strings.ToLower(key))
		}
	}},
	{"Copies", "KeepsPointers", func(b *broken) {
		tokens := map[string]*tokencache.Token{}
		b.store = func(_ context.Context, key string, token *tokencache.Token) error { tokens[key] = token; return nil }
		b.load = func(_ context.Context, key string) (*tokencache.Token, error) { return tokens[key], nil }
	}},
	{"FailedStore", "DeletesFirst", func(b *broken) {
		b.store = func(ctx context.Context, key string, token *tokencache.Token) error {
			_ = b.memory.Delete(ctx, key)
			return b.memory.Store(ctx, key, token)
		}
	}},
	{"Delete", "DeletesAll", func(b *broken) {
		b.remove = func(context.Context, string) error { clear(b.tokens); return nil }
	}},
	{"Damage", "CountsAsMissing", func(b *broken) {
		b.load = func(ctx context.Context, key string) (*tokencache.Token, error) {
			token, err := b.memory.Load(ctx, key)
			if err != nil {
				return nil, tokencache.ErrNotFound
			}
			return token, nil
		}
	}},
	{"Context", "Ignored", func(b *broken) {
		b.store = func(ctx context.Context, key string, token *tokencache.Token) error {
			return b.memory.Store(context.WithoutCancel(ctx), key, token)
		}
	}},
	{"ConcurrentStores", "WritesInPlace", func(b *broken) {
		var stores atomic.Int32
		var half atomic.Bool
		seen := make(chan struct{})
		b.store = func(ctx context.Context, key string, token *tokencache.Token) error {
			if stores.Add(1) == 2 { // the first while others read
				half.Store(true)
				<-seen
			}
			return b.memory.Store(ctx, key, token)
		}
		b.load = func(ctx context.Context, key string) (*tokencache.Token, error) {
			if half.Swap(false) {
				defer close(seen)
				return tokencache.Parse([]byte(`{"accessToken"`))
			}
			return b.memory.Load(ctx, key)
		}
	}},
	{"LockExcludes", "NoLock", func(b *broken) { b.lock = noLock }},
	{"LockContext", "WaitsForever", func(b *broken) {
		b.lock = func(ctx context.Context, key string) (func(), error) {
			return b.memory.Lock(context.WithoutCancel(ctx), key)
		}
	}},
	{"LockContext", "AcquiredAfterCancel", func(b *broken) {
		b.lock = func(ctx context.Context, key string) (func(), error) {
			unlock, err := b.memory.Lock(ctx, key)
			if err != nil {
				go func() { _, _ = b.memory.Lock(context.Background(), key) }()
			}
			return unlock, err
		}
	}},
	{"LockContext", "ReleasedWithContext", func(b *broken) {
		done, release := func() error { return nil }, func() {} // of the holder
		b.lock = func(ctx context.Context, key string) (func(), error) {
			if done() != nil {
				release()
			}
			unlock, err := b.memory.Lock(ctx, key)
			if err == nil {
				done, release = ctx.Err, unlock
			}
			return unlock, err
		}
	}},
	{"LockKeys", "OneForAll", func(b *broken) {
		b.lock = func(ctx context.Context, _ string) (func(), error) { return b.memory.Lock(ctx, "") }
	}},
	{"LockKeys", "DeletedWithToken", func(b *broken) {
		b.remove = func(ctx context.Context, key string) error {
			delete(b.locks, key)
			return b.memory.Delete(ctx, key)
		}
	}},
	{"UnlockTwice", "ReleasesNextHolder", func(b *broken) {
		b.lock = func(ctx context.Context, key string) (func(), error) {
			if _, err := b.memory.Lock(ctx, key); err != nil {
				return nil, err
			}
			return func() {
				select {
				case <-b.locks[key].held:
				default:
				}
			}, nil
		}
	}},
	{"Lister", "UnusableKeys", func(b *broken) {
		b.entries = func(ctx context.Context, keys ...string) ([]tokencache.Entry, error) {
			entries, err := b.memory.Entries(ctx)
			for i := range entries {
				if len(keys) == 0 {
					entries[i].Key = "x" + entries[i].Key
				}
			}
			return entries, err
		}
	}},
	{"Lister", "UnknownKeys", func(b *broken) {
		b.entries = func(ctx context.Context, _ ...string) ([]tokencache.Entry, error) {
			entries, err := b.memory.Entries(ctx)
			for i := range entries {
				entries[i].Key = "x" + entries[i].Key
			}
			return entries, err
		}
	}},
	{"Sweeper", "SweepsTokens", func(b *broken) {
		b.sweep = func(context.Context) (int, error) { clear(b.tokens); return 0, nil }
	}},
	{"RegistrationCache", "IgnoresScopes", func(b *broken) {
		b.register = func(ctx context.Context, key tokencache.RegistrationKey, r *tokencache.Registration) error {
			if key.Scopes == nil {
				key.Scopes = []string{}
			}
			return b.memory.StoreRegistration(ctx, key, r)
		}
	}},
	{"NoteCache", "IgnoresToken", func(b *broken) {
		b.loadNote = func(_ context.Context, key string, _ tokencache.Secret) (tokencache.RefreshNote, error) {
			note, ok := b.notes[key]
			if !ok {
				return tokencache.RefreshNote{}, tokencache.ErrNotFound
			}
			return note.RefreshNote, nil
		}
	}},
	{"NoteCache", "OutlivesToken", func(b *broken) {
		b.remove = func(_ context.Context, key string) error { delete(b.tokens, key); return nil }
	}},
	{"LockAger", "FirstHolder", func(b *broken) {
		var first time.Time
		b.since = func(ctx context.Context, key string) (time.Time, error) {
			at, err := b.memory.LockedSince(ctx, key)
			if first.IsZero() {
				first = at
			}
			return first, err
		}
	}},
	{"SendLocker", "NoLock", func(b *broken) { b.lockSending = noLock }},
	{"SendLocker", "SameLock", func(b *broken) { b.lockSending = b.lock }},
	{"LeaseLocker", "AlwaysHeld", func(b *broken) {
		b.holds = func(ctx context.Context, _ string) (bool, error) { return true, ctx.Err() }
	}},
	{"LeaseLocker", "AnyKey", func(b *broken) {
		b.holds = func(ctx context.Context, _ string) (bool, error) { return b.memory.HoldsSending(ctx, "corp") }
	}},
	{"CompareAndStorer", "Stores", func(b *broken) {
		b.compare = func(ctx context.Context, key string, _ tokencache.Secret, token *tokencache.Token) error {
			return b.memory.Store(ctx, key, token)
		}
	}},
	{"CompareAndStorer", "TwoSteps", func(b *broken) {
		b.compare = func(ctx context.Context, key string, redeemed tokencache.Secret, token *tokencache.Token) error {
			stored, err := b.memory.Load(ctx, key)
			if err == nil && stored.RefreshToken != redeemed {
				err = tokencache.ErrReplaced
			}
			if err != nil {
				return err
			}
			time.Sleep(time.Millisecond)
			return b.memory.Store(ctx, key, token)
		}
	}},
	{"WriteChecker", "Writes", func(b *broken) {
		b.check = func(ctx context.Context, key string) error { return b.StoreRaw(ctx, key, nil) }
	}},
	{"PrivacyChecker", "NeverPrivate", func(b *broken) {
		b.private = func(context.Context) error { return os.ErrPermission }
	}},
	{"OneRefresh", "NoLock", func(b *broken) {
		var senders atomic.Int32
		two := make(chan struct{})
		b.lock = noLock
		b.lockSending = func(ctx context.Context, key string) (func(), error) {
			if senders.Add(1) == 2 {
				close(two)
			}
			return noLock(ctx, key)
		}
		b.compare = func(ctx context.Context, key string, redeemed tokencache.Secret, token *tokencache.Token) error {
			<-two // the first process does not finish before the second starts
			return b.memory.CompareAndStore(ctx, key, redeemed, token)
		}
		b.holds = func(ctx context.Context, _ string) (bool, error) { return true, ctx.Err() }
		b.loadNote = func(context.Context, string, tokencache.Secret) (tokencache.RefreshNote, error) {
			return tokencache.RefreshNote{}, tokencache.ErrNotFound // notes alone could prevent a second request
		}
	}},
}

func noLock(ctx context.Context, _ string) (func(), error) { return func() {}, ctx.Err() }

// TestFaults checks that each property can fail.
func TestFaults(t *testing.T) {
	t.Parallel()
	contract.Faults(t, cachetest.Properties(), newBroken, faults)
}
