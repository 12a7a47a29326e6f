package tokencache

import (
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
	files, err := atomicfile.Do(ctx, func() ([]fs.DirEntry, error) { return os.ReadDir(string(d)) }, nil)
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
	for _, file := range files {
		name := file.Name()
		if filepath.Ext(name) != cachefile.Extension {
			continue
		}
		if token, err := loadEntry(ctx, filepath.Join(string(d), name)); err == nil {
			entries = append(entries, Entry{Key: keyOf(name, token, known), Token: token})
		}
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("tokencache: list tokens in %s: %w", string(d), err)
		}
	}
	return entries, nil
}

// loadEntry is Load without retries, which would take 250 ms for every damaged file.
func loadEntry(ctx context.Context, path string) (*Token, error) {
	token := &Token{}
	err := cachefile.Read(ctx, path, func(data []byte) error {
		members, err := cachefile.Members(data)
		for _, m := range members {
			_, _ = token.set(m)
		}
		if token.AccessToken == "" && err == nil {
			err = errNoAccessToken
		}
		return err
	})
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
