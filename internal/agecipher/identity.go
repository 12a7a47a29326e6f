package agecipher

import (
	"bytes"
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"

	"filippo.io/age"

	"github.com/latchkey-sso/latchkey/internal/redact"
)

// Identity is an age identity. It shows no secret when it is printed.
type Identity struct {
	age.Identity

	recipient age.Recipient
	macKey    []byte
}

// Format writes [redacted] for every verb.
func (Identity) Format(w fmt.State, verb rune) { redact.Secret("").Format(w, verb) }

// Generate returns a new identity, in the text format of Parse.
func Generate() (redact.Secret, error) {
	id, err := age.GenerateX25519Identity()
	if err != nil {
		return "", err
	}
	return redact.Secret(id.String()), nil
}

// Parse parses the content of an identity file, as age-keygen writes it. The error does not contain
// the content.
func Parse(text redact.Secret) ([]Identity, error) {
	if IsEncrypted([]byte(text)) {
		return nil, errors.New("it is encrypted with a passphrase")
	}
	parsed, err := age.ParseIdentities(bytes.NewReader([]byte(text)))
	if err != nil {
		return nil, err
	}
	identities := make([]Identity, len(parsed))
	for i, id := range parsed {
		if identities[i], err = newIdentity(id); err != nil {
			return nil, err
		}
	}
	return identities, nil
}

func newIdentity(id age.Identity) (Identity, error) {
	var recipient age.Recipient
	var secret string
	switch id := id.(type) {
	case *age.X25519Identity:
		recipient, secret = id.Recipient(), id.String()
	case *age.HybridIdentity:
		recipient, secret = id.Recipient(), id.String()
	default:
		return Identity{}, fmt.Errorf("identities of type %T are not supported", id)
	}
	macKey, err := hkdf.Key(sha256.New, []byte(secret), nil, "latchkey file", sha256.Size)
	if err != nil {
		return Identity{}, err
	}
	return Identity{id, recipient, macKey}, nil
}

// IsEncrypted reports whether data is an age file.
func IsEncrypted(data []byte) bool {
	return bytes.HasPrefix(data, []byte("age-encryption.org/v1")) || bytes.HasPrefix(data, []byte("-----BEGIN AGE ENCRYPTED FILE-----"))
}
