package agecipher

import (
	"errors"

	"filippo.io/age"

	"github.com/latchkey-sso/latchkey/internal/redact"
)

// ErrPassphrase means that a passphrase is wrong.
var ErrPassphrase = errors.New("wrong passphrase")

// WorkFactor is the base-2 logarithm of the cost of scrypt. 17 is the least that OWASP recommends
// with age's other parameters. Each process pays for it: about 0.35 seconds and 128 MiB.
const WorkFactor = 17

// Wrap encrypts an identity with a passphrase, as age -p does.
func Wrap(identity, passphrase redact.Secret, workFactor int) ([]byte, error) {
	recipient, err := age.NewScryptRecipient(string(passphrase))
	if err != nil {
		return nil, err
	}
	recipient.SetWorkFactor(workFactor)
	return encrypt(recipient, []byte(identity+"\n"))
}

// Unwrap decrypts a result of Wrap. The error is ErrPassphrase if the passphrase is wrong.
func Unwrap(wrapped []byte, passphrase redact.Secret) ([]Identity, error) {
	id, err := age.NewScryptIdentity(string(passphrase))
	if err != nil {
		return nil, err
	}
	text, err := decrypt([]age.Identity{id}, wrapped)
	if errors.Is(err, age.ErrIncorrectIdentity) {
		return nil, ErrPassphrase
	}
	if err != nil {
		return nil, err
	}
	return Parse(redact.Secret(text))
}
