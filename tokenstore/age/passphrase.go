package age

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"

	"github.com/latchkey-sso/latchkey/internal/agecipher"
	"github.com/latchkey-sso/latchkey/internal/atomicfile"
	"github.com/latchkey-sso/latchkey/internal/filelock"
	"github.com/latchkey-sso/latchkey/internal/flight"
	"github.com/latchkey-sso/latchkey/internal/redact"
)

// PassphraseFileVariable is the environment variable with the path of a file whose first line is
// the passphrase. A file in the setting takes precedence.
const PassphraseFileVariable = "LATCHKEY_TOKEN_PASSPHRASE_FILE" //nolint:gosec // G101: the name of a variable

var (
	// ErrNoPassphrase means that the file with the passphrase does not exist, or that none is
	// named and the program cannot ask the user.
	ErrNoPassphrase = errors.New("no file holds the passphrase")

	// ErrWrongPassphrase means that the passphrase is not the one that the store was created
	// with. Nothing is overwritten.
	ErrWrongPassphrase = agecipher.ErrPassphrase

	// ErrPassphrasesDiffer means that the user did not repeat a new passphrase correctly.
	ErrPassphrasesDiffer = errors.New("the passphrases differ")
)

// passphrasePaths identify the keys of a store.
type passphrasePaths struct {
	dir  string // of the store
	file string // holds the passphrase; may be empty
}

// passphraseKeys are the identity that encrypts a store, in a file that is encrypted with a
// passphrase. So a process derives a key from the passphrase once, not once per file.
type passphraseKeys struct {
	passphrasePaths

	prompt     Prompt // may be nil
	workFactor int

	last             atomic.Pointer[unwrapped]
	refused          atomic.Pointer[[]byte] // content of the identity file that the user could not decrypt
	opening, setting flight.Group
}

// unwrapped is the content of the identity file, and the identities in it.
type unwrapped struct {
	content    []byte
	identities []agecipher.Identity
}

// String keeps the identities out of logs.
func (k *passphraseKeys) String() string { return "passphrase of " + k.dir }

// identityPath returns the path of the encrypted identity.
func (k *passphraseKeys) identityPath() string { return filepath.Join(k.dir, "identity.age") }

// Identities implements agecipher.Keys.
func (k *passphraseKeys) Identities(ctx context.Context) ([]agecipher.Identity, error) {
	content, err := k.read(ctx)
	if err != nil {
		return nil, err
	}
	if last := k.last.Load(); last != nil && bytes.Equal(last.content, content) {
		return last.identities, nil
	}
	return flight.Do(ctx, &k.opening, flight.Name{Package: "age", Call: "open " + k.identityPath()},
		func(ctx context.Context) ([]agecipher.Identity, error) { return k.open(ctx, content) })
}

// Create implements agecipher.Keys.
func (k *passphraseKeys) Create(ctx context.Context) ([]agecipher.Identity, error) {
	identities, err := k.Identities(ctx)
	if !errors.Is(err, agecipher.ErrNoKey) {
		return identities, err
	}
	return flight.Do(ctx, &k.setting, flight.Name{Package: "age", Call: "create " + k.identityPath()}, k.create)
}

// read returns the encrypted identity.
func (k *passphraseKeys) read(ctx context.Context) ([]byte, error) {
	content, err := atomicfile.Read(ctx, k.identityPath(), maxSize)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("age: %w: %w", agecipher.ErrNoKey, err)
	}
	if err != nil {
		return nil, fmt.Errorf("age: %w", err)
	}
	return content, nil
}

// maxTries is how often a user can enter a wrong passphrase.
const maxTries = 3

// open decrypts the identity.
func (k *passphraseKeys) open(ctx context.Context, content []byte) ([]agecipher.Identity, error) {
	if last := k.last.Load(); last != nil && bytes.Equal(last.content, content) {
		return last.identities, nil // opened since the caller looked
	}
	if refused := k.refused.Load(); k.passphraseFile() == "" && refused != nil && bytes.Equal(*refused, content) {
		return nil, fmt.Errorf("age: open %s: %w", k.identityPath(), ErrWrongPassphrase)
	}
	text := "Passphrase for " + k.dir
	for try := 1; ; try++ {
		passphrase, err := k.passphrase(ctx, text)
		if err != nil {
			return nil, err
		}
		identities, err := k.unwrap(content, passphrase)
		if !errors.Is(err, ErrWrongPassphrase) || k.passphraseFile() != "" {
			return identities, err
		}
		if try == maxTries {
			k.refused.Store(&content)
			return nil, err
		}
		text = "Wrong passphrase. Try again"
	}
}

func (k *passphraseKeys) unwrap(content []byte, passphrase redact.Secret) ([]agecipher.Identity, error) {
	identities, err := agecipher.Unwrap(content, passphrase)
	if err != nil {
		return nil, fmt.Errorf("age: open %s: %w", k.identityPath(), err)
	}
	k.last.Store(&unwrapped{content, identities})
	return identities, nil
}

// create creates an identity, unless another process does. It asks for the passphrase before it
// acquires the lock, so that no process waits for the user of another.
func (k *passphraseKeys) create(ctx context.Context) ([]agecipher.Identity, error) {
	passphrase, err := k.newPassphrase(ctx)
	if err != nil {
		return nil, err
	}
	unlock, err := filelock.Lock(ctx, k.identityPath()+".lock")
	if err != nil {
		return nil, fmt.Errorf("age: %w", err)
	}
	defer unlock()
	content, err := k.read(ctx)
	switch {
	case err == nil:
		return k.unwrap(content, passphrase)
	case errors.Is(err, agecipher.ErrNoKey):
		return k.generate(ctx, passphrase)
	}
	return nil, err
}

// generate creates the file of the identity.
func (k *passphraseKeys) generate(ctx context.Context, passphrase redact.Secret) ([]agecipher.Identity, error) {
	identity, err := agecipher.Generate()
	if err != nil {
		return nil, fmt.Errorf("age: create identity: %w", err)
	}
	content, err := agecipher.Wrap(identity, passphrase, k.workFactor)
	if err != nil {
		return nil, fmt.Errorf("age: encrypt %s: %w", k.identityPath(), err)
	}
	if err := atomicfile.Write(ctx, k.identityPath(), content); err != nil {
		return nil, fmt.Errorf("age: %w", err)
	}
	identities, err := agecipher.Parse(identity)
	if err != nil {
		return nil, fmt.Errorf("age: create identity: %w", err)
	}
	k.last.Store(&unwrapped{content, identities})
	return identities, nil
}

// newPassphrase returns the passphrase for a new store. A user enters it twice.
func (k *passphraseKeys) newPassphrase(ctx context.Context) (redact.Secret, error) {
	passphrase, err := k.passphrase(ctx, "New passphrase for "+k.dir)
	if err != nil || k.passphraseFile() != "" {
		return passphrase, err
	}
	again, err := k.passphrase(ctx, "Repeat the passphrase")
	if err != nil {
		return "", err
	}
	if again != passphrase {
		return "", fmt.Errorf("age: create passphrase: %w", ErrPassphrasesDiffer)
	}
	return passphrase, nil
}

// passphrase returns the passphrase in the file, or asks the user.
func (k *passphraseKeys) passphrase(ctx context.Context, text string) (redact.Secret, error) {
	file := k.passphraseFile()
	if file == "" && k.prompt == nil {
		return "", fmt.Errorf("age: read passphrase: %w", ErrNoPassphrase)
	}
	if file == "" {
		passphrase, err := k.prompt(ctx, text)
		if err == nil && passphrase == "" {
			err = errors.New("age: read passphrase: it is empty")
		}
		return passphrase, err
	}
	content, err := atomicfile.ReadPrivate(ctx, file, maxSize)
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("age: read passphrase: %w: %w", ErrNoPassphrase, err)
	}
	if err != nil {
		return "", fmt.Errorf("age: read passphrase: %w", err)
	}
	line, _, _ := bytes.Cut(content, []byte("\n"))
	line = bytes.TrimSuffix(line, []byte("\r"))
	if len(line) == 0 {
		return "", fmt.Errorf("age: read passphrase: the first line of %s is empty", file)
	}
	return redact.Secret(line), nil
}

// passphraseFile returns the path of the file that holds the passphrase, or "".
func (k *passphraseKeys) passphraseFile() string {
	return cmp.Or(k.file, os.Getenv(PassphraseFileVariable))
}
