package tokencache

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

func (f files) load(ctx context.Context, key string) (*Token, error) {
	var token *Token
	err := f.read(ctx, f.dir.Path(key), func(data []byte) (err error) {
		token, err = parse(data)
		return err
	})
	if err != nil {
		return nil, err
	}
	return token, nil
}

func (f files) store(ctx context.Context, key string, token *Token) error {
	data, err := token.Encode()
	if err != nil {
		return err
	}
	return f.write(ctx, f.dir.Path(key), data)
}

// read reads the file at path. Errors of parse must be *cachefile.DamageError.
func (f files) read(ctx context.Context, path string, parse func(data []byte) error) error {
	err := cachefile.Load(ctx, path, f.decrypting(ctx, path, parse))
	var damage *cachefile.DamageError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &damage):
		return invalid(path, damage)
	case cachefile.IsNotExist(err):
		return fmt.Errorf("%w: %s", ErrNotFound, path)
	}
	return fmt.Errorf("tokencache: load file: %w", err)
}

func (f files) write(ctx context.Context, path string, data []byte) error {
	data, err := f.seal(ctx, path, data)
	if err != nil {
		return err
	}
	if err := atomicfile.Write(ctx, path, data); err != nil {
		return fmt.Errorf("tokencache: %w", err)
	}
	return nil
}

// seal encrypts the content of the file at path.
func (f files) seal(ctx context.Context, path string, data []byte) ([]byte, error) {
	if f.cipher == nil {
		return data, nil
	}
	sealed, err := f.cipher.Seal(ctx, sealName(path), data)
	if err != nil {
		return nil, fmt.Errorf("tokencache: encrypt %s: %w", path, err)
	}
	return sealed, nil
}

// decrypting returns a function that passes the plaintext of the file at path to parse.
func (f files) decrypting(ctx context.Context, path string, parse func(data []byte) error) func([]byte) error {
	if f.cipher == nil {
		return parse
	}
	return func(data []byte) error {
		plain, err := cachefile.Decrypt(ctx, f.cipher, sealName(path), data)
		if err != nil {
			return err
		}
		return parse(plain)
	}
}

// sealName returns the name that a Cipher binds to the file at path. It keeps files of the role
// cache from being used as tokens.
func sealName(path string) string { return "token " + filepath.Base(path) }

func invalid(path string, err error) *InvalidError {
	return &InvalidError{Path: path, Reason: err.Error()}
}
