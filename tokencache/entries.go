package tokencache

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/latchkey-sso/latchkey/internal/atomicfile"
	"github.com/latchkey-sso/latchkey/internal/cachefile"
)

// Entries implements [Lister]. It returns the token of every .json file that holds an access
// token, sorted by file name. It skips files that it cannot read. A missing directory has no
// entries.
func (d Dir) Entries(ctx context.Context, keys ...string) ([]Entry, error) {
	return files{d, nil}.entries(ctx, keys)
}

func (f files) entries(ctx context.Context, keys []string) ([]Entry, error) {
	found, err := atomicfile.Do(ctx, func() ([]fs.DirEntry, error) { return os.ReadDir(string(f.dir)) }, nil)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("tokencache: list tokens: %w", err)
	}
	known := make(map[string]string, len(keys))
	for _, key := range keys {
		known[fileName(key)] = key
	}
	var entries []Entry
	for _, file := range found {
		name := file.Name()
		if filepath.Ext(name) != cachefile.Extension {
			continue
		}
		token, err := f.loadEntry(ctx, filepath.Join(string(f.dir), name))
		if err == nil {
			entries = append(entries, Entry{Key: keyOf(name, token, known), Token: token})
		}
		if err := cmp.Or(ctx.Err(), withoutKey(err)); err != nil {
			return nil, fmt.Errorf("tokencache: list tokens in %s: %w", string(f.dir), err)
		}
	}
	return entries, nil
}

// withoutKey returns err if the key of a Cipher is not available, and otherwise nil.
func withoutKey(err error) error {
	var unavailable *cachefile.KeyError
	if errors.As(err, &unavailable) {
		return err
	}
	return nil
}

// loadEntry is load without retries, which would take 250 ms for every damaged file.
func (f files) loadEntry(ctx context.Context, path string) (*Token, error) {
	token := &Token{}
	err := cachefile.Read(ctx, path, f.decrypting(ctx, path, func(data []byte) error {
		members, err := cachefile.Members(data)
		token.setAll(members)
		if token.AccessToken == "" && err == nil {
			err = errNoAccessToken
		}
		return err
	}))
	return token, err
}

// keyOf returns the key of a token: the known key for the file name, the token's start URL,
// or an opaque key that holds the file name.
func keyOf(name string, token *Token, known map[string]string) string {
	if key, ok := known[name]; ok {
		return key
	}
	if fileName(token.StartURL) == name {
		return token.StartURL
	}
	return nameKeyPrefix + name
}

// nameKeyPrefix marks an opaque key, which holds a file name. No session name or start URL
// begins with it.
const nameKeyPrefix = "\x00"

// fileName returns the name of the file that holds the token of key.
func fileName(key string) string {
	name, ok := strings.CutPrefix(key, nameKeyPrefix)
	if ok && filepath.Base(name) == name && filepath.Ext(name) == cachefile.Extension {
		return name
	}
	return cachefile.HashName([]byte(key))
}
