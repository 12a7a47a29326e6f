package tokencache

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/latchkey-sso/latchkey/internal/atomicfile"
	"github.com/latchkey-sso/latchkey/internal/userhome"
)

// Dir is the path of a directory used as a Cache. Its files have the names and the format that
// other AWS tools use. Writing creates a missing directory with mode 0700.
type Dir string

var _ interface {
	Lister
	Sweeper
	RegistrationCache
	NoteCache
	LockAger
	SendLocker
	WriteChecker
	PrivacyChecker
} = Dir("")

// DefaultDir returns the token cache that all AWS tools share, ~/.aws/sso/cache. It fails if
// the home directory is unknown.
func DefaultDir() (Dir, error) {
	home, err := userhome.Dir(nil)
	if err != nil {
		return "", fmt.Errorf("tokencache: find directory: %w", err)
	}
	return Dir(filepath.Join(home, ".aws", "sso", "cache")), nil
}

// Path returns the path of the file that holds the token of key. The file name is the SHA-1
// of the key, as in all AWS SDKs, unless the key is opaque: see [Entry].
func (d Dir) Path(key string) string { return filepath.Join(string(d), fileName(key)) }

// Load returns the token under key, expired or not.
//
// The error matches ErrNotFound if the file does not exist, and is an *InvalidError if the
// file holds no valid token. Another tool may be writing a truncated file in place, so Load
// retries for 250 ms before it returns the *InvalidError. In a directory that other users can
// write to, Load rejects files and symbolic links that they own, with an *InvalidError. Root
// is trusted, and root trusts the owner of the directory. Other errors come from the file
// system.
func (d Dir) Load(ctx context.Context, key string) (*Token, error) {
	return files{d, nil}.load(ctx, key)
}

// Store replaces the file of key atomically: a reader sees either the old token or the new
// one. The file gets mode 0600. Store follows a symbolic link, and fails if another user may
// have planted it. A file that root writes gets the owner of the file it replaces, or else
// the owner of the directory.
func (d Dir) Store(ctx context.Context, key string, token *Token) error {
	return files{d, nil}.store(ctx, key, token)
}

// Delete removes the file of key, its note, and any temporary files that killed processes of
// Latchkey or the AWS SDK for Go left beside it.
func (d Dir) Delete(ctx context.Context, key string) error {
	path := d.Path(key)
	return errors.Join(
		remove(ctx, path),
		removeTemporary(ctx, path),
		d.DeleteNote(ctx, key),
	)
}

// CheckWritable implements [WriteChecker] by creating, syncing and removing a temporary file.
func (d Dir) CheckWritable(ctx context.Context, key string) error {
	if err := atomicfile.CheckWritable(ctx, d.Path(key)); err != nil {
		return fmt.Errorf("tokencache: %w", err)
	}
	return nil
}

// CheckPrivate implements [PrivacyChecker]. It returns an error if users other than the
// current one and root can create files in the directory. Load rejects such files, except on
// Windows, but a program should still warn the user. A missing directory is private.
func (d Dir) CheckPrivate(ctx context.Context) error {
	if err := atomicfile.CheckPrivate(ctx, string(d)); err != nil {
		return fmt.Errorf("tokencache: %w", err)
	}
	return nil
}

func remove(ctx context.Context, path string) error {
	if err := atomicfile.Remove(ctx, path); err != nil {
		return fmt.Errorf("tokencache: %w", err)
	}
	return nil
}
