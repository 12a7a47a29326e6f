package accounts

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/latchkey-sso/latchkey/internal/atomicfile"
)

// MaxAge is how long a cached list is used.
const MaxAge = time.Hour

// maxList is the size limit of the file in bytes. 10,000 accounts with ten roles each take 4 MB.
const maxList = 64 << 20

// Cache is a file with the accounts and roles of one sign-in. It contains names and email
// addresses but no secrets. The zero value caches nothing.
type Cache struct {
	path string
}

// CacheFor returns the cache for key in the user's cache directory, or the zero value if there
// is no such directory.
func CacheFor(key string) Cache {
	dir, err := cacheDir()
	if err != nil {
		return Cache{}
	}
	sum := sha256.Sum256([]byte(key))
	return Cache{filepath.Join(dir, filePrefix+hex.EncodeToString(sum[:16])+".json")}
}

const filePrefix = "accounts-"

func cacheDir() (string, error) {
	dir, err := os.UserCacheDir()
	return filepath.Join(dir, "latchkey"), err
}

// ForgetAll removes the lists of all sign-ins.
func ForgetAll(ctx context.Context) error {
	dir, err := cacheDir()
	if err != nil {
		return nil //nolint:nilerr // so there are none
	}
	_, err = atomicfile.RemoveMatching(ctx, dir, func(name string) bool { return strings.HasPrefix(name, filePrefix) })
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// Forget removes the list: the next sign-in may be another user's.
func (c Cache) Forget(ctx context.Context) error {
	if c.path == "" {
		return nil
	}
	return atomicfile.Remove(ctx, c.path)
}

// list is the content of the file.
type list struct {
	ListedAt time.Time `json:"listedAt"`
	Accounts []Account `json:"accounts"`
}

func (l *list) setRoles(accountID string, roles []string) {
	slices.Sort(roles)
	for i := range l.Accounts {
		if l.Accounts[i].ID == accountID {
			l.Accounts[i].Roles = roles
		}
	}
}

// Load returns the cached accounts; nil if there are none or they are too old.
func (c Cache) Load(ctx context.Context, now time.Time) []Account {
	if l := c.load(ctx, now); l != nil {
		return l.Accounts
	}
	return nil
}

// load returns nil if the list is missing, invalid or too old.
func (c Cache) load(ctx context.Context, now time.Time) *list {
	data, err := atomicfile.Read(ctx, c.path, maxList)
	if err != nil {
		return nil
	}
	var l list
	if json.Unmarshal(data, &l) != nil || l.ListedAt.After(now) || now.Sub(l.ListedAt) >= MaxAge {
		return nil
	}
	return &l
}

// store ignores errors: the next call then sends a request.
func (c Cache) store(ctx context.Context, l *list) {
	if c.path == "" {
		return
	}
	if data, err := json.Marshal(l); err == nil {
		_ = atomicfile.Replace(ctx, c.path, data)
	}
}
