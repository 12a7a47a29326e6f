package storemove_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/internal/ciphertest"
	"github.com/latchkey-sso/latchkey/internal/filetest"
	"github.com/latchkey-sso/latchkey/internal/storemove"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/tokencache"
	"github.com/latchkey-sso/latchkey/tokenstore"
)

var now = time.Unix(1.9e9, 0).UTC()

// newMove returns the move of a sign-in from plain to encrypted files.
func newMove(t *testing.T) *storemove.Move {
	t.Helper()
	t.Setenv("HOME", t.TempDir())
	from, err := tokenstore.Open("dir:~/from")
	if err != nil {
		t.Fatal(err)
	}
	to, err := tokenstore.Open("sealed:key?dir=~/to", ciphertest.NewDriver("sealed"))
	if err != nil {
		t.Fatal(err)
	}
	tok := &tokencache.Token{
		StartURL: "https://start", AccessToken: "access", ExpiresAt: now.Add(time.Hour),
		ClientID: "client", ClientSecret: "secret", RefreshToken: "refresh",
	}
	if err := from.Tokens.Store(t.Context(), "corp", tok); err != nil {
		t.Fatal(err)
	}
	return &storemove.Move{Session: &profile.Session{Name: "corp"}, From: from, To: to, Now: func() time.Time { return now }}
}

// wantIn checks which stores have the refresh token.
func wantIn(t *testing.T, m *storemove.Move, from, to bool) {
	t.Helper()
	for store, want := range map[*tokenstore.Store]bool{m.From: from, m.To: to} {
		tok, err := store.Tokens.Load(t.Context(), "corp")
		if has := err == nil && tok.RefreshToken == "refresh"; has != want {
			t.Errorf("%s has the sign-in: %t, want %t (%v)", store.Name, has, want, err)
		}
	}
}

// TestNote: the note on a rejected refresh token moves too, so that no process sends it again.
func TestNote(t *testing.T) {
	m := newMove(t)
	note := tokencache.RefreshNote{At: now, Outcome: tokencache.RefreshRejected}
	if err := m.From.Tokens.(tokencache.NoteCache).StoreNote(t.Context(), "corp", "refresh", note); err != nil {
		t.Fatal(err)
	}
	if err := m.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantIn(t, m, false, true)
	if got, err := m.To.Tokens.(tokencache.NoteCache).LoadNote(t.Context(), "corp", "refresh"); err != nil || got.Outcome != note.Outcome {
		t.Errorf("the note is %v, %v", got, err)
	}
}

// impatient is a cache whose users wait only briefly for the sending lock.
type impatient struct{ tokencache.SendLocker }

func (i impatient) LockSending(ctx context.Context, key string) (unlock func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
	defer cancel()
	return i.SendLocker.LockSending(ctx, key)
}

// TestDuringRefresh: while a process refreshes the token in either store, nothing moves.
func TestDuringRefresh(t *testing.T) {
	m := newMove(t)
	for _, store := range []**tokenstore.Store{&m.From, &m.To} {
		before, held := *store, **store
		tokens := before.Tokens.(tokencache.SendLocker)
		unlock, err := tokens.LockSending(t.Context(), "corp")
		if err != nil {
			t.Fatal(err)
		}
		held.Tokens = impatient{tokens}
		*store = &held
		if err := m.Run(t.Context()); !errors.Is(err, storemove.ErrBusy) || !strings.Contains(err.Error(), held.Name) {
			t.Errorf("during a refresh in %s: %v", held.Name, err)
		}
		*store = before
		unlock()
		wantIn(t, m, true, false)
	}
	if err := m.Run(t.Context()); err != nil {
		t.Error(err)
	}
	wantIn(t, m, false, true)
}

// locking is a cache that reports each lock.
type locking struct {
	tokencache.Cache

	locked func()
}

func (l *locking) Path(key string) string {
	return l.Cache.(interface{ Path(string) string }).Path(key)
}

func (l *locking) Lock(ctx context.Context, key string) (func(), error) {
	l.locked()
	return l.Cache.Lock(ctx, key)
}

// TestLockOrder: moves in opposite directions acquire the locks in one order, so that none waits for the other.
func TestLockOrder(t *testing.T) {
	m := newMove(t)
	var orders []string
	for range 2 {
		order := ""
		named := func(s *tokenstore.Store) *tokenstore.Store {
			s2 := *s
			s2.Tokens = &locking{s.Tokens, func() { order += s.Name + "\n" }}
			return &s2
		}
		opposite := &storemove.Move{Session: m.Session, From: named(m.From), To: named(m.To), Now: m.Now}
		if err := opposite.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		orders = append(orders, order)
		m.From, m.To = m.To, m.From
	}
	if orders[0] != orders[1] {
		t.Errorf("the orders of the locks: %q, want the same", orders)
	}
}

// undeletable is a cache whose tokens cannot be deleted, and whose Store cancels a context.
type undeletable struct {
	tokencache.Cache
	cancel func()
}

func (undeletable) Delete(context.Context, string) error { return os.ErrPermission }

func (u undeletable) Store(ctx context.Context, key string, tok *tokencache.Token) error {
	u.cancel()
	return u.Cache.Store(ctx, key, tok)
}

// TestUndeletable: the error says that two stores have the sign-in.
func TestUndeletable(t *testing.T) {
	m := newMove(t)
	from := *m.From
	from.Tokens = &undeletable{Cache: from.Tokens}
	m.From = &from
	if err := m.Run(t.Context()); !errors.Is(err, os.ErrPermission) || !strings.Contains(err.Error(), "in both stores") {
		t.Errorf("Run: %v", err)
	}
}

// TestCanceled: a move that has begun to store the sign-in is completed.
func TestCanceled(t *testing.T) {
	m := newMove(t)
	ctx, cancel := context.WithCancel(t.Context())
	to := *m.To
	to.Tokens = &undeletable{to.Tokens, cancel}
	m.To = &to
	if err := m.Run(ctx); err != nil {
		t.Error(err)
	}
	wantIn(t, m, false, true)
}

// TestSameFiles: a symbolic link leads to the files of the other store, which have the same locks.
func TestSameFiles(t *testing.T) {
	filetest.SkipUnderWine(t, "symbolic links")
	m := newMove(t)
	home := os.Getenv("HOME")
	if err := os.Symlink(filepath.Join(home, "from"), filepath.Join(home, "link")); err != nil {
		t.Fatal(err)
	}
	plain, err := tokenstore.Open("dir:~/link")
	if err != nil {
		t.Fatal(err)
	}
	m.To = plain
	if err := m.Run(t.Context()); !errors.Is(err, storemove.ErrSame) {
		t.Errorf("Run, to the same files: %v, want ErrSame", err)
	}
	wantIn(t, m, true, true)
	if m.To, err = tokenstore.Open("sealed:key?dir=~/link", ciphertest.NewDriver("sealed")); err != nil {
		t.Fatal(err)
	}
	if err := m.Run(t.Context()); err != nil {
		t.Errorf("Run, encrypting the files: %v", err)
	}
	wantIn(t, m, false, true)
}

// TestKilled: a move that was killed before it deleted the sign-in from the source can be repeated.
func TestKilled(t *testing.T) {
	m := newMove(t)
	tok, err := m.From.Tokens.Load(t.Context(), "corp")
	if err != nil {
		t.Fatal(err)
	}
	if err := m.To.Tokens.Store(t.Context(), "corp", tok); err != nil {
		t.Fatal(err)
	}
	if err := m.Run(t.Context()); err != nil {
		t.Errorf("Run: %v", err)
	}
	wantIn(t, m, false, true)
}

// TestReplace: only a sign-in that can still be used is kept.
func TestReplace(t *testing.T) {
	m := newMove(t)
	theirs := &tokencache.Token{AccessToken: "theirs", ExpiresAt: now.Add(time.Hour)}
	if err := m.To.Tokens.Store(t.Context(), "corp", theirs); err != nil {
		t.Fatal(err)
	}
	if err := m.Run(t.Context()); !errors.Is(err, storemove.ErrExists) {
		t.Errorf("Run: %v, want ErrExists", err)
	}
	wantIn(t, m, true, false)
	theirs.ExpiresAt = now
	refreshable := *theirs
	refreshable.RefreshToken, refreshable.ClientID, refreshable.ClientSecret = "theirs", "client", "secret"
	if err := m.To.Tokens.Store(t.Context(), "corp", &refreshable); err != nil {
		t.Fatal(err)
	}
	if err := m.Run(t.Context()); !errors.Is(err, storemove.ErrExists) {
		t.Errorf("Run, if theirs can be refreshed: %v, want ErrExists", err)
	}
	if err := m.To.Tokens.Store(t.Context(), "corp", theirs); err != nil {
		t.Fatal(err)
	}
	if err := m.Run(t.Context()); err != nil {
		t.Errorf("Run: %v", err)
	}
	wantIn(t, m, false, true)
	if _, err := os.Stat(filepath.Join(os.Getenv("HOME"), ".aws")); err == nil {
		t.Error("the move wrote to ~/.aws")
	}
}
