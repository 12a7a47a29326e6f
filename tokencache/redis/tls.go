package redis

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"strings"

	"github.com/latchkey-sso/latchkey/internal/atomicfile"
	"github.com/latchkey-sso/latchkey/tokenstore"
)

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
