package keyring

import (
	"errors"

	"github.com/zalando/go-keyring"

	"github.com/latchkey-sso/latchkey/internal/agecipher"
	"github.com/latchkey-sso/latchkey/internal/redact"
)

// system is the keyring of the system.
type system struct{}

// The name of the key in the keyring.
const (
	service = "latchkey"
	account = "token store"
)

func (system) get() (redact.Secret, error) {
	if err := checkAvailable(); err != nil {
		return "", err
	}
	text, err := keyring.Get(service, account)
	if errors.Is(err, keyring.ErrNotFound) {
		return "", agecipher.ErrNoKey
	}
	if err != nil {
		return "", describe(err)
	}
	return redact.Secret(text), nil
}

func (system) set(key redact.Secret) error {
	if err := checkAvailable(); err != nil {
		return err
	}
	if err := keyring.Set(service, account, string(key)); err != nil {
		return describe(err)
	}
	return nil
}
