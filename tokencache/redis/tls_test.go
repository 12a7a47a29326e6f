package redis_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/internal/filetest"
	"github.com/latchkey-sso/latchkey/internal/redistest"
	"github.com/latchkey-sso/latchkey/internal/webtest"
	"github.com/latchkey-sso/latchkey/tokencache/redis"
	"github.com/latchkey-sso/latchkey/tokenstore"
)

// newCertificate writes ca.pem, cert.pem and key.pem to a directory, for servers and clients on the loopback interface.
func newCertificate(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "redis"}, NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certificate := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	filetest.Write(t, filepath.Join(dir, "ca.pem"), certificate)
	filetest.Write(t, filepath.Join(dir, "cert.pem"), certificate)
	filetest.Write(t, filepath.Join(dir, "key.pem"), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})))
	return dir
}

// TestTLS opens settings of a server that demands client certificates and a password.
func TestTLS(t *testing.T) {
	t.Parallel()
	dir, tlsPort := newCertificate(t), webtest.Port(t)
	file := func(name string) string { return filepath.Join(dir, name) }
	server := redistest.Start(t, "--tls-port", fmt.Sprint(tlsPort), "--tls-cert-file", file("cert.pem"), "--tls-key-file", file("key.pem"),
		"--tls-ca-cert-file", file("ca.pem"), "--tls-auth-clients", "yes")
	server.Do("ACL", "SETUSER", "me", "on", ">correct horse", "~*", "&*", "+@all")
	filetest.Write(t, file("redis.key"), string(newKey())+"\n")
	filetest.Write(t, file("password"), "correct horse\n")
	base := fmt.Sprintf("rediss://me@127.0.0.1:%d?key_file=%s&password_file=%s", tlsPort, file("redis.key"), file("password"))
	certificate := "&cert_file=" + file("cert.pem") + "&cert_key_file=" + file("key.pem")
	// A server that demands a certificate may close the connection before it says so.
	for name, tt := range map[string]struct{ setting, want string }{
		"all":            {base + "&timeout=1m&ca_file=" + file("ca.pem") + certificate, ""},
		"unknown ca":     {base + "&timeout=1m" + certificate, "unknown authority"},
		"no certificate": {base + "&ca_file=" + file("ca.pem"), ":"},
		"other name":     {base + "&ca_file=" + file("ca.pem") + certificate + "&timeout=1m&server_name=redis.example", "redis.example"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store, err := tokenstore.Open(tt.setting, redis.Driver)
			if err != nil {
				t.Fatal(err)
			}
			err = store.Tokens.Store(t.Context(), session, signIn(t, time.Hour))
			if tt.want == "" && err != nil || tt.want != "" && !strings.Contains(fmt.Sprint(err), tt.want) {
				t.Errorf("Store: %v, want %q", err, tt.want)
			}
		})
	}
}
