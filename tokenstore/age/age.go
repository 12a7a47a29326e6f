// Package age opens token stores whose files are encrypted with age: those of the schemes age and
// passphrase.
//
//	latchkey_token_store = age:~/.config/age/latchkey.txt
//	latchkey_token_store = passphrase:/run/secrets/passphrase
//
// The first uses the identities in a file from age-keygen. The second creates an identity in the
// directory of the store, encrypted with the passphrase in the first line of a file.
package age

import (
	"cmp"
	"context"
	"fmt"
	"sync"

	"github.com/latchkey-sso/latchkey/internal/agecipher"
	"github.com/latchkey-sso/latchkey/tokencache"
	"github.com/latchkey-sso/latchkey/tokenstore"
)

// The schemes that the drivers open.
const (
	schemeAge        = "age"
	schemePassphrase = "passphrase"
)

// Driver opens stores of the schemes age and passphrase. The passphrase is in the file that the
// setting names, or else [PassphraseFileVariable]. Driver does not prompt the user.
var Driver = tokenstore.Driver{
	Schemes: []string{schemeAge, schemePassphrase},
	Open:    func(s tokenstore.Setting) (*tokenstore.Store, error) { return shared.open(s) },
}

// shared is the opener of Driver: all callers in the process must get equal stores.
var shared opener

// A Prompt asks the user for a passphrase without displaying it. text is what to ask, such as
// "Passphrase for /home/me/.aws/latchkey/passphrase". Once ctx is done, Prompt returns an error.
type Prompt func(ctx context.Context, text string) (tokencache.Secret, error)

// DriverWithPrompt returns a [Driver] for a program that can prompt the user. It prompts if no file
// holds the passphrase, and remembers the passphrase's key for the life of the process. After three
// wrong passphrases for a store, it prompts no more.
func DriverWithPrompt(prompt Prompt) tokenstore.Driver {
	o := &opener{prompt: prompt}
	return tokenstore.Driver{Schemes: Driver.Schemes, Open: o.open}
}

// opener opens stores, and keeps the keys of those with a passphrase.
type opener struct {
	prompt     Prompt // may be nil
	workFactor int    // of new passphrases; 0 means agecipher.WorkFactor

	mu   sync.Mutex
	keys map[passphrasePaths]*passphraseKeys
}

func (o *opener) open(s tokenstore.Setting) (*tokenstore.Store, error) {
	if err := s.CheckParams("dir"); err != nil {
		return nil, err
	}
	dir, err := s.Dir()
	if err != nil {
		return nil, err
	}
	if s.Scheme == schemePassphrase {
		return o.openPassphrase(s, dir)
	}
	path, err := s.Path(s.Value)
	if err != nil {
		return nil, err
	}
	name := fmt.Sprintf("%s (encrypted for the age identity %s)", dir, path)
	return tokenstore.NewEncrypted(name, dir, agecipher.Cipher{Keys: identityFile{path, dir}}), nil
}

func (o *opener) openPassphrase(s tokenstore.Setting, dir string) (*tokenstore.Store, error) {
	paths := passphrasePaths{dir: dir}
	if s.Value != "" {
		var err error
		if paths.file, err = s.Path(s.Value); err != nil {
			return nil, err
		}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	keys := o.keys[paths]
	if keys == nil {
		keys = &passphraseKeys{passphrasePaths: paths, prompt: o.prompt, workFactor: cmp.Or(o.workFactor, agecipher.WorkFactor)}
		if o.keys == nil {
			o.keys = map[passphrasePaths]*passphraseKeys{}
		}
		o.keys[paths] = keys
	}
	return tokenstore.NewEncrypted(dir+" (encrypted with a passphrase)", dir, agecipher.Cipher{Keys: keys}), nil
}
