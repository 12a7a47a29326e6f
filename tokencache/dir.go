package tokencache

import (
	"context"
	"crypto/sha1" //nolint:gosec // G505: names files, as in every AWS tool; no security depends on it
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/latchkey-sso/latchkey/internal/atomicfile"
	"github.com/latchkey-sso/latchkey/internal/cachefile"
	"github.com/latchkey-sso/latchkey/internal/userhome"
)

// Dir is a Cache in the directory with that path, which it shares with other AWS tools.
// Writing creates a missing directory, with mode 0700.
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

// DefaultDir returns the token cache that all AWS tools share: .aws/sso/cache in the home
// directory. It fails if no home directory is known.
func DefaultDir() (Dir, error) {
	home, err := userhome.Dir(nil)
	if err != nil {
		return "", fmt.Errorf("tokencache: find directory: %w", err)
	}
	return Dir(filepath.Join(home, ".aws", "sso", "cache")), nil
}

const extension = ".json"

// Path returns the file that holds the token of key. Its name is the SHA-1 of the key, as
// in all AWS SDKs, unless the key is opaque: see [Entry].
func (d Dir) Path(key string) string { return filepath.Join(string(d), fileName(key)) }

func sha1Name(key string) string {
	sum := sha1.Sum([]byte(key)) //nolint:gosec // G401: see the import
	return hex.EncodeToString(sum[:]) + extension
}

// Load returns the token under key, expired or not.
//
// The error matches ErrNotFound if there is no file, and is an *InvalidError if the file
// holds no token. A truncated file is most likely being written in place by another tool, so
// Load retries for a quarter of a second before it reports the file as invalid. Files and
// symbolic links of other users are invalid in a directory that others can write to: they
// may have been planted. Root counts as the owner of the directory. Any other error is the
// file system's.
func (d Dir) Load(ctx context.Context, key string) (*Token, error) {
	var token *Token
	err := load(ctx, d.Path(key), func(data []byte) (err error) {
		token, err = parse(data)
		return err
	})
	if err != nil {
		return nil, err
	}
	return token, nil
}

// Store replaces the file of key atomically: every reader sees the old token or the new one.
// The file gets mode 0600. Store writes through a symbolic link, and fails if another user
// may have planted it. A file that root writes belongs to the owner of the file it replaces,
// or else of the directory.
func (d Dir) Store(ctx context.Context, key string, token *Token) error {
	data, err := token.Encode()
	if err != nil {
		return err
	}
	return store(ctx, d.Path(key), data)
}

// Delete removes the file of key, its note, and the temporary files of that file which
// killed processes left behind, ours and those of the AWS SDK for Go.
func (d Dir) Delete(ctx context.Context, key string) error {
	path := d.Path(key)
	return errors.Join(
		remove(ctx, path),
		sweep(ctx, path),
		d.DeleteNote(ctx, key),
	)
}

// CheckWritable implements [WriteChecker]: it creates, syncs and removes a temporary file.
func (d Dir) CheckWritable(ctx context.Context, key string) error {
	if err := atomicfile.CheckWritable(ctx, d.Path(key)); err != nil {
		return fmt.Errorf("tokencache: %w", err)
	}
	return nil
}

// CheckPrivate implements [PrivacyChecker]. It returns an error if users other than this one
// and root can create files in the directory. Such files are never used, but programs should
// warn about it. A missing directory counts as private, and so does any on Windows, where it
// is not checked.
func (d Dir) CheckPrivate(ctx context.Context) error {
	if err := atomicfile.CheckPrivate(ctx, string(d)); err != nil {
		return fmt.Errorf("tokencache: %w", err)
	}
	return nil
}

// load reads the file at path. The errors of parse are *cachefile.DamageError.
func load(ctx context.Context, path string, parse func(data []byte) error) error {
	err := cachefile.Load(ctx, path, parse)
	var damage *cachefile.DamageError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &damage):
		return invalid(path, damage)
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%w: %s", ErrNotFound, path)
	}
	return fmt.Errorf("tokencache: load file: %w", err)
}

func store(ctx context.Context, path string, data []byte) error {
	if err := atomicfile.Write(ctx, path, data); err != nil {
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

func withExtension(path, other string) string {
	return strings.TrimSuffix(path, filepath.Ext(path)) + other
}

func invalid(path string, err error) *InvalidError {
	return &InvalidError{Path: path, Reason: err.Error()}
}
