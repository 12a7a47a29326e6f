package rolecache

import (
	"context"
	"fmt"

	"github.com/latchkey-sso/latchkey/internal/cachefile"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// Cipher encrypts the files of an [EncryptedDir]. One Cipher can encrypt tokens too: it binds
// different names to both.
type Cipher = tokencache.Cipher

// EncryptedDir is a [Dir] with encrypted files, which the AWS CLI cannot read. File names, notes
// and locks are those of Dir. Notes hold no secrets.
//
// EncryptedDirs are equal (==) if their directories and Ciphers are.
type EncryptedDir struct {
	Dir

	Cipher Cipher // required
}

var _ interface {
	Ager
	Clearer
	NoteCache
} = EncryptedDir{}

// Format prints the directory and not the Cipher, which may hold a key, for every verb.
func (d EncryptedDir) Format(w fmt.State, _ rune) {
	_, _ = fmt.Fprintf(w, "encrypted files in %s", string(d.Dir))
}

// Load returns the credentials under key, expired or not. Errors are those of [Dir.Load]; the
// error is also an *InvalidError if the file cannot be decrypted with the key. If the key is not
// available, Load returns the error of the Cipher, wrapped.
func (d EncryptedDir) Load(ctx context.Context, key Key) (*Credentials, error) {
	return d.files().load(ctx, key)
}

// Store encrypts the credentials and replaces the file of key, as [Dir.Store] does.
func (d EncryptedDir) Store(ctx context.Context, key Key, credentials *Credentials) error {
	return d.files().store(ctx, key, credentials)
}

// Clear implements [Clearer]. It does not need the key: it deletes every file of credentials.
func (d EncryptedDir) Clear(ctx context.Context, keep ...Key) (int, error) {
	return d.clear(ctx, keep, cachefile.IsHashName)
}

func (d EncryptedDir) files() files { return files{d.Dir, cachefile.RequireCipher(d.Cipher)} }
