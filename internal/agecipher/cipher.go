// Package agecipher encrypts the files of a token store with age.
//
// A file is an age file (https://age-encryption.org/v1), so the age command decrypts it too. The
// plaintext is a line of Latchkey's, then the content. The line authenticates the content and the
// name of the file, which age does not: anyone can encrypt to a public key.
package agecipher

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"slices"
	"strconv"

	"filippo.io/age"

	"github.com/latchkey-sso/latchkey/internal/cachefile"
)

// ErrNoKey is the error of [Keys] that have no identity. A new one cannot decrypt old files.
var ErrNoKey = errors.New("there is no key")

// Keys give a Cipher its identities. The methods are safe for concurrent use.
type Keys interface {
	// Identities returns the identities, at least one. The first encrypts, and all decrypt.
	// The error matches ErrNoKey if there are none.
	Identities(ctx context.Context) ([]Identity, error)

	// Create is Identities, but may create an identity if there are none.
	Create(ctx context.Context) ([]Identity, error)
}

// A Reloader is Keys that keep identities in memory, which another process may replace.
type Reloader interface {
	Keys

	// Reload is Identities, but reads them again.
	Reload(ctx context.Context) ([]Identity, error)
}

// Cipher is a tokencache.Cipher. Ciphers are equal (==) if their Keys are.
type Cipher struct{ Keys Keys }

// Seal encrypts plaintext for the first identity.
func (c Cipher) Seal(ctx context.Context, name string, plaintext []byte) ([]byte, error) {
	identities, err := c.Keys.Create(ctx)
	if err != nil {
		return nil, err
	}
	first := identities[0]
	return encrypt(first.recipient, slices.Concat(first.header(name, plaintext), []byte("\n"), plaintext))
}

// Open decrypts a result of Seal with any of the identities. The error matches ErrUndecryptable if
// none fits, or if there is none.
func (c Cipher) Open(ctx context.Context, name string, ciphertext []byte) ([]byte, error) {
	plaintext, err := openWith(ctx, c.Keys.Identities, name, ciphertext)
	if keys, ok := c.Keys.(Reloader); ok && errors.Is(err, cachefile.ErrUndecryptable) {
		return openWith(ctx, keys.Reload, name, ciphertext)
	}
	return plaintext, err
}

func openWith(ctx context.Context, load func(context.Context) ([]Identity, error), name string, ciphertext []byte) ([]byte, error) {
	identities, err := load(ctx)
	if errors.Is(err, ErrNoKey) {
		return nil, noKeyError{}
	}
	if err != nil {
		return nil, err
	}
	return open(identities, name, ciphertext)
}

// noKeyError is the error for a file if there are no identities. It matches ErrUndecryptable.
type noKeyError struct{}

func (noKeyError) Error() string { return "cannot be decrypted: the key no longer exists" }

func (noKeyError) Is(target error) bool { return target == cachefile.ErrUndecryptable }

// open returns the content of a file. Errors of age may quote the file, which may be a plain token,
// so open returns ErrUndecryptable instead.
func open(identities []Identity, name string, ciphertext []byte) ([]byte, error) {
	plaintext, err := decrypt(identities, ciphertext)
	if err != nil {
		return nil, cachefile.ErrUndecryptable
	}
	line, content, _ := bytes.Cut(plaintext, []byte("\n"))
	for _, id := range identities {
		if hmac.Equal(line, id.header(name, content)) {
			return content, nil
		}
	}
	return nil, cachefile.ErrUndecryptable
}

// header returns the first line of the plaintext, without the line end.
func (id Identity) header(name string, content []byte) []byte {
	mac := hmac.New(sha256.New, id.macKey)
	_, _ = mac.Write([]byte(strconv.Itoa(len(name)) + ":" + name)) // a hash never fails
	_, _ = mac.Write(content)
	return []byte("latchkey/1 " + hex.EncodeToString(mac.Sum(nil)))
}

func encrypt(recipient age.Recipient, plaintext []byte) ([]byte, error) {
	var b bytes.Buffer
	w, err := age.Encrypt(&b, recipient)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(plaintext); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func decrypt[ID age.Identity](identities []ID, ciphertext []byte) ([]byte, error) {
	all := make([]age.Identity, len(identities))
	for i, id := range identities {
		all[i] = id
	}
	r, err := age.Decrypt(bytes.NewReader(ciphertext), all...)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}
