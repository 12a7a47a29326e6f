package redis

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"os"
	"strings"
	"sync"

	"github.com/latchkey-sso/latchkey/internal/atomicfile"
	"github.com/latchkey-sso/latchkey/tokencache"
	"github.com/latchkey-sso/latchkey/tokenstore"
)

// PasswordVariable is the environment variable with the password, if the setting has no
// password_file.
const PasswordVariable = "LATCHKEY_REDIS_PASSWORD" //nolint:gosec // G101: its name

// Driver opens stores with these settings, in which rediss stands for TLS:
//
//	redis://[USER@]HOST[:PORT][/DB]?key_file=PATH
//	redis+sentinel://[USER@]HOST[:PORT],...[:PORT]/MASTER[/DB]?key_file=PATH
//	redis+cluster://[USER@]HOST[:PORT],...?key_file=PATH
//
// The parameters are:
//
//	key_file                the keys that encrypt the entries, see ParseKeys; required
//	password_file           the password of USER; otherwise it is in LATCHKEY_REDIS_PASSWORD
//	ca_file                 the certificates of the authorities to trust instead of the system's
//	cert_file               the certificate of this client, with cert_key_file
//	server_name             the name in the server's certificate, if the servers have IP addresses
//	sentinel_user           the user of the sentinels, with sentinel_password_file
//
// Files with keys and passwords must be private to their owner. A ~ at the start of a path is the home
// directory.
var Driver = tokenstore.Driver{
	Schemes: []string{"redis", "rediss", "redis+sentinel", "rediss+sentinel", "redis+cluster", "rediss+cluster"},
	Open:    open,
}

// stores are the clients of the settings that were opened, so that all users of a setting share
// tokens, locks and the connection.
var stores sync.Map // setting -> *Client

func open(s tokenstore.Setting) (*tokenstore.Store, error) {
	client, ok := stores.Load(s.String())
	if !ok {
		opts, err := readSetting(s)
		if err != nil {
			return nil, err
		}
		created, err := New(*opts)
		if err != nil {
			return nil, s.NewError(strings.TrimPrefix(err.Error(), "redis: "))
		}
		client, _ = stores.LoadOrStore(s.String(), created)
	}
	c := client.(*Client) //nolint:forcetypeassert // see stores
	return &tokenstore.Store{Name: c.opts.name(), Tokens: c.Tokens(), Roles: c.Roles()}, nil
}

// readSetting returns the options of a setting. It reads the files that the setting names.
func readSetting(s tokenstore.Setting) (*Options, error) {
	err := s.CheckParams("key_file", "password_file", "ca_file", "cert_file", "cert_key_file", "server_name", "sentinel_user", "sentinel_password_file")
	if err != nil {
		return nil, err
	}
	opts := &Options{SentinelUsername: s.Params.Get("sentinel_user")}
	if err := opts.setAddress(s); err != nil {
		return nil, err
	}
	if !s.Params.Has("key_file") {
		return nil, s.NewError("key_file is missing: it names a file with the output of openssl rand -base64 32")
	}
	path, err := s.Path(s.Params.Get("key_file"))
	if err != nil {
		return nil, err
	}
	if opts.Keys, err = ReadKeys(path); err != nil {
		return nil, err
	}
	if opts.Password, err = readPassword(s, "password_file"); err != nil {
		return nil, err
	}
	if opts.Password == "" {
		opts.Password = tokencache.Secret(os.Getenv(PasswordVariable))
	}
	if opts.SentinelPassword, err = readPassword(s, "sentinel_password_file"); err != nil {
		return nil, err
	}
	return opts, opts.setTLS(s)
}

// maxPassword is the limit of the size of a file with a password or a certificate.
const maxPassword = 1 << 20

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
	data, err := read(context.Background(), path, maxPassword)
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

func (o *Options) setTLS(s tokenstore.Setting) error {
	if !strings.HasPrefix(s.Scheme, "rediss") {
		for _, param := range []string{"ca_file", "cert_file", "cert_key_file", "server_name"} {
			if s.Params.Has(param) {
				return s.NewError("the parameter " + param + " is for TLS: write rediss" + strings.TrimPrefix(s.Scheme, "redis") + ":")
			}
		}
		return nil
	}
	o.TLS = &tls.Config{MinVersion: tls.VersionTLS12, ServerName: s.Params.Get("server_name")}
	authorities, err := readFile(s, "ca_file", atomicfile.ReadShared)
	if err != nil {
		return err
	}
	if authorities != nil {
		o.TLS.RootCAs = x509.NewCertPool()
		if !o.TLS.RootCAs.AppendCertsFromPEM(authorities) {
			return &fileError{"ca_file", errNoCertificate}
		}
	}
	return o.setCertificate(s)
}

var errNoCertificate = errors.New("no certificate in PEM format")

func (o *Options) setCertificate(s tokenstore.Setting) error {
	if s.Params.Has("cert_file") != s.Params.Has("cert_key_file") {
		return s.NewError("cert_file and cert_key_file need each other")
	}
	certificate, err := readFile(s, "cert_file", atomicfile.ReadShared)
	if err != nil || certificate == nil {
		return err
	}
	key, err := readFile(s, "cert_key_file", atomicfile.ReadPrivate)
	if err != nil {
		return err
	}
	pair, err := tls.X509KeyPair(certificate, key)
	if err != nil {
		return &fileError{"cert_file", err}
	}
	o.TLS.Certificates = []tls.Certificate{pair}
	return nil
}
