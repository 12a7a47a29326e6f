package rolecache

import (
	"context"
	"crypto/sha1" //nolint:gosec // G505: see Key
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/latchkey-sso/latchkey/internal/atomicfile"
	"github.com/latchkey-sso/latchkey/internal/cachefile"
	"github.com/latchkey-sso/latchkey/internal/filelock"
	"github.com/latchkey-sso/latchkey/internal/userhome"
)

// Dir is a Cache in the directory with that path, which it shares with the AWS CLI. Writing
// creates a missing directory, with mode 0700.
type Dir string

var _ interface {
	Ager
	Clearer
	NoteCache
} = Dir("")

// DefaultDir returns the role cache of the AWS CLI: .aws/cli/cache in the home directory. It
// fails if no home directory is known.
func DefaultDir() (Dir, error) {
	home, err := userhome.Dir(nil)
	if err != nil {
		return "", fmt.Errorf("rolecache: find directory: %w", err)
	}
	return Dir(filepath.Join(home, ".aws", "cli", "cache")), nil
}

const extension = ".json"

// Path returns the file that holds the credentials of key.
func (d Dir) Path(key Key) string { return filepath.Join(string(d), key.hash()+extension) }

// Load returns the credentials under key, expired or not.
//
// The error matches ErrNotFound if there is no file, and is an *InvalidError if the file
// holds no credentials. A truncated file is most likely being written in place by the AWS
// CLI, so Load retries for a quarter of a second before it reports the file as invalid. A
// file that another user may have planted is invalid, as in package tokencache. Any other
// error is the file system's.
func (d Dir) Load(ctx context.Context, key Key) (*Credentials, error) {
	path := d.Path(key)
	var credentials *Credentials
	err := cachefile.Load(ctx, path, func(data []byte) (err error) {
		credentials, err = parse(data)
		return err
	})
	var damage *cachefile.DamageError
	switch {
	case err == nil:
		return credentials, nil
	case errors.As(err, &damage):
		return nil, &InvalidError{Path: path, Reason: damage.Reason}
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%w: %s", ErrNotFound, path)
	}
	return nil, fmt.Errorf("rolecache: load file: %w", err)
}

// StoredAt implements [Ager]. It returns the modification time of the file, by the clock
// of the file system: the content does not tell when the credentials were issued.
func (d Dir) StoredAt(ctx context.Context, key Key) (time.Time, error) {
	info, err := atomicfile.Within(ctx, func() (fs.FileInfo, error) { return os.Stat(d.Path(key)) }, nil)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return time.Time{}, fmt.Errorf("%w: %s", ErrNotFound, d.Path(key))
	case err != nil:
		return time.Time{}, fmt.Errorf("rolecache: stat file: %w", err)
	}
	return info.ModTime(), nil
}

// Store replaces the file of key atomically: every reader sees the old credentials or the
// new ones. The file gets mode 0600 and is, byte for byte, what the AWS CLI writes. Store
// fails for credentials without access key, secret key, session token or expiry.
func (d Dir) Store(ctx context.Context, key Key, credentials *Credentials) error {
	data, err := credentials.encode()
	if err != nil {
		return fmt.Errorf("rolecache: encode credentials: %w", err)
	}
	if err := atomicfile.Replace(ctx, d.Path(key), data); err != nil {
		return fmt.Errorf("rolecache: %w", err)
	}
	return nil
}

// Delete removes the file of key and its note.
func (d Dir) Delete(ctx context.Context, key Key) error {
	err := atomicfile.Remove(ctx, d.Path(key))
	if err != nil {
		err = fmt.Errorf("rolecache: %w", err)
	}
	return errors.Join(err, d.deleteNote(ctx, key))
}

// Lock takes the lock of key: a file beside the credentials', or beside the target of a
// symbolic link there, which is never removed. Only Latchkey takes it: the AWS CLI writes
// without a lock.
func (d Dir) Lock(ctx context.Context, key Key) (unlock func(), err error) {
	unlock, err = filelock.LockBeside(ctx, d.Path(key), func(target string) string { return withExtension(target, ".lock") })
	if err != nil {
		return nil, fmt.Errorf("rolecache: %w", err)
	}
	return unlock, nil
}

// Clear implements [Clearer]. It deletes every file that holds credentials from IAM
// Identity Center, whichever tool wrote it and whatever its name is, the temporary files that
// killed processes left behind, and files of credentials that cannot be read, such as root's.
// Credentials of assumed roles and all other files stay. Notes do not count as deleted.
func (d Dir) Clear(ctx context.Context, keep ...Key) (int, error) {
	kept := make(map[string]bool, len(keep))
	for _, key := range keep {
		kept[filepath.Base(d.Path(key))] = true
	}
	files, err := atomicfile.Within(ctx, func() ([]fs.DirEntry, error) { return os.ReadDir(string(d)) }, nil)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("rolecache: list credentials: %w", err)
	}
	deleted := 0
	var failures []error
	for _, file := range files {
		if err := ctx.Err(); err != nil {
			return deleted, errors.Join(append(failures, fmt.Errorf("rolecache: clear %s: %w", string(d), err))...)
		}
		name := file.Name()
		if _, temp := atomicfile.TempOf(name); temp || kept[name] || !d.holdsCredentials(ctx, name) {
			continue
		}
		if err := atomicfile.Remove(ctx, filepath.Join(string(d), name)); err != nil {
			failures = append(failures, fmt.Errorf("rolecache: %w", err))
			continue
		}
		deleted++
	}
	n, err := d.sweep(ctx, kept)
	return deleted + n, errors.Join(append(failures, err)...)
}

// sweep deletes temporary files and notes, but those of the files to keep, and returns how
// many temporary files it deleted.
func (d Dir) sweep(ctx context.Context, kept map[string]bool) (int, error) {
	temps, tempErr := atomicfile.RemoveMatching(ctx, string(d), func(name string) bool {
		of, temp := atomicfile.TempOf(name)
		return temp && (filepath.Ext(of) == extension || filepath.Ext(of) == noteExtension) && !kept[withExtension(of, extension)]
	})
	_, noteErr := atomicfile.RemoveMatching(ctx, string(d), func(name string) bool {
		return filepath.Ext(name) == noteExtension && !kept[withExtension(name, extension)]
	})
	if err := errors.Join(tempErr, noteErr); err != nil {
		return temps, fmt.Errorf("rolecache: sweep: %w", err)
	}
	return temps, nil
}

// holdsCredentials reports whether the file of that name holds credentials from IAM Identity
// Center. The name decides about a file that cannot be read.
func (d Dir) holdsCredentials(ctx context.Context, name string) bool {
	err := cachefile.Read(ctx, filepath.Join(string(d), name), checkProvider)
	return err == nil || errors.Is(err, fs.ErrPermission) && isFileName(name)
}

// isFileName reports whether Path returns a file of that name.
func isFileName(name string) bool {
	sum, ok := strings.CutSuffix(name, extension)
	return ok && len(sum) == 2*sha1.Size && strings.Trim(sum, "0123456789abcdef") == ""
}

var errOtherProvider = errors.New("not from IAM Identity Center")

// checkProvider returns an error unless data is a file of this cache.
func checkProvider(data []byte) error {
	members, err := cachefile.Members(data)
	if err != nil {
		return err
	}
	found := false
	for _, m := range members {
		if m.Name == "ProviderType" {
			var provider string
			found = cachefile.SetText(&provider, m) == nil && provider == providerType
		}
	}
	if !found {
		return errOtherProvider
	}
	return nil
}
