package redis

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/latchkey-sso/latchkey/internal/atomicfile"
)

const maxKeyFile = 64 << 10

// Keys encrypts what is stored on the server, and hides the names of its entries. Get one from
// [ReadKeys] or [ParseKeys].
type Keys struct {
	path string // of the key file; empty if the keys do not change

	mu   sync.Mutex
	set  *keySet
	file fs.FileInfo // the state of the file that set was read from
}

// ReadKeys reads a key file, which must be private to its owner. See [ParseKeys].
//
// When the file changes, the Keys that ReadKeys returned change too. If the changed file is missing or
// invalid, they stay as they are until it can be read.
func ReadKeys(path string) (*Keys, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("redis: read key file: %w", err)
	}
	k := &Keys{path: path}
	if err := k.read(); err != nil {
		return nil, err
	}
	return k, nil
}

// ParseKeys parses the content of a key file. Each line is a key: 32 random bytes in base64, as
// "openssl rand -base64 32" prints them. Empty lines and lines that begin with # are ignored.
//
// The first key encrypts and all keys decrypt. To change the key, add the new one below the old one on
// all machines before it encrypts on any. The last key also hides the names of the entries. It must stay
// the last, since with another one no entry is found and every user must sign in again. With the prefix
// "names:", it is used for nothing else.
func ParseKeys(data []byte) (*Keys, error) {
	set, err := parseKeySet(data)
	if err != nil {
		return nil, err
	}
	return &Keys{set: set}, nil
}

// Format prints no key, for every verb.
func (k *Keys) Format(w fmt.State, _ rune) { _, _ = fmt.Fprint(w, "[redacted]") }

// read reads the key file.
//
//nolint:contextcheck,nolintlint // it is a small local file, and a call that has begun needs its keys
func (k *Keys) read() error {
	info, err := os.Stat(k.path) // before the content: a later change must not be missed
	if err != nil {
		return fmt.Errorf("redis: read key file: %w", err)
	}
	data, err := atomicfile.ReadPrivate(context.Background(), k.path, maxKeyFile)
	if err != nil {
		return fmt.Errorf("redis: read key file: %w", err)
	}
	set, err := parseKeySet(data)
	if err != nil {
		return fmt.Errorf("redis: read key file %s: %w", k.path, err)
	}
	k.set, k.file = set, info
	return nil
}

// current returns the keys that are in the file now.
func (k *Keys) current() *keySet {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.path == "" {
		return k.set
	}
	if info, err := os.Stat(k.path); err != nil || !sameState(info, k.file) {
		_ = k.read() // the old keys stay
	}
	return k.set
}

// reread is current for keys that did not decrypt an entry. It reads the file even if it looks the same.
func (k *Keys) reread() *keySet {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.path != "" {
		_ = k.read() // the old keys stay
	}
	return k.set
}

// sameState reports whether a file has not changed, as far as its attributes tell.
func sameState(a, b fs.FileInfo) bool {
	return os.SameFile(a, b) && a.ModTime().Equal(b.ModTime()) && a.Size() == b.Size()
}

// unseal decrypts what seal has returned for the same name.
func (k *Keys) unseal(name string, sealed []byte) ([]byte, error) {
	data, err := k.current().unseal(name, sealed)
	if err != nil {
		data, err = k.reread().unseal(name, sealed)
	}
	return data, err
}
