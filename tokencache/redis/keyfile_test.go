package redis_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/internal/filetest"
	"github.com/latchkey-sso/latchkey/tokencache"
	"github.com/latchkey-sso/latchkey/tokencache/redis"
)

// keyFile is a key file, and a program that has been running since before it changed.
type keyFile struct {
	*world
	path    string
	running redis.TokenCache
}

func newKeyFile(t *testing.T, lines ...string) *keyFile {
	t.Helper()
	f := &keyFile{world: newWorld(t), path: filepath.Join(t.TempDir(), "redis.key")}
	f.write(lines...)
	keys, err := redis.ReadKeys(f.path)
	if err != nil {
		t.Fatal(err)
	}
	f.running = f.with(keys)
	return f
}

func (f *keyFile) with(keys *redis.Keys) redis.TokenCache {
	f.t.Helper()
	return newClient(f.t, f.redis, func(o *redis.Options) { o.Keys = keys }).Tokens()
}

func (f *keyFile) write(lines ...string) {
	f.t.Helper()
	filetest.Write(f.t, f.path, strings.Join(lines, "\n")+"\n")
}

// other returns the tokens of a program on another machine.
func (f *keyFile) other(lines ...string) redis.TokenCache {
	f.t.Helper()
	keys, err := redis.ParseKeys([]byte(strings.Join(lines, "\n")))
	if err != nil {
		f.t.Fatal(err)
	}
	return f.with(keys)
}

// exchange checks that what one program stores, the other can load.
func (f *keyFile) exchange(a, b redis.TokenCache) {
	f.t.Helper()
	token := signIn(f.t, time.Hour)
	for _, pair := range [][2]redis.TokenCache{{a, b}, {b, a}} {
		if err := pair[0].Store(f.t.Context(), session, token); err != nil {
			f.t.Fatal(err)
		}
		if _, err := pair[1].Load(f.t.Context(), session); err != nil {
			f.t.Error(err)
		}
	}
}

// TestKeyRotation follows the steps of the documentation, while a program runs. Machines may be a step behind.
func TestKeyRotation(t *testing.T) {
	t.Parallel()
	first, second := string(newKey()), string(newKey())
	names := "names: " + first
	f := newKeyFile(t, first)
	f.exchange(f.running, f.other(first))
	before := []string{first}
	for _, lines := range [][]string{{"# a new key", first, second, "", names}, {second, first, names}, {second, names}} {
		f.exchange(f.running, f.other(lines...))
		f.write(lines...)
		f.exchange(f.running, f.other(before...))
		f.exchange(f.running, f.other(lines...))
		before = lines
	}

	if err := f.other(first).Store(t.Context(), session, signIn(t, time.Hour)); err != nil {
		t.Fatal(err)
	}
	if token, err := f.running.Load(t.Context(), session); !errors.As(err, new(*tokencache.InvalidError)) {
		t.Errorf("Load with the old key = %v, %v; want an *InvalidError", token, err)
	}
	f.write(second)
	if token, err := f.running.Load(t.Context(), session); !errors.Is(err, tokencache.ErrNotFound) {
		t.Errorf("Load with other names = %v, %v; want ErrNotFound", token, err)
	}
	if entries, err := f.running.Entries(t.Context()); len(entries) != 0 || err != nil {
		t.Errorf("Entries with other keys: %v, %v", entries, err)
	}
}

// TestKeyFileUnreadable: while the key file is missing or invalid, running programs keep their keys.
func TestKeyFileUnreadable(t *testing.T) {
	t.Parallel()
	first, second := string(newKey()), string(newKey())
	f := newKeyFile(t, first)
	f.write("garbage")
	f.exchange(f.running, f.other(first))
	if err := os.Remove(f.path); err != nil {
		t.Fatal(err)
	}
	f.exchange(f.running, f.other(first))
	f.write(second)
	f.exchange(f.running, f.other(second))
}

// TestKeyFileLooksTheSame: a key file whose size and time did not change is read again if an entry cannot be decrypted.
func TestKeyFileLooksTheSame(t *testing.T) {
	t.Parallel()
	first, second := string(newKey()), string(newKey())
	names := "names:" + first
	f := newKeyFile(t, first, names)
	info, err := os.Stat(f.path)
	if err != nil {
		t.Fatal(err)
	}
	f.write(second, names)
	if err := os.Chtimes(f.path, info.ModTime(), info.ModTime()); err != nil {
		t.Fatal(err)
	}
	if err := f.other(second, names).Store(t.Context(), session, signIn(t, time.Hour)); err != nil {
		t.Fatal(err)
	}
	if _, err := f.running.Load(t.Context(), session); err != nil {
		t.Error(err)
	}
}
