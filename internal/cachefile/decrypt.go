package cachefile

import (
	"context"
	"errors"
	"fmt"
)

// ErrUndecryptable is the error of an Opener for data that it cannot decrypt with its key.
var ErrUndecryptable = errors.New("damaged, or encrypted with another key")

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
		return nil, &DamageError{Reason: ErrUndecryptable.Error()}
	}
	return nil, &KeyError{err}
}
