// Package keyring opens token stores whose key is in the system's keyring: the macOS Keychain, the
// Windows Credential Manager, or the Secret Service on Linux and other systems (GNOME Keyring,
// KDE Wallet, KeePassXC).
//
//	latchkey_token_store = keyring
//
// The keyring holds one small key per user, an age identity, which encrypts the files with the
// sign-ins. The sign-ins are not in the keyring, because some keyrings limit the size of an entry,
// and none has locks. Nothing is ever stored unencrypted: without a keyring, calls fail with
// [ErrUnavailable].
package keyring

import (
	"github.com/latchkey-sso/latchkey/internal/agecipher"
	"github.com/latchkey-sso/latchkey/tokenstore"
)

// Driver opens stores of the scheme keyring. The key is created when something is stored for the
// first time.
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
