package tokencache

import (
	"context"
	"fmt"

	"github.com/latchkey-sso/latchkey/internal/cachefile"
)

// ErrUndecryptable is the error of [Cipher.Open] for data that was changed, was encrypted with
// another key, or belongs to another name.
var ErrUndecryptable = cachefile.ErrUndecryptable

// A Cipher encrypts the files of an [EncryptedDir]. It is safe for concurrent use. Its methods may
// wait for the user, for example to unlock a keyring; once ctx is done, they return an error that
// matches ctx.Err(). Errors contain no secrets.
type Cipher interface {
	// Seal encrypts plaintext. Only Open with the same name decrypts the result. A Cipher
	// without a key may create one.
	Seal(ctx context.Context, name string, plaintext []byte) (ciphertext []byte, err error)

	// Open decrypts and authenticates a result of Seal. The error matches ErrUndecryptable if
	// that is impossible with the key, so that only a new sign-in helps. Any other error means
	// that the key is not available now, for example because a keyring is locked.
	Open(ctx context.Context, name string, ciphertext []byte) (plaintext []byte, err error)
}

// EncryptedDir is a [Dir] with encrypted files, which AWS tools cannot read. File names, notes and
// locks are those of Dir. A file name is the SHA-1 of the session's name, so others can guess which
// sessions the user has. Notes hold the SHA-256 of a refresh token, and no secrets.
//
// EncryptedDirs are equal (==) if their directories and Ciphers are. So a program should make one
// Cipher for each key, of a comparable type.
type EncryptedDir struct {
	Dir

	Cipher Cipher // required
}

var _ interface {
	Lister
	Sweeper
	RegistrationCache
	NoteCache
	LockAger
	SendLocker
	WriteChecker
	PrivacyChecker
} = EncryptedDir{}

// Format prints the directory and not the Cipher, which may hold a key, for every verb.
func (d EncryptedDir) Format(w fmt.State, _ rune) {
	_, _ = fmt.Fprintf(w, "encrypted files in %s", string(d.Dir))
}

// Load returns the token under key, expired or not. Errors are those of [Dir.Load]; the error is
// also an *InvalidError if the file cannot be decrypted with the key. If the key is not available,
// Load returns the error of the Cipher, wrapped.
func (d EncryptedDir) Load(ctx context.Context, key string) (*Token, error) {
	return d.files().load(ctx, key)
}

// Store encrypts the token and replaces the file of key, as [Dir.Store] does.
func (d EncryptedDir) Store(ctx context.Context, key string, token *Token) error {
	return d.files().store(ctx, key, token)
}

// Entries implements [Lister]. It fails if the key is not available, and skips files that cannot
// be decrypted with it.
func (d EncryptedDir) Entries(ctx context.Context, keys ...string) ([]Entry, error) {
	return d.files().entries(ctx, keys)
}

// LoadRegistration implements [RegistrationCache].
func (d EncryptedDir) LoadRegistration(ctx context.Context, key RegistrationKey) (*Registration, error) {
	return d.files().loadRegistration(ctx, key)
}

// StoreRegistration implements [RegistrationCache].
func (d EncryptedDir) StoreRegistration(ctx context.Context, key RegistrationKey, registration *Registration) error {
	return d.files().storeRegistration(ctx, key, registration)
}

// CheckWritable implements [WriteChecker]. It also checks that the Cipher can encrypt.
func (d EncryptedDir) CheckWritable(ctx context.Context, key string) error {
	if _, err := d.files().seal(ctx, d.Path(key), nil); err != nil {
		return err
	}
	return d.Dir.CheckWritable(ctx, key)
}

func (d EncryptedDir) files() files { return files{d.Dir, cachefile.RequireCipher(d.Cipher)} }
