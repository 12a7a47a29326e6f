package rolecache

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/latchkey-sso/latchkey/internal/atomicfile"
	"github.com/latchkey-sso/latchkey/internal/cachefile"
	"github.com/latchkey-sso/latchkey/internal/filelock"
	"github.com/latchkey-sso/latchkey/internal/userhome"
)

// Dir is the path of a directory used as a Cache. Its files have the names and the format that
// the AWS CLI uses. Writing creates a missing directory with mode 0700.
type Dir string

var _ interface {
	Ager
	Clearer
	NoteCache
} = Dir("")

// DefaultDir returns the cache of the AWS CLI, ~/.aws/cli/cache. It fails if the home directory
// is unknown.
func DefaultDir() (Dir, error) {
	home, err := userhome.Dir(nil)
	if err != nil {
		return "", fmt.Errorf("rolecache: find directory: %w", err)
	}
	return Dir(filepath.Join(home, ".aws", "cli", "cache")), nil
}

// Path returns the path of the file that holds the credentials of key.
func (d Dir) Path(key Key) string { return filepath.Join(string(d), key.fileName()) }

// Load returns the credentials under key, expired or not.
//
// The error matches ErrNotFound if the file does not exist, and is an *InvalidError if the
// file holds no valid credentials. The AWS CLI may be writing a truncated file in place, so
// Load retries for 250 ms before it returns the *InvalidError. Load rejects files of other
// users as tokencache does. Other errors come from the file system.
func (d Dir) Load(ctx context.Context, key Key) (*Credentials, error) {
	return files{d, nil}.load(ctx, key)
}

// StoredAt implements [Ager]. It returns the modification time of the file, from the clock of
// the file system: the content does not tell when the credentials were issued.
func (d Dir) StoredAt(ctx context.Context, key Key) (time.Time, error) {
	info, err := atomicfile.Do(ctx, func() (fs.FileInfo, error) { return os.Stat(d.Path(key)) }, nil)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return time.Time{}, fmt.Errorf("%w: %s", ErrNotFound, d.Path(key))
	case err != nil:
		return time.Time{}, fmt.Errorf("rolecache: stat file: %w", err)
	}
	return info.ModTime(), nil
}

// Store replaces the file of key atomically: a reader sees either the old credentials or the
// new ones. The file gets mode 0600 and the content that [Credentials.Encode] returns. Store
// fails if Encode does.
func (d Dir) Store(ctx context.Context, key Key, credentials *Credentials) error {
	return files{d, nil}.store(ctx, key, credentials)
}

// Delete removes the file of key and its note.
func (d Dir) Delete(ctx context.Context, key Key) error {
	err := atomicfile.Remove(ctx, d.Path(key))
	if err != nil {
		err = fmt.Errorf("rolecache: %w", err)
	}
	return errors.Join(err, d.deleteNote(ctx, key))
}

// Lock implements [Cache] with a lock file beside the credentials file, or beside its target if
// that is a symbolic link. The lock file is never removed. Only Latchkey uses the lock: the AWS
// CLI writes without one.
func (d Dir) Lock(ctx context.Context, key Key) (unlock func(), err error) {
	unlock, err = filelock.LockSibling(ctx, d.Path(key), func(target string) string { return cachefile.WithExtension(target, ".lock") })
	if err != nil {
		return nil, fmt.Errorf("rolecache: %w", err)
	}
	return unlock, nil
}

// Clear implements [Clearer]. It deletes all files that hold credentials from IAM Identity
// Center, including those of other tools; temporary files that killed processes left behind;
// and credentials files that cannot be read, such as those owned by root. It keeps other files,
// such as the AWS CLI's credentials of assumed roles. Notes are deleted but not counted.
func (d Dir) Clear(ctx context.Context, keep ...Key) (int, error) {
	return d.clear(ctx, keep, func(name string) bool { return d.holdsCredentials(ctx, name) })
}

// clear deletes the files for which isOurs returns true, except those of keep, and what belongs
// to them.
func (d Dir) clear(ctx context.Context, keep []Key, isOurs func(name string) bool) (int, error) {
	files, err := atomicfile.Do(ctx, func() ([]fs.DirEntry, error) { return os.ReadDir(string(d)) }, nil)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("rolecache: list credentials: %w", err)
	}
	kept := make(map[string]bool, len(keep))
	for _, key := range keep {
		kept[key.fileName()] = true
	}
	deleted, err := d.remove(ctx, files, func(name string) bool { return !kept[name] && isOurs(name) })
	temps, sweepErr := d.sweep(ctx, kept)
	return deleted + temps, errors.Join(err, sweepErr)
}

// remove deletes the files whose names match, except temporary files.
func (d Dir) remove(ctx context.Context, files []fs.DirEntry, match func(name string) bool) (deleted int, err error) {
	var failures []error
	for _, file := range files {
		name := file.Name()
		if _, temp := atomicfile.TempTarget(name); temp || !match(name) {
			continue
		}
		if err := atomicfile.Remove(ctx, filepath.Join(string(d), name)); err != nil {
			failures = append(failures, fmt.Errorf("rolecache: %w", err))
			continue
		}
		deleted++
	}
	return deleted, errors.Join(failures...)
}

// sweep deletes the temporary files and notes of all but the kept files, and returns the number
// of temporary files deleted.
func (d Dir) sweep(ctx context.Context, kept map[string]bool) (int, error) {
	isKept := func(name string) bool { return kept[cachefile.WithExtension(name, cachefile.Extension)] }
	temps, tempErr := atomicfile.RemoveMatching(ctx, string(d), func(name string) bool {
		target, temp := atomicfile.TempTarget(name)
		ext := filepath.Ext(target)
		return temp && (ext == cachefile.Extension || ext == noteExtension) && !isKept(target)
	})
	_, noteErr := atomicfile.RemoveMatching(ctx, string(d), func(name string) bool {
		return filepath.Ext(name) == noteExtension && !isKept(name)
	})
	if err := errors.Join(tempErr, noteErr); err != nil {
		return temps, fmt.Errorf("rolecache: sweep: %w", err)
	}
	return temps, nil
}

// holdsCredentials reports whether a file holds credentials from IAM Identity Center. It decides
// by the name if the file cannot be read.
func (d Dir) holdsCredentials(ctx context.Context, name string) bool {
	err := cachefile.Read(ctx, filepath.Join(string(d), name), checkProvider)
	return err == nil || errors.Is(err, fs.ErrPermission) && cachefile.IsHashName(name)
}

var errOtherProvider = errors.New("not from IAM Identity Center")

// checkProvider returns an error unless data is marked as from IAM Identity Center.
func checkProvider(data []byte) error {
	members, err := cachefile.Members(data)
	if err != nil {
		return err
	}
	found := false
	for _, m := range members {
		if m.Name == "ProviderType" {
			var provider string
			found = cachefile.SetString(&provider, m) == nil && provider == providerType
		}
	}
	if !found {
		return errOtherProvider
	}
	return nil
}
