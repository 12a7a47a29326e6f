package ssotest

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"sync/atomic"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/rolecache"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// Broken is a cache that cannot be written, or locked.
type Broken struct {
	Dir
	StoreErr, LockErr, CheckErr error
}

// Store is that of tokencache.Cache.
func (b *Broken) Store(ctx context.Context, key string, tok *tokencache.Token) error {
	if b.StoreErr != nil {
		return b.StoreErr
	}
	return b.Dir.Store(ctx, key, tok)
}

// Lock is that of tokencache.Cache.
func (b *Broken) Lock(ctx context.Context, key string) (func(), error) {
	if b.LockErr != nil {
		return nil, b.LockErr
	}
	return b.Dir.Lock(ctx, key)
}

// CheckWritable is that of tokencache.WriteChecker.
func (b *Broken) CheckWritable(context.Context, string) error { return b.CheckErr }

// ExpireRole sets when the role credentials in a cache, which must hold only these, expire. It returns that time as
// the file has it.
func ExpireRole(t *testing.T, roles rolecache.Dir, at time.Time) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(string(roles), "*.json"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	data, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	expires := at.UTC().Format(time.RFC3339)
	data = regexp.MustCompile(`20\d\d-[0-9T:-]+Z`).ReplaceAll(data, []byte(expires))
	if err := os.WriteFile(files[0], data, 0o600); err != nil { //nolint:gosec // G703: the test says which directory
		t.Fatal(err)
	}
	return expires
}

// Leases is a cache whose sending lock can be lost, and that compares before it stores a refreshed token.
type Leases struct {
	Dir
	LoadErr, LockErr, StoreErr error

	// Hold returns what HoldsSending returns. If it is nil, the lock is held.
	Hold func() (bool, error)

	// BeforeStore is called before CompareAndStore compares. It may be nil.
	BeforeStore func()
}

// Load is that of tokencache.Cache.
func (l *Leases) Load(ctx context.Context, key string) (*tokencache.Token, error) {
	if l.LoadErr != nil {
		return nil, l.LoadErr
	}
	return l.Dir.Load(ctx, key)
}

// LockSending is that of tokencache.SendLocker.
func (l *Leases) LockSending(ctx context.Context, key string) (func(), error) {
	if l.LockErr != nil {
		return nil, l.LockErr
	}
	return l.Dir.LockSending(ctx, key)
}

// HoldsSending is that of tokencache.LeaseLocker.
func (l *Leases) HoldsSending(context.Context, string) (bool, error) {
	if l.Hold == nil {
		return true, nil
	}
	return l.Hold()
}

// CompareAndStore is that of tokencache.CompareAndStorer.
func (l *Leases) CompareAndStore(ctx context.Context, key string, redeemed tokencache.Secret, tok *tokencache.Token) error {
	if l.BeforeStore != nil {
		l.BeforeStore()
	}
	if l.StoreErr != nil {
		return l.StoreErr
	}
	switch now, err := l.Dir.Load(ctx, key); {
	case err != nil:
		return err
	case now.RefreshToken != redeemed:
		return tokencache.ErrReplaced
	}
	return l.Store(ctx, key, tok)
}

// Hooked is a cache in which something happens after each Load.
type Hooked struct {
	Dir
	Loads     int
	AfterLoad func(n int) // may be nil
}

// Load is that of tokencache.Cache.
func (h *Hooked) Load(ctx context.Context, key string) (*tokencache.Token, error) {
	tok, err := h.Dir.Load(ctx, key)
	h.Loads++
	if h.AfterLoad != nil {
		h.AfterLoad(h.Loads)
	}
	return tok, err
}

// Hung is a cache in a file system that hangs on one method, whatever a context says.
type Hung struct {
	tokencache.Dir
	On      string
	Release chan struct{}
	Healed  atomic.Bool
}

func (h *Hung) hang(on string) {
	if h.On == on && !h.Healed.Load() {
		<-h.Release
	}
}

// Load is that of tokencache.Cache.
func (h *Hung) Load(ctx context.Context, key string) (*tokencache.Token, error) {
	h.hang("Load")
	return h.Dir.Load(ctx, key)
}

// Store is that of tokencache.Cache.
func (h *Hung) Store(ctx context.Context, key string, tok *tokencache.Token) error {
	h.hang("Store")
	return h.Dir.Store(ctx, key, tok)
}

// Lock is that of tokencache.Cache.
func (h *Hung) Lock(ctx context.Context, key string) (func(), error) {
	h.hang("Lock")
	return h.Dir.Lock(ctx, key)
}

// LockSending is that of tokencache.SendLocker.
func (h *Hung) LockSending(ctx context.Context, key string) (func(), error) {
	h.hang("LockSending")
	return h.Dir.LockSending(ctx, key)
}

// CheckWritable is that of tokencache.WriteChecker.
func (h *Hung) CheckWritable(ctx context.Context, key string) error {
	h.hang("CheckWritable")
	return h.Dir.CheckWritable(ctx, key)
}
