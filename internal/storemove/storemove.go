// Package storemove moves a sign-in from one token store to another.
//
// It moves rather than copies: a server that rotates refresh tokens may revoke the sign-in if two
// stores hold the same refresh token and both use it.
package storemove

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/latchkey-sso/latchkey/internal/tokencopy"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/tokencache"
	"github.com/latchkey-sso/latchkey/tokenstore"
)

// Errors of Move, besides those of the caches.
var (
	ErrNoSignIn = errors.New("no sign-in to move")           // the source has none
	ErrExists   = errors.New("there is already a sign-in")   // in the destination
	ErrSame     = errors.New("both are the same store")      // so there is nothing to move
	ErrCopy     = errors.New("only a copy of another store") // the source has an access token without the refresh token
	ErrBusy     = errors.New("in use by another process")    // a lock was not free in time
)

// lockWait is how long Move waits for each lock. A refresh takes less.
const lockWait = 30 * time.Second

// Move is a sign-in to move.
type Move struct {
	Session  *profile.Session
	From, To *tokenstore.Store
	Replace  bool // replace a sign-in in the destination, which is not signed out
	Now      func() time.Time
}

// Run moves the token, the client registration and the note on the last refresh, under the locks of
// both stores, so that no refresh is in progress. It does not move role credentials. If the source
// cannot be deleted, the sign-in is in both stores, and the error says so. Once Run has begun to
// store the token, it continues even if ctx is done.
func (m *Move) Run(ctx context.Context) error {
	if m.From.Tokens == m.To.Tokens || m.sameFile() && isPlain(m.From) && isPlain(m.To) {
		return ErrSame
	}
	unlock, err := m.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	key := m.Session.CacheKey()
	tok, err := m.From.Tokens.Load(ctx, key)
	switch {
	case errors.Is(err, tokencache.ErrNotFound):
		return ErrNoSignIn
	case err != nil:
		return err
	case tok.IsAccessCopy():
		return ErrCopy
	}
	if err := m.checkFree(ctx, tok); err != nil {
		return err
	}
	ctx = context.WithoutCancel(ctx) // the sign-in must not remain in both stores
	if err := m.store(ctx, tok); err != nil {
		return err
	}
	if !m.sameFile() {
		if err := m.From.Tokens.Delete(ctx, key); err != nil {
			return fmt.Errorf("the sign-in is now in both stores, and cannot be deleted from %s: %w", m.From.Name, err)
		}
	}
	return tokencopy.For(m.Session, m.To.Tokens).Update(ctx, tok, m.Now())
}

// sameFile reports whether both stores keep the token in the same file, for example encrypted with
// different keys. They then have the same locks.
func (m *Move) sameFile() bool {
	return tokencopy.SameFile(m.From.Tokens, m.To.Tokens, m.Session.CacheKey())
}

// isPlain reports whether the store has plain files.
func isPlain(s *tokenstore.Store) bool {
	_, plain := s.Tokens.(tokencache.Dir)
	return plain
}

// lock acquires all locks of the session in both stores. A refresh may continue without the first
// lock of a store, but not without the second.
func (m *Move) lock(ctx context.Context) (unlock func(), err error) {
	within, cancel := context.WithTimeout(ctx, lockWait)
	defer cancel()
	var unlocks []func()
	unlock = func() {
		for _, unlock := range slices.Backward(unlocks) {
			unlock()
		}
	}
	for _, s := range m.inOrder() {
		for _, lock := range locksOf(s.Tokens) {
			next, err := lock(within, m.Session.CacheKey())
			if err != nil {
				unlock()
				return nil, lockError(s, err)
			}
			unlocks = append(unlocks, next)
		}
	}
	return unlock, nil
}

// inOrder returns the stores to lock, in an order that does not depend on the direction: two processes
// that move sign-ins in opposite directions must not wait for each other.
func (m *Move) inOrder() []*tokenstore.Store {
	if m.sameFile() {
		return []*tokenstore.Store{m.From}
	}
	stores := []*tokenstore.Store{m.From, m.To}
	slices.SortFunc(stores, func(a, b *tokenstore.Store) int { return strings.Compare(m.place(a), m.place(b)) })
	return stores
}

// place returns where a store keeps its locks.
func (m *Move) place(s *tokenstore.Store) string {
	return cmp.Or(tokencopy.File(s.Tokens, m.Session.CacheKey()), s.Name)
}

func locksOf(c tokencache.Cache) []func(context.Context, string) (func(), error) {
	locks := []func(context.Context, string) (func(), error){c.Lock}
	if c, ok := c.(tokencache.SendLocker); ok {
		locks = append(locks, c.LockSending)
	}
	return locks
}

func lockError(s *tokenstore.Store, err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%s is %w", s.Name, ErrBusy)
	}
	return fmt.Errorf("lock %s: %w", s.Name, err)
}

// checkFree returns ErrExists if the destination has a sign-in that can still be used, and that is not
// moving: a Move may have been killed before it deleted the sign-in from the source.
func (m *Move) checkFree(ctx context.Context, moving *tokencache.Token) error {
	if m.Replace || m.sameFile() {
		return nil
	}
	tok, err := m.To.Tokens.Load(ctx, m.Session.CacheKey())
	switch {
	case errors.Is(err, tokencache.ErrNotFound), errors.As(err, new(*tokencache.InvalidError)):
		return nil
	case err != nil:
		return err
	case tok.IsAccessCopy(), tok.Expired(m.Now()) && !tok.Refreshable(m.Now()), equal(tok, moving):
		return nil
	}
	return ErrExists
}

// store stores the sign-in in the destination, and checks that it can be loaded.
func (m *Move) store(ctx context.Context, tok *tokencache.Token) error {
	key := m.Session.CacheKey()
	if err := m.To.Tokens.Store(ctx, key, tok); err != nil {
		return err
	}
	stored, err := m.To.Tokens.Load(ctx, key)
	if err != nil {
		return err
	}
	if !equal(stored, tok) {
		return fmt.Errorf("%s returns another token than it has stored", m.To.Name)
	}
	m.copyNote(ctx, tok)
	m.moveRegistration(ctx)
	return nil
}

func equal(a, b *tokencache.Token) bool {
	return a.AccessToken == b.AccessToken && a.RefreshToken == b.RefreshToken
}

// copyNote copies the note on the last refresh. It ignores errors: without the note, a rejected
// refresh token is sent once more.
func (m *Move) copyNote(ctx context.Context, tok *tokencache.Token) {
	from, ok := m.From.Tokens.(tokencache.NoteCache)
	to, alsoTo := m.To.Tokens.(tokencache.NoteCache)
	if !ok || !alsoTo || m.sameFile() {
		return
	}
	if note, err := from.LoadNote(ctx, m.Session.CacheKey(), tok.RefreshToken); err == nil {
		_ = to.StoreNote(ctx, m.Session.CacheKey(), tok.RefreshToken, note)
	} else {
		_ = to.DeleteNote(ctx, m.Session.CacheKey())
	}
}

// moveRegistration moves the client registration. It ignores errors: without it, the next sign-in
// registers a new client.
func (m *Move) moveRegistration(ctx context.Context) {
	from, ok := m.From.Tokens.(tokencache.RegistrationCache)
	to, alsoTo := m.To.Tokens.(tokencache.RegistrationCache)
	if !ok || !alsoTo {
		return
	}
	key := tokencache.RegistrationKey{
		StartURL: m.Session.StartURL, Region: m.Session.Region, Scopes: m.Session.RegistrationScopes, SessionName: m.Session.Name,
	}
	r, err := from.LoadRegistration(ctx, key)
	if err != nil || to.StoreRegistration(ctx, key, r) != nil || m.sameFile() {
		return
	}
	if files, ok := from.(interface {
		DeleteRegistration(ctx context.Context, key tokencache.RegistrationKey) error
	}); ok {
		_ = files.DeleteRegistration(ctx, key)
	}
}
