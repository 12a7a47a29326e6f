package tokencache

import (
	"context"
	"crypto/sha1" //nolint:gosec // G505: names files, as every AWS tool does; it guards nothing
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

// Dir is a Cache in the directory it names, shared with every AWS tool that uses the
// same one. The directory need not exist: writing makes it, with mode 0700.
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

// DefaultDir returns the token cache that every AWS tool shares, .aws/sso/cache in the home
// directory. The error says that there is no home directory.
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
// The error matches ErrNotFound when there is no file, and is an *InvalidError when
// the file holds no token. A file that is not whole is most likely being written by a
// tool that writes in place: Load reads it again for a quarter of a second before it
// says so. A file or a symbolic link of another user's is invalid where that user may have
// planted it: in a directory that others can write to. Root counts as the owner of the
// directory. A file that cannot be read gives the error of the file system.
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

// Store replaces the file of key in one step, so that every reader sees the old token
// or the new, and leaves it with mode 0600. When the file is a symbolic link, the link
// stays; one that another user may have planted is an error. What root makes belongs to
// the owner of the file that it replaces, or of the directory.
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

// CheckWritable reports whether Store could replace the token under key now. It makes,
// syncs and removes a temporary file, and leaves the token as it is.
func (d Dir) CheckWritable(ctx context.Context, key string) error {
	if err := atomicfile.CheckWritable(ctx, d.Path(key)); err != nil {
		return fmt.Errorf("tokencache: %w", err)
	}
	return nil
}

// CheckPrivate returns an error that says so if users other than this one and root can
// put files into the directory: its owner, its group or everyone. What they put there is
// never used, but programs should warn about it. A directory that is missing is private,
// and so is every directory on Windows, where this does not look.
func (d Dir) CheckPrivate(ctx context.Context) error {
	if err := atomicfile.CheckPrivate(ctx, string(d)); err != nil {
		return fmt.Errorf("tokencache: %w", err)
	}
	return nil
}

// load reads the file at path with parse, whose errors are *cachefile.DamageError.
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

// invalid makes an InvalidError of what cachefile found.
func invalid(path string, err error) *InvalidError {
	return &InvalidError{Path: path, Reason: err.Error()}
}
