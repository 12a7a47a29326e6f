package cachefile

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
)

// ErrUndecryptable is the error of an Opener for data that it cannot decrypt with its key.
var ErrUndecryptable = errors.New("cannot be decrypted with this key")

// An Opener decrypts files. See tokencache.Cipher.
type Opener interface {
	Open(ctx context.Context, name string, ciphertext []byte) ([]byte, error)
}

// KeyError is the error of Decrypt if the key is not available.
type KeyError struct{ Err error }

// Error returns the error of the Opener.
func (e *KeyError) Error() string { return fmt.Sprintf("decrypt: %v", e.Err) }

// Unwrap returns the error of the Opener.
func (e *KeyError) Unwrap() error { return e.Err }

// Decrypt returns the plaintext of a file. The error is a *DamageError if another attempt cannot
// succeed, and otherwise a *KeyError.
func Decrypt(ctx context.Context, opener Opener, name string, ciphertext []byte) ([]byte, error) {
	plaintext, err := opener.Open(ctx, name, ciphertext)
	switch {
	case err == nil:
		return plaintext, nil
	case errors.Is(err, ErrUndecryptable):
		return nil, &DamageError{Reason: err.Error()}
	}
	return nil, &KeyError{err}
}

// IsNotExist reports whether err means that the file does not exist. The file of a key may be what
// is missing.
func IsNotExist(err error) bool {
	var unavailable *KeyError
	return errors.Is(err, fs.ErrNotExist) && !errors.As(err, &unavailable)
}
