package redis

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/latchkey-sso/latchkey/internal/atomicfile"
	"github.com/latchkey-sso/latchkey/tokencache"
	"github.com/latchkey-sso/latchkey/tokenstore"
)

// readSetting returns the options of a setting. It reads the files that the setting names.
func readSetting(s tokenstore.Setting) (*Options, error) {
	err := s.CheckParams("key_file", "password_file", "ca_file", "cert_file", "cert_key_file", "server_name", "sentinel_user", "sentinel_password_file", "timeout")
	if err != nil {
		return nil, err
	}
	opts := &Options{}
	for _, set := range []func(tokenstore.Setting) error{opts.setAddress, opts.setTimeout, opts.setKeys, opts.setPasswords, opts.setTLS} {
		if err := set(s); err != nil {
			return nil, err
		}
	}
	return opts, nil
}

// The limits of the parameter timeout.
const (
	minTimeout = 100 * time.Millisecond
	maxTimeout = time.Minute
)

func (o *Options) setTimeout(s tokenstore.Setting) error {
	text := s.Params.Get("timeout")
	if !s.Params.Has("timeout") {
		return nil
	}
	timeout, err := time.ParseDuration(text)
	if err != nil || timeout < minTimeout || timeout > maxTimeout {
		return s.NewError(fmt.Sprintf("the timeout %q is not a duration from 100ms to 1m, such as 5s", text))
	}
	o.Timeout = timeout
	return nil
}

func (o *Options) setKeys(s tokenstore.Setting) error {
	if !s.Params.Has("key_file") {
		return s.NewError("key_file is missing: it names a file with the output of openssl rand -base64 32")
	}
	path, err := s.Path(s.Params.Get("key_file"))
	if err != nil {
		return err
	}
	if o.Keys, err = ReadKeys(path); err != nil {
		return keyFileError(err)
	}
	return nil
}

// keyFileError adds the fix to an error of [ReadKeys].
func keyFileError(err error) error {
	fix := "" // the text says it
	switch {
	case errors.Is(err, fs.ErrNotExist):
		fix = "copy the key file from another machine, or create the first one with openssl rand -base64 32"
	case !errors.As(err, new(*fs.PathError)):
		fix = "each line of the file must be the output of openssl rand -base64 32"
	}
	return &tokenstore.UnavailableError{Reason: err.Error(), Fix: fix, Err: err}
}

func (o *Options) setPasswords(s tokenstore.Setting) (err error) {
	if o.Password, err = readPassword(s, "password_file"); err != nil {
		return err
	}
	if o.Password == "" {
		o.Password = tokencache.Secret(os.Getenv(PasswordVariable))
	}
	o.SentinelUsername = s.Params.Get("sentinel_user")
	o.SentinelPassword, err = readPassword(s, "sentinel_password_file")
	return err
}

// maxFile is the limit of the size of a file with a password or certificates.
const maxFile = 1 << 20

// readPassword returns the first line of the file that a parameter names, or "".
func readPassword(s tokenstore.Setting, param string) (tokencache.Secret, error) {
	data, err := readFile(s, param, atomicfile.ReadPrivate)
	line, _, _ := strings.Cut(string(data), "\n")
	return tokencache.Secret(strings.TrimSuffix(line, "\r")), err
}

// readFile returns the content of the file that a parameter names, or nil.
func readFile(s tokenstore.Setting, param string, read func(context.Context, string, int64) ([]byte, error)) ([]byte, error) {
	if !s.Params.Has(param) {
		return nil, nil
	}
	path, err := s.Path(s.Params.Get(param))
	if err != nil {
		return nil, err
	}
	data, err := read(context.Background(), path, maxFile)
	if err != nil {
		return nil, &fileError{param, err}
	}
	return data, nil
}

// fileError is the error about a file that a parameter names.
type fileError struct {
	param string
	cause error
}

func (e *fileError) Error() string { return "redis: read " + e.param + ": " + e.cause.Error() }
func (e *fileError) Unwrap() error { return e.cause }
