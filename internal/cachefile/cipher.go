package cachefile

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
)

// ErrUndecryptable is the error of a Cipher for data that it cannot decrypt with its key.
var ErrUndecryptable = errors.New("cannot be decrypted with this key")

// Cipher is tokencache.Cipher, which documents it.
type Cipher interface {
	Seal(ctx context.Context, name string, plaintext []byte) (ciphertext []byte, err error)
	Open(ctx context.Context, name string, ciphertext []byte) (plaintext []byte, err error)
}

// RequireCipher returns c or, if it is nil, a Cipher whose methods fail: files of an EncryptedDir must
// never be plain.
func RequireCipher(c Cipher) Cipher {
	if c == nil {
		return noCipher{}
	}
	return c
}

type noCipher struct{}

var errNoCipher = errors.New("EncryptedDir has no Cipher")

func (noCipher) Seal(context.Context, string, []byte) ([]byte, error) { return nil, errNoCipher }
func (noCipher) Open(context.Context, string, []byte) ([]byte, error) { return nil, errNoCipher }

// KeyError is the error of Decrypt if the key is not available.
type KeyError struct{ Err error }

// Error returns the error of the Cipher.
func (e *KeyError) Error() string { return fmt.Sprintf("decrypt: %v", e.Err) }

// Unwrap returns the error of the Cipher.
func (e *KeyError) Unwrap() error { return e.Err }

// Decrypt returns the plaintext of a file. The error is a *DamageError if another attempt cannot
// succeed, and otherwise a *KeyError.
func Decrypt(ctx context.Context, c Cipher, name string, ciphertext []byte) ([]byte, error) {
	plaintext, err := c.Open(ctx, name, ciphertext)
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
