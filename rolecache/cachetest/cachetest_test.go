package cachetest_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/internal/ciphertest"
	"github.com/latchkey-sso/latchkey/internal/contract"
	"github.com/latchkey-sso/latchkey/rolecache"
	"github.com/latchkey-sso/latchkey/rolecache/cachetest"
)

func TestDir(t *testing.T) {
	t.Parallel()
	cachetest.Test(t, func(t *testing.T) rolecache.Cache { return rolecache.Dir(filepath.Join(t.TempDir(), "cache")) })
}

func TestEncryptedDir(t *testing.T) {
	t.Parallel()
	cachetest.Test(t, func(t *testing.T) rolecache.Cache {
		return rolecache.EncryptedDir{Dir: rolecache.Dir(filepath.Join(t.TempDir(), "cache")), Cipher: ciphertest.New("key")}
	})
}

func TestMemory(t *testing.T) {
	t.Parallel()
	cachetest.Test(t, func(*testing.T) rolecache.Cache { return newMemory() })
}

// faults are mistakes that an implementation can make, and the property that must detect each.
var faults = []contract.Fault[*memory]{
	{"RoundTrip", "NilNil", func(m *memory) { m.fail = func(string, error) error { return nil } }},
	{"RoundTrip", "DeleteFails", func(m *memory) { m.fail = onNil("Delete", os.ErrNotExist) }},
	{"Keys", "IgnoresCase", func(m *memory) {
		m.id = func(k rolecache.Key) rolecache.Key { k.RoleName = strings.ToLower(k.RoleName); return k }
	}},
	{"Keys", "StartURLCounts", func(m *memory) { m.id = func(k rolecache.Key) rolecache.Key { return k } }},
	{"FailedStore", "Reported", func(m *memory) { m.fail = func(string, error) error { return nil } }},
	{"Context", "Ignored", func(m *memory) { m.background = true }},
	{"ConcurrentStores", "WritesInPlace", func(m *memory) { m.torn = true }},
	{"Lock", "NoLock", func(m *memory) {
		m.lock = func(context.Context, rolecache.Key) (func(), error) { return func() {}, nil }
	}},
	{"Lock", "OneForAll", func(m *memory) {
		lock := m.lock
		m.lock = func(ctx context.Context, _ rolecache.Key) (func(), error) { return lock(ctx, rolecache.Key{}) }
	}},
	{"Ager", "Constant", func(m *memory) { m.now = func() time.Time { return time.Unix(1e9, 0) } }},
	{"Clearer", "ClearsAll", func(m *memory) { m.keepNone = true }},
	{"NoteCache", "OutlivesDelete", func(m *memory) { m.keepNotes = true }},
}

// onNil returns a fail function that replaces a nil error of method with err.
func onNil(method string, err error) func(string, error) error {
	return func(name string, e error) error {
		if name == method && e == nil {
			return err
		}
		return e
	}
}

// TestFaults checks that each property can fail.
func TestFaults(t *testing.T) {
	t.Parallel()
	contract.Faults(t, cachetest.Properties(), newMemory, faults)
}

// memory is a role cache in memory that implements all optional interfaces. Its fields can be
// set to break it.
type memory struct {
	mu          sync.Mutex
	credentials map[rolecache.Key][]byte
	storedAt    map[rolecache.Key]time.Time
	notes       map[rolecache.Key]rolecache.FailureNote

	id         func(rolecache.Key) rolecache.Key // maps equivalent keys to one
	lock       func(context.Context, rolecache.Key) (func(), error)
	now        func() time.Time
	fail       func(method string, err error) error // replaces the error of a method
	background bool                                 // ignore contexts
	torn       bool                                 // let a Load see the third Store half done
	keepNone   bool                                 // let Clear ignore its keys
	keepNotes  bool                                 // let Delete keep the note

	stores atomic.Int32
	half   atomic.Bool   // a Store is half done
	seen   chan struct{} // closed when a Load has seen that
}

func newMemory() *memory {
	m := &memory{
		credentials: map[rolecache.Key][]byte{},
		storedAt:    map[rolecache.Key]time.Time{},
		notes:       map[rolecache.Key]rolecache.FailureNote{},
		now:         time.Now,
		seen:        make(chan struct{}),
		fail:        func(_ string, err error) error { return err },
		id: func(k rolecache.Key) rolecache.Key {
			if k.Session != "" {
				k.StartURL = ""
			}
			return k
		},
	}
	var locks sync.Map
	m.lock = func(ctx context.Context, key rolecache.Key) (func(), error) {
		value, _ := locks.LoadOrStore(key, make(chan struct{}, 1))
		held := value.(chan struct{})
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		select {
		case held <- struct{}{}:
			return sync.OnceFunc(func() { <-held }), nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return m
}

// do calls fn unless ctx is done.
func (m *memory) do(ctx context.Context, method string, fn func() error) error {
	err := ctx.Err()
	if err == nil || m.background {
		m.mu.Lock()
		defer m.mu.Unlock()
		err = fn()
	}
	return m.fail(method, err)
}

func (m *memory) Load(ctx context.Context, key rolecache.Key) (found *rolecache.Credentials, err error) {
	if m.half.Swap(false) {
		defer close(m.seen)
		return rolecache.Parse(nil)
	}
	err = m.do(ctx, "Load", func() error {
		data, ok := m.credentials[m.id(key)]
		if !ok {
			return rolecache.ErrNotFound
		}
		found, err = rolecache.Parse(data)
		return err
	})
	return found, err
}

func (m *memory) Store(ctx context.Context, key rolecache.Key, c *rolecache.Credentials) error {
	if m.torn && m.stores.Add(1) == 3 { // of testConcurrentStores: other goroutines will load
		m.half.Store(true)
		<-m.seen
	}
	return m.do(ctx, "Store", func() error {
		data, err := c.Encode()
		if err == nil {
			m.credentials[m.id(key)], m.storedAt[m.id(key)] = data, m.now()
		}
		return err
	})
}

func (m *memory) Delete(ctx context.Context, key rolecache.Key) error {
	return m.do(ctx, "Delete", func() error {
		delete(m.credentials, m.id(key))
		if !m.keepNotes {
			delete(m.notes, m.id(key))
		}
		return nil
	})
}

func (m *memory) Lock(ctx context.Context, key rolecache.Key) (func(), error) {
	return m.lock(ctx, m.id(key))
}

func lookUp[T any](ctx context.Context, m *memory, method string, in map[rolecache.Key]T, key rolecache.Key) (found T, err error) {
	err = m.do(ctx, method, func() error {
		var ok bool
		if found, ok = in[m.id(key)]; !ok {
			return rolecache.ErrNotFound
		}
		return nil
	})
	return found, err
}

func (m *memory) StoredAt(ctx context.Context, key rolecache.Key) (time.Time, error) {
	return lookUp(ctx, m, "StoredAt", m.storedAt, key)
}

func (m *memory) Clear(ctx context.Context, keep ...rolecache.Key) (n int, err error) {
	err = m.do(ctx, "Clear", func() error {
		kept := map[rolecache.Key][]byte{}
		for _, key := range keep {
			if data, ok := m.credentials[m.id(key)]; ok && !m.keepNone {
				kept[m.id(key)] = data
			}
		}
		n = len(m.credentials) - len(kept)
		m.credentials = kept
		clear(m.notes)
		return nil
	})
	return n, err
}

func (m *memory) LoadNote(ctx context.Context, key rolecache.Key) (rolecache.FailureNote, error) {
	return lookUp(ctx, m, "LoadNote", m.notes, key)
}

func (m *memory) StoreNote(ctx context.Context, key rolecache.Key, note rolecache.FailureNote) error {
	return m.do(ctx, "StoreNote", func() error { m.notes[m.id(key)] = note; return nil })
}
