package cachetest_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/latchkey-sso/latchkey/tokencache"
)

// memory is a token cache in memory that implements all optional interfaces.
type memory struct {
	mu            sync.Mutex
	tokens        map[string][]byte
	registrations map[string]tokencache.Registration
	notes         map[string]note
	locks         map[string]*lock
}

type note struct {
	of tokencache.Secret
	tokencache.RefreshNote
}

type lock struct {
	held  chan struct{}
	since time.Time
}

func newMemory() *memory {
	return &memory{
		tokens: map[string][]byte{}, registrations: map[string]tokencache.Registration{},
		notes: map[string]note{}, locks: map[string]*lock{},
	}
}

// do calls fn unless ctx is done.
func (m *memory) do(ctx context.Context, fn func() error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return fn()
}

func (m *memory) Load(ctx context.Context, key string) (token *tokencache.Token, err error) {
	err = m.do(ctx, func() error {
		data, ok := m.tokens[key]
		if !ok {
			return tokencache.ErrNotFound
		}
		token, err = tokencache.Parse(data)
		return err
	})
	return token, err
}

func (m *memory) Store(ctx context.Context, key string, token *tokencache.Token) error {
	data, err := token.Encode()
	if err != nil {
		return err
	}
	return m.StoreRaw(ctx, key, data)
}

func (m *memory) StoreRaw(ctx context.Context, key string, data []byte) error {
	return m.do(ctx, func() error { m.tokens[key] = data; return nil })
}

func (m *memory) Delete(ctx context.Context, key string) error {
	return m.do(ctx, func() error { delete(m.tokens, key); delete(m.notes, key); return nil })
}

func (m *memory) Lock(ctx context.Context, key string) (unlock func(), err error) {
	var l *lock
	err = m.do(ctx, func() error {
		if l = m.locks[key]; l == nil {
			l = &lock{held: make(chan struct{}, 1)}
			m.locks[key] = l
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	select {
	case l.held <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	l.since = time.Now()
	return sync.OnceFunc(func() { <-l.held }), nil
}

func (m *memory) LockedSince(ctx context.Context, key string) (since time.Time, err error) {
	err = m.do(ctx, func() error {
		l := m.locks[key]
		if l == nil {
			return errors.New("never locked")
		}
		since = l.since
		return nil
	})
	return since, err
}

func (m *memory) LockSending(ctx context.Context, key string) (unlock func(), err error) {
	return m.Lock(ctx, "sending "+key)
}

func (m *memory) SendingSince(ctx context.Context, key string) (time.Time, error) {
	return m.LockedSince(ctx, "sending "+key)
}

func (m *memory) HoldsSending(ctx context.Context, key string) (held bool, err error) {
	err = m.do(ctx, func() error {
		l := m.locks["sending "+key]
		held = l != nil && len(l.held) == 1
		return nil
	})
	return held, err
}

func (m *memory) CompareAndStore(ctx context.Context, key string, redeemed tokencache.Secret, token *tokencache.Token) error {
	data, err := token.Encode()
	if err != nil {
		return err
	}
	return m.do(ctx, func() error {
		stored, err := tokencache.Parse(m.tokens[key])
		switch {
		case m.tokens[key] == nil:
			return tokencache.ErrNotFound
		case err == nil && stored.RefreshToken != redeemed:
			return tokencache.ErrReplaced
		}
		m.tokens[key] = data
		return nil
	})
}

func (m *memory) Entries(ctx context.Context, _ ...string) (entries []tokencache.Entry, err error) {
	err = m.do(ctx, func() error {
		for _, key := range slices.Sorted(maps.Keys(m.tokens)) {
			if token, err := tokencache.Parse(m.tokens[key]); err == nil {
				entries = append(entries, tokencache.Entry{Key: key, Token: token})
			}
		}
		return nil
	})
	return entries, err
}

func (m *memory) Sweep(ctx context.Context) (int, error) {
	return 0, m.do(ctx, func() error { return nil })
}

func (m *memory) LoadRegistration(ctx context.Context, key tokencache.RegistrationKey) (found *tokencache.Registration, err error) {
	err = m.do(ctx, func() error {
		r, ok := m.registrations[fmt.Sprintf("%#v", key)]
		if !ok {
			return tokencache.ErrNotFound
		}
		found = &r
		return nil
	})
	return found, err
}

func (m *memory) StoreRegistration(ctx context.Context, key tokencache.RegistrationKey, r *tokencache.Registration) error {
	return m.do(ctx, func() error { m.registrations[fmt.Sprintf("%#v", key)] = *r; return nil })
}

func (m *memory) LoadNote(ctx context.Context, key string, token tokencache.Secret) (found tokencache.RefreshNote, err error) {
	err = m.do(ctx, func() error {
		note, ok := m.notes[key]
		if !ok || note.of != token {
			return tokencache.ErrNotFound
		}
		found = note.RefreshNote
		return nil
	})
	return found, err
}

func (m *memory) StoreNote(ctx context.Context, key string, token tokencache.Secret, n tokencache.RefreshNote) error {
	return m.do(ctx, func() error { m.notes[key] = note{token, n}; return nil })
}

func (m *memory) DeleteNote(ctx context.Context, key string) error {
	return m.do(ctx, func() error { delete(m.notes, key); return nil })
}

func (m *memory) CheckWritable(ctx context.Context, _ string) error {
	return m.do(ctx, func() error { return nil })
}

func (m *memory) CheckPrivate(ctx context.Context) error { return m.CheckWritable(ctx, "") }
