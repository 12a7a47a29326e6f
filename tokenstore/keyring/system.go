package keyring

import (
	"errors"

	"github.com/zalando/go-keyring"

	"github.com/latchkey-sso/latchkey/internal/agecipher"
	"github.com/latchkey-sso/latchkey/internal/redact"
)

// system is a key in the system's keyring.
type system struct{ service string }

// The name of the user's key. Programs that show the keyring list it as account "token store" of
// service "latchkey".
const (
	service = "latchkey"
	account = "token store"
)

func (s system) get() (redact.Secret, error) {
	if err := checkAvailable(); err != nil {
		return "", err
	}
	text, err := keyring.Get(s.service, account)
	if errors.Is(err, keyring.ErrNotFound) {
		return "", agecipher.ErrNoKey
	}
	if err != nil {
		return "", describe(err)
	}
	return redact.Secret(text), nil
}

func (s system) set(key redact.Secret) error {
	if err := checkAvailable(); err != nil {
		return err
	}
	if err := keyring.Set(s.service, account, string(key)); err != nil {
		return describe(err)
	}
	return nil
}
