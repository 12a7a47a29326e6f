package redis

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
)

const (
	keySize     = 32
	namesPrefix = "names:"

	// sealVersion is the first byte of encrypted data.
	sealVersion = 1
)

// keySet is the keys of a key file.
type keySet struct {
	ciphers []cipher.AEAD // the first one encrypts, all decrypt
	names   []byte
}

// parseKeySet parses the content of a key file, see [ParseKeys].
func parseKeySet(data []byte) (*keySet, error) {
	keys := &keySet{}
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
func (k *keySet) add(line []byte) error {
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

// seal encrypts data and binds it to the name of its entry.
func (k *keySet) seal(name string, data []byte) []byte {
	return k.ciphers[0].Seal([]byte{sealVersion}, nil, data, []byte(name)) //nolint:gosec // G407: it draws its own nonce
}

var errSealed = errors.New("the key file has no key that decrypts it")

// unseal decrypts what seal has returned for the same name.
func (k *keySet) unseal(name string, sealed []byte) ([]byte, error) {
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
func (k *keySet) tag(parts ...string) string {
	mac := hmac.New(sha256.New, k.names)
	for _, part := range parts {
		_, _ = fmt.Fprintf(mac, "%d %s", len(part), part)
	}
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:16])
}
