package keyring

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/latchkey-sso/latchkey/internal/agecipher"
	"github.com/latchkey-sso/latchkey/internal/atomicfile"
	"github.com/latchkey-sso/latchkey/internal/filelock"
	"github.com/latchkey-sso/latchkey/internal/flight"
	"github.com/latchkey-sso/latchkey/internal/redact"
	"github.com/latchkey-sso/latchkey/internal/userhome"
)

// ErrUnavailable means that there is no keyring, or that it is locked, does not respond or rejects
// the request. The key may still exist, so the files stay as they are.
var ErrUnavailable = errors.New("the keyring of the system cannot be used")

// timeout limits a request to the keyring, which may ask the user to unlock it. It is less than the
// 25 seconds after which the holder of a token's lock counts as stuck.
const timeout = 20 * time.Second

// A ring holds a key. Its methods may block, without a context.
type ring interface {
	// get returns the key. The error matches agecipher.ErrNoKey if there is none.
	get() (redact.Secret, error)

	set(key redact.Secret) error
}

// key is an age identity in a keyring.
type key struct {
	ring ring

	last             atomic.Pointer[[]agecipher.Identity]
	reading, setting flight.Group
}

// String keeps the identity out of logs.
func (k *key) String() string { return "key in the keyring" }

// Identities implements agecipher.Keys.
func (k *key) Identities(ctx context.Context) ([]agecipher.Identity, error) {
	if last := k.last.Load(); last != nil {
		return *last, nil
	}
	return k.Reload(ctx)
}

// Reload implements agecipher.Reloader: the user may have deleted the key, and another process
// created a new one.
func (k *key) Reload(ctx context.Context) ([]agecipher.Identity, error) {
	return flight.Do(ctx, &k.reading, flight.Name{Package: "keyring", Call: "read key"}, k.read)
}

// Create implements agecipher.Keys.
func (k *key) Create(ctx context.Context) ([]agecipher.Identity, error) {
	identities, err := k.Identities(ctx)
	if !errors.Is(err, agecipher.ErrNoKey) {
		return identities, err
	}
	return flight.Do(ctx, &k.setting, flight.Name{Package: "keyring", Call: "create key"}, k.create)
}

func (k *key) read(ctx context.Context) ([]agecipher.Identity, error) {
	text, err := request(ctx, k.ring.get)
	if err != nil {
		return nil, fmt.Errorf("keyring: read key: %w", err)
	}
	identities, err := agecipher.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("keyring: parse key: %w", err)
	}
	k.last.Store(&identities)
	return identities, nil
}

// create creates the key under a lock, unless another process does.
func (k *key) create(ctx context.Context) ([]agecipher.Identity, error) {
	path, err := lockPath()
	if err != nil {
		return nil, err
	}
	unlock, err := filelock.Lock(ctx, path)
	if err != nil {
		return nil, fmt.Errorf("keyring: %w", err)
	}
	defer unlock()
	identities, err := k.read(ctx)
	if !errors.Is(err, agecipher.ErrNoKey) {
		return identities, err
	}
	text, err := agecipher.Generate()
	if err != nil {
		return nil, fmt.Errorf("keyring: create key: %w", err)
	}
	_, err = request(ctx, func() (struct{}, error) { return struct{}{}, k.ring.set(text) })
	if err != nil {
		return nil, fmt.Errorf("keyring: store key: %w", err)
	}
	return k.read(ctx) // the key that later processes read
}

// lockPath returns the path of the lock file. It does not depend on the directory of the store,
// since all stores have the same key.
func lockPath() (string, error) {
	home, err := userhome.Dir(nil)
	if err != nil {
		return "", fmt.Errorf("keyring: find lock file: %w", err)
	}
	return filepath.Join(home, ".aws", "latchkey", "keyring.lock"), nil
}

// request sends a request to the keyring, which has no time limit.
func request[T any](ctx context.Context, send func() (T, error)) (T, error) {
	bounded, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	value, err := atomicfile.Do(bounded, send, nil)
	switch {
	case err == nil, errors.Is(err, agecipher.ErrNoKey), ctx.Err() != nil:
		return value, err
	case bounded.Err() != nil:
		return value, fmt.Errorf("%w: no response within %s", ErrUnavailable, timeout)
	}
	return value, fmt.Errorf("%w: %w", ErrUnavailable, err)
}
