package rolecache

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/latchkey-sso/latchkey/internal/atomicfile"
	"github.com/latchkey-sso/latchkey/internal/cachefile"
)

// files reads and writes the files of a directory.
type files struct {
	dir    Dir
	cipher cachefile.Cipher // nil for plain files
}

func (f files) load(ctx context.Context, key Key) (*Credentials, error) {
	path := f.dir.Path(key)
	var credentials *Credentials
	err := cachefile.Load(ctx, path, func(data []byte) (err error) {
		if f.cipher != nil {
			if data, err = cachefile.Decrypt(ctx, f.cipher, sealName(path), data); err != nil {
				return err
			}
		}
		credentials, err = parse(data)
		return err
	})
	var damage *cachefile.DamageError
	switch {
	case err == nil:
		return credentials, nil
	case errors.As(err, &damage):
		return nil, &InvalidError{Path: path, Reason: damage.Reason}
	case cachefile.IsNotExist(err):
		return nil, fmt.Errorf("%w: %s", ErrNotFound, path)
	}
	return nil, fmt.Errorf("rolecache: load file: %w", err)
}

func (f files) store(ctx context.Context, key Key, credentials *Credentials) error {
	path := f.dir.Path(key)
	data, err := credentials.Encode()
	if err != nil {
		return err
	}
	if f.cipher != nil {
		if data, err = f.cipher.Seal(ctx, sealName(path), data); err != nil {
			return fmt.Errorf("rolecache: encrypt %s: %w", path, err)
		}
	}
	if err := atomicfile.Replace(ctx, path, data); err != nil {
		return fmt.Errorf("rolecache: %w", err)
	}
	return nil
}

// sealName returns the name that a Cipher binds to the file at path.
func sealName(path string) string { return "role " + filepath.Base(path) }
