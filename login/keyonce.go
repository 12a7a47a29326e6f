package login

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/latchkey-sso/latchkey/tokencache"
)

// keyOnce returns a cache that fails at once after its key was not available: each further request
// for the key might ask the user again to unlock a keyring, or for a passphrase. unavailable returns
// whether that has happened.
func keyOnce[C tokencache.Cache](cache C) (reader C, unavailable func() bool) {
	dir, ok := any(cache).(tokencache.EncryptedDir)
	if !ok {
		return cache, func() bool { return false }
	}
	once := &onceCipher{Cipher: dir.Cipher}
	dir.Cipher = once
	//nolint:forcetypeassert // C is the type of dir, or an interface that it has
	return any(dir).(C), func() bool { return once.unavailable.Load() != nil }
}

type onceCipher struct {
	tokencache.Cipher

	unavailable atomic.Pointer[error]
}

// Open implements tokencache.Cipher.
func (c *onceCipher) Open(ctx context.Context, name string, ciphertext []byte) ([]byte, error) {
	if err := c.unavailable.Load(); err != nil {
		return nil, *err
	}
	plaintext, err := c.Cipher.Open(ctx, name, ciphertext)
	if err != nil && !errors.Is(err, tokencache.ErrUndecryptable) {
		c.unavailable.Store(&err)
	}
	return plaintext, err
}
