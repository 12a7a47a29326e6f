// Package ciphertest is a tokencache.Cipher, and a token store that uses it, for tests.
package ciphertest

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"errors"
	"sync"

	"github.com/latchkey-sso/latchkey/tokencache"
	"github.com/latchkey-sso/latchkey/tokenstore"
)

// Cipher encrypts with AES-GCM.
type Cipher struct {
	aead cipher.AEAD

	mu  sync.Mutex
	err error
}

var _ tokencache.Cipher = (*Cipher)(nil)

// New returns a Cipher whose key is derived from a password.
func New(password string) *Cipher {
	key := sha256.Sum256([]byte(password))
	block, err := aes.NewCipher(key[:])
	if err != nil {
		panic(err) // the key has a valid size
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err) // AES has the block size of GCM
	}
	return &Cipher{aead: aead}
}

// Fail makes all calls return err, as if the key were not available. Nil makes them succeed again.
func (c *Cipher) Fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.err = err
}

func (c *Cipher) check(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return c.err
	}
	return ctx.Err()
}

// Seal implements tokencache.Cipher.
func (c *Cipher) Seal(ctx context.Context, name string, plaintext []byte) ([]byte, error) {
	if err := c.check(ctx); err != nil {
		return nil, err
	}
	return c.aead.Seal(nil, nil, plaintext, []byte(name)), nil //nolint:gosec // G407: the AEAD chooses the nonce
}

// Open implements tokencache.Cipher.
func (c *Cipher) Open(ctx context.Context, name string, ciphertext []byte) ([]byte, error) {
	if err := c.check(ctx); err != nil {
		return nil, err
	}
	plaintext, err := c.aead.Open(nil, nil, ciphertext, []byte(name))
	if err != nil {
		return nil, tokencache.ErrUndecryptable
	}
	return plaintext, nil
}

// NewDriver returns a driver for settings such as "sealed:PASSWORD?dir=PATH". The password "locked"
// stands for a key that is not available.
func NewDriver(schemes ...string) tokenstore.Driver {
	var mu sync.Mutex
	ciphers := map[string]*Cipher{} // so that equal settings open equal caches
	return tokenstore.Driver{Schemes: schemes, Open: func(s tokenstore.Setting) (*tokenstore.Store, error) {
		if err := s.CheckParams("dir"); err != nil {
			return nil, err
		}
		dir, err := s.Dir()
		if err != nil {
			return nil, err
		}
		mu.Lock()
		defer mu.Unlock()
		c := ciphers[s.Value]
		if c == nil {
			c = New(s.Value)
			ciphers[s.Value] = c
		}
		if s.Value == "locked" {
			c.Fail(errors.New("the keyring is locked"))
		}
		return tokenstore.NewEncrypted("sealed files in "+dir, dir, c), nil
	}}
}
