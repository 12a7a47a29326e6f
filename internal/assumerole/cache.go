package assumerole

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/latchkey-sso/latchkey/internal/atomicfile"
	"github.com/latchkey-sso/latchkey/internal/cachefile"
	"github.com/latchkey-sso/latchkey/internal/filelock"
	"github.com/latchkey-sso/latchkey/internal/sts"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/rolecache"
)

// roleCache caches the credentials of one role.
type roleCache interface {
	// load returns the credentials, expired or not. The error matches rolecache.ErrNotFound
	// if there are none.
	load(ctx context.Context) (*rolecache.Credentials, error)
	store(ctx context.Context, out *sts.AssumeRoleOutput, accountID string) error
	lock(ctx context.Context) (unlock func(), err error)
}

func newRoleCache(cache rolecache.Cache, p *profile.Profile) roleCache {
	if dir, ok := cache.(rolecache.Dir); ok {
		return cacheFile(filepath.Join(string(dir), fileName(p)))
	}
	return cacheEntry{cache, key(p)}
}

// Forget deletes the credentials of p's role and of the roles in its chain of source profiles.
// Signing in or out with package login does so too, in a cache that is a [rolecache.Clearer].
func Forget(ctx context.Context, cache rolecache.Cache, p *profile.Profile) error {
	var failures []error
	for ; p != nil; p = p.SourceProfile {
		if p.RoleARN != "" {
			failures = append(failures, cache.Delete(ctx, key(p)))
		}
	}
	return errors.Join(failures...)
}

// cacheEntry is the entry of a role in a cache that the AWS CLI does not read.
type cacheEntry struct {
	cache rolecache.Cache
	key   rolecache.Key
}

func (e cacheEntry) load(ctx context.Context) (*rolecache.Credentials, error) {
	return e.cache.Load(ctx, e.key)
}

func (e cacheEntry) store(ctx context.Context, out *sts.AssumeRoleOutput, accountID string) error {
	return e.cache.Store(ctx, e.key, &rolecache.Credentials{
		AccessKeyID: out.AccessKeyID, SecretAccessKey: out.SecretAccessKey, SessionToken: out.SessionToken,
		Expires: out.Expires, AccountID: accountID,
	})
}

func (e cacheEntry) lock(ctx context.Context) (unlock func(), err error) {
	return e.cache.Lock(ctx, e.key)
}

// cacheFile is the path of a role's file in the AWS CLI's cache.
type cacheFile string

func (f cacheFile) load(ctx context.Context) (*rolecache.Credentials, error) {
	var credentials *rolecache.Credentials
	err := cachefile.Load(ctx, string(f), func(data []byte) (err error) {
		credentials, err = rolecache.Parse(data)
		return err
	})
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%w: %s", rolecache.ErrNotFound, string(f))
	case err != nil:
		return nil, fmt.Errorf("load %s: %w", string(f), err)
	}
	return credentials, nil
}

// store writes the file in the AWS CLI's format. ProviderType marks it as coming from a sign-in, so
// that logging out, with Latchkey or the AWS CLI, deletes it.
func (f cacheFile) store(ctx context.Context, out *sts.AssumeRoleOutput, accountID string) error {
	var file, credentials, user cachefile.Object
	credentials.String("AccessKeyId", out.AccessKeyID)
	credentials.Secret("SecretAccessKey", out.SecretAccessKey)
	credentials.Secret("SessionToken", out.SessionToken)
	credentials.Time("Expiration", out.Expires)
	credentials.String("AccountId", accountID)
	user.String("AssumedRoleId", out.AssumedRoleID)
	user.String("Arn", out.AssumedRoleARN)

	file.String("ProviderType", "sso")
	file.Object("Credentials", &credentials)
	file.Object("AssumedRoleUser", &user)
	data, err := file.Bytes()
	if err != nil {
		return err
	}
	return atomicfile.Replace(ctx, string(f), data)
}

// lock takes the lock file next to the cache file. The AWS CLI takes no lock.
func (f cacheFile) lock(ctx context.Context) (unlock func(), err error) {
	return filelock.LockSibling(ctx, string(f), func(target string) string { return cachefile.WithExtension(target, ".lock") })
}
