package assumerole

import (
	"context"
	"path/filepath"

	"github.com/latchkey-sso/latchkey/internal/atomicfile"
	"github.com/latchkey-sso/latchkey/internal/cachefile"
	"github.com/latchkey-sso/latchkey/internal/filelock"
	"github.com/latchkey-sso/latchkey/internal/sts"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/rolecache"
)

// cacheFile is the path of the cache file of a role.
type cacheFile string

func newCacheFile(dir rolecache.Dir, p *profile.Profile) cacheFile {
	return cacheFile(filepath.Join(string(dir), fileName(p)))
}

// load returns the credentials in the file, expired or not.
func (f cacheFile) load(ctx context.Context) (*rolecache.Credentials, error) {
	var credentials *rolecache.Credentials
	err := cachefile.Load(ctx, string(f), func(data []byte) (err error) {
		credentials, err = rolecache.Parse(data)
		return err
	})
	return credentials, err
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
