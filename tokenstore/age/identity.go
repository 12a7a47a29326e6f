package age

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/latchkey-sso/latchkey/internal/agecipher"
	"github.com/latchkey-sso/latchkey/internal/atomicfile"
	"github.com/latchkey-sso/latchkey/internal/redact"
)

// maxSize limits the size of identity files and passphrase files.
const maxSize = 1 << 20

// IdentityError is the error about an identity file that cannot be used.
type IdentityError struct {
	Path string
	Err  error // contains no secret; matches fs.ErrNotExist if there is no such file

	// Dir is the directory of the store if the identity file does not exist, but encrypted files do.
	// A new identity cannot decrypt them. Empty otherwise.
	Dir string
}

// Error returns the path and the reason.
func (e *IdentityError) Error() string {
	return fmt.Sprintf("age: read identity file %s: %v", e.Path, e.Err)
}

// Unwrap returns the reason.
func (e *IdentityError) Unwrap() error { return e.Err }

// identityFile is a file of identities. It is read for each file that is encrypted or decrypted, which
// takes less time than that, so that a new identity takes effect at once.
type identityFile struct {
	path string
	dir  string // of the store
}

// Identities implements agecipher.Keys.
func (f identityFile) Identities(ctx context.Context) ([]agecipher.Identity, error) {
	text, err := atomicfile.ReadPrivate(ctx, f.path, maxSize)
	if err != nil {
		return nil, f.error(ctx, err)
	}
	identities, err := agecipher.Parse(redact.Secret(text))
	if err != nil {
		return nil, f.error(ctx, err)
	}
	return identities, nil
}

// Create implements agecipher.Keys. It creates nothing: a missing file may be on a disk that is not
// mounted, and a new identity could not decrypt existing files.
func (f identityFile) Create(ctx context.Context) ([]agecipher.Identity, error) {
	return f.Identities(ctx)
}

func (f identityFile) error(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return err
	}
	if errors.Is(err, atomicfile.ErrIrregular) {
		err = atomicfile.ErrIrregular
	} else if file, ok := errors.AsType[*fs.PathError](err); ok {
		err = file.Err // the path is in the IdentityError
	}
	failed := &IdentityError{Path: f.path, Err: err}
	if errors.Is(err, fs.ErrNotExist) && f.hasFiles() {
		failed.Dir = f.dir
	}
	return failed
}

// hasFiles reports whether there are encrypted files in the store.
func (f identityFile) hasFiles() bool {
	files, err := fs.Glob(os.DirFS(f.dir), "*/cache/*.json")
	return err == nil && len(files) > 0
}
