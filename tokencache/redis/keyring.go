package redis

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"

	"github.com/latchkey-sso/latchkey/internal/atomicfile"
)

const (
	keySize     = 32
	maxKeyFile  = 64 << 10
	namesPrefix = "names:"

	// sealVersion is the first byte of encrypted data.
	sealVersion = 1
)

// Keys encrypts what is stored on the server, and hides the names of its entries. Get one from
// [ReadKeys] or [ParseKeys].
type Keys struct {
	ciphers []cipher.AEAD // the first one encrypts, all decrypt
	names   []byte
}

// ReadKeys reads a key file, which must be private to its owner. See [ParseKeys].
func ReadKeys(path string) (*Keys, error) {
	data, err := atomicfile.ReadPrivate(context.Background(), path, maxKeyFile)
	if err != nil {
		return nil, fmt.Errorf("redis: read key file: %w", err)
	}
	keys, err := ParseKeys(data)
	if err != nil {
		return nil, fmt.Errorf("redis: read key file %s: %w", path, err)
	}
	return keys, nil
}

// ParseKeys parses the content of a key file. Each line is a key: 32 random bytes in base64, as
// "openssl rand -base64 32" prints them. Empty lines and lines that begin with # are ignored.
//
// The first key encrypts and all keys decrypt. To change the key, add the new one below the old one on
// all machines before it encrypts on any. The last key also hides the names of the entries. It must stay
// the last, since with another one no entry is found and every user must sign in again. With the prefix
// "names:", it is used for nothing else.
func ParseKeys(data []byte) (*Keys, error) {
	keys := &Keys{}
	for i, line := range bytes.Split(data, []byte("\n")) {
		line = bytes.TrimSpace(line)
		if len(line) == 0 || line[0] == '#' {
			continue
		}
		if err := keys.add(line); err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
	}
	if len(keys.ciphers) == 0 {
		return nil, errors.New("no key that encrypts")
	}
	return keys, nil
}

// add adds the key on a line of the key file.
func (k *Keys) add(line []byte) error {
	text, namesOnly := bytes.CutPrefix(line, []byte(namesPrefix))
	key, err := base64.StdEncoding.DecodeString(string(bytes.TrimSpace(text)))
	if err != nil || len(key) != keySize {
		return fmt.Errorf("not %d bytes in base64", keySize)
	}
	if k.names, err = hkdf.Key(sha256.New, key, nil, "latchkey redis names", keySize); err != nil || namesOnly {
		return err
	}
	derived, err := hkdf.Key(sha256.New, key, nil, "latchkey redis data", keySize)
	if err != nil {
		return err
	}
	block, err := aes.NewCipher(derived)
	if err != nil {
		return err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	k.ciphers = append(k.ciphers, aead)
	return err
}

// Format prints no key, for every verb.
func (k *Keys) Format(w fmt.State, _ rune) { _, _ = fmt.Fprint(w, "[redacted]") }

// seal encrypts data and binds it to the name of its entry.
func (k *Keys) seal(name string, data []byte) []byte {
	return k.ciphers[0].Seal([]byte{sealVersion}, nil, data, []byte(name)) //nolint:gosec // G407: it draws its own nonce
}

var errSealed = errors.New("no key of the key file decrypts it")

// unseal decrypts what seal has returned for the same name.
func (k *Keys) unseal(name string, sealed []byte) ([]byte, error) {
	if len(sealed) == 0 || sealed[0] != sealVersion {
		return nil, errSealed
	}
	for _, aead := range k.ciphers {
		if data, err := aead.Open(nil, nil, sealed[1:], []byte(name)); err == nil {
			return data, nil
		}
	}
	return nil, errSealed
}

// tag returns a keyed hash, from which nobody without the key file can guess the parts.
func (k *Keys) tag(parts ...string) string {
	mac := hmac.New(sha256.New, k.names)
	for _, part := range parts {
		_, _ = fmt.Fprintf(mac, "%d %s", len(part), part)
	}
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:16])
}
