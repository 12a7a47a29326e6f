// Package keyring opens token stores whose key is in the keyring of the system: macOS Keychain,
// Windows Credential Manager, or the Secret Service on Linux and other systems (GNOME Keyring,
// KDE Wallet, KeePassXC).
//
//	latchkey_token_store = keyring
//
// The keyring holds one small key per user, an age identity. The sign-ins are in files that it
// encrypts: some keyrings take less than a sign-in, and none has a lock. Nothing is ever stored
// unencrypted: without a keyring, every call fails with [ErrUnavailable].
package keyring

import (
	"github.com/latchkey-sso/latchkey/internal/agecipher"
	"github.com/latchkey-sso/latchkey/tokenstore"
)

// Driver opens the store. The key is created when something is stored for the first time.
var Driver = tokenstore.Driver{Schemes: []string{"keyring"}, Open: open}

// userKey is the key of all stores of the user.
var userKey = key{ring: system{service}}

func open(s tokenstore.Setting) (*tokenstore.Store, error) {
	if s.Value != "" {
		return nil, s.NewError("keyring has no value: write keyring, or keyring?dir=/path for other files")
	}
	if err := s.CheckParams("dir"); err != nil {
		return nil, err
	}
	dir, err := s.Dir()
	if err != nil {
		return nil, err
	}
	return tokenstore.NewEncrypted(dir+" (encrypted with a key in the keyring)", dir, agecipher.Cipher{Keys: &userKey}), nil
}
