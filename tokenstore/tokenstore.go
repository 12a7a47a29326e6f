// Package tokenstore opens token stores, which hold sign-ins and role credentials.
//
// A [Setting] names a store. It is the value of latchkey_token_store in an sso-session, or of
// the environment variable LATCHKEY_TOKEN_STORE:
//
//	file                            ~/.aws/sso/cache and ~/.aws/cli/cache, shared with AWS tools (the default)
//	dir:/path                       /path/sso/cache and /path/cli/cache, in the same format
//	keyring                         files encrypted with a key in the system's keyring
//	age:/path                       files encrypted with an age identity
//	passphrase:/path                files encrypted with a passphrase
//	redis://host?key_file=/path     encrypted entries on a Redis server
//
// This package opens file and dir. A [Driver] opens each of the others, and a program links only the
// drivers that it passes to [Open].
package tokenstore

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/latchkey-sso/latchkey/internal/userhome"
	"github.com/latchkey-sso/latchkey/rolecache"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// A Store keeps sign-ins and the role credentials that belong to them.
type Store struct {
	// Name describes the store to users, such as "/home/me/.aws/sso/cache" or
	// "/home/me/.aws/latchkey/keyring (encrypted with a key in the keyring)". It contains
	// no secrets.
	Name string

	// Tokens and Roles are the caches of the store. Stores of the same setting in a process
	// have equal (==) caches, so that callers share tokens and refreshes.
	Tokens tokencache.Cache
	Roles  rolecache.Cache

	// Remote means that the caches are on a server, so that using them sends requests.
	Remote bool
}

// A Driver opens the stores of one or more schemes.
type Driver struct {
	// Schemes are the schemes that Open accepts.
	Schemes []string

	// Open checks the setting and opens the store. It neither sends requests nor prompts the
	// user: the caches do that when they are used. The error is a *[SettingError] if the
	// setting is invalid. Open returns equal (==) caches for equal settings.
	Open func(Setting) (*Store, error)
}

// Variable is the environment variable with the setting for all sessions. It overrides the config
// file.
const Variable = "LATCHKEY_TOKEN_STORE"

// Open opens the store of a setting. An empty setting means the one in [Variable], or else file. The
// error is a *[SettingError] if the setting is invalid, and a *[DriverError] if no driver opens it.
// Open never falls back to another store.
func Open(setting string, drivers ...Driver) (*Store, error) {
	s, err := Parse(cmp.Or(setting, os.Getenv(Variable)))
	if err != nil {
		return nil, err
	}
	switch s.Scheme {
	case schemeFile:
		return openFile(s)
	case schemeDir:
		return openDir(s)
	}
	for _, d := range drivers {
		if slices.Contains(d.Schemes, s.Scheme) {
			return d.Open(s)
		}
	}
	return nil, &DriverError{Scheme: s.Scheme, Package: packageOf(s.Scheme)}
}

const (
	schemeFile = "file"
	schemeDir  = "dir"
)

func openFile(s Setting) (*Store, error) {
	if s.Value != "" {
		return nil, s.NewError("file has no path: write dir:/path for another directory")
	}
	if err := s.CheckParams(); err != nil {
		return nil, err
	}
	tokens, err := tokencache.DefaultDir()
	if err != nil {
		return nil, err
	}
	roles, err := rolecache.DefaultDir()
	if err != nil {
		return nil, err
	}
	return &Store{Name: string(tokens), Tokens: tokens, Roles: roles}, nil
}

func openDir(s Setting) (*Store, error) {
	if err := s.CheckParams(); err != nil {
		return nil, err
	}
	dir, err := s.Path(s.Value)
	if err != nil {
		return nil, err
	}
	tokens, roles := subdirs(dir)
	return &Store{Name: string(tokens), Tokens: tokens, Roles: roles}, nil
}

// NewEncrypted returns a store of encrypted files below dir, for drivers. Name describes it to users.
func NewEncrypted(name, dir string, cipher tokencache.Cipher) *Store {
	tokens, roles := subdirs(dir)
	return &Store{
		Name:   name,
		Tokens: tokencache.EncryptedDir{Dir: tokens, Cipher: cipher},
		Roles:  rolecache.EncryptedDir{Dir: roles, Cipher: cipher},
	}
}

// subdirs returns the directories of the caches in dir. They are those of the AWS CLI in ~/.aws.
func subdirs(dir string) (tokencache.Dir, rolecache.Dir) {
	return tokencache.Dir(filepath.Join(dir, "sso", "cache")), rolecache.Dir(filepath.Join(dir, "cli", "cache"))
}

// Path returns a path in the setting with a leading ~ expanded. It rejects relative paths: a store
// must not depend on the working directory.
func (s Setting) Path(path string) (string, error) {
	full := userhome.Expand(path, nil)
	switch {
	case path == "":
		return "", s.NewError(fmt.Sprintf("%s needs a path, such as %s:~/path", s.Scheme, s.Scheme))
	case !filepath.IsAbs(full):
		return "", s.NewError(fmt.Sprintf("the path %q is relative: start it with / or ~/", path))
	}
	return filepath.Clean(full), nil
}

// Dir returns the directory for the encrypted files of a store: the parameter dir, or else
// ~/.aws/latchkey/SCHEME. It rejects ~/.aws, which AWS tools read.
func (s Setting) Dir() (string, error) {
	home, err := userhome.Dir(nil)
	if dir := s.Params.Get("dir"); dir != "" {
		path, pathErr := s.Path(dir)
		if err == nil && path == filepath.Join(home, ".aws") {
			pathErr = s.NewError("AWS tools read " + path + ", and cannot read encrypted files: name another directory")
		}
		return path, pathErr
	}
	if err != nil {
		return "", fmt.Errorf("tokenstore: find directory: %w", err)
	}
	return filepath.Join(home, ".aws", "latchkey", s.Scheme), nil
}

// CheckParams returns an error if the setting has a parameter that is not in known, or that occurs
// twice.
func (s Setting) CheckParams(known ...string) error {
	for name, values := range s.Params {
		switch {
		case !slices.Contains(known, name) && len(known) == 0:
			return s.NewError(fmt.Sprintf("%s has no parameters, such as %s", s.Scheme, name))
		case !slices.Contains(known, name):
			return s.NewError(fmt.Sprintf("unknown parameter %s: %s has %s", name, s.Scheme, strings.Join(known, ", ")))
		case len(values) > 1:
			return s.NewError(fmt.Sprintf("the parameter %s is set twice", name))
		}
	}
	return nil
}
