package command

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// internet sets a proxy that plays all hosts of the internet: AWS services are the Identity
// Center of the script, and each access portal is a page that names a region. Its certificates are in $AWS_CA_BUNDLE.
//
//	internet REGION
func internet(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: internet region")
	}
	c, _ := ts.Value(centerKey{}).(*center)
	target, err := url.Parse(c.URL())
	ts.Check(err)
	services := httputil.NewSingleHostReverseProxy(target)
	authority, bundle, err := newAuthority()
	ts.Check(err)
	hosts := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, _ := net.SplitHostPort(r.Host + ":443")
		switch {
		case strings.HasSuffix(host, ".amazonaws.com"):
			services.ServeHTTP(w, r)
		case strings.HasSuffix(host, ".awsapps.com"):
			_, _ = io.WriteString(w, `<html><head><meta name="region" content="`+args[0]+`"/></head></html>`)
		default:
			http.Redirect(w, r, "https://d-1234567890.awsapps.com/start", http.StatusFound)
		}
	})}
	connections := newTunnels()
	go func() { _ = hosts.Serve(tls.NewListener(connections, &tls.Config{GetCertificate: authority})) }()
	proxy := httptest.NewServer(connections)
	ts.Defer(func() {
		proxy.Close()
		hosts.Close()
	})
	path := ts.MkAbs("authority.pem")
	ts.Check(os.WriteFile(path, bundle, 0o600))
	ts.Setenv("AWS_CA_BUNDLE", path)
	ts.Setenv("HTTPS_PROXY", proxy.URL)
	ts.Setenv("AWS_ENDPOINT_URL_SSO", "")
	ts.Setenv("AWS_ENDPOINT_URL_SSO_OIDC", "")
}

// tunnels is a proxy whose CONNECT tunnels are accepted by a server behind it.
type tunnels struct {
	accepted chan net.Conn
	closed   chan struct{}
	once     sync.Once
}

func newTunnels() *tunnels {
	return &tunnels{accepted: make(chan net.Conn), closed: make(chan struct{})}
}

func (t *tunnels) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	hijacker, ok := w.(http.Hijacker)
	if !ok || r.Method != http.MethodConnect {
		http.Error(w, "CONNECT only", http.StatusMethodNotAllowed)
		return
	}
	conn, _, err := hijacker.Hijack()
	if err != nil {
		return
	}
	_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\n\r\n")
	select {
	case t.accepted <- conn:
	case <-t.closed:
		conn.Close()
	}
}

func (t *tunnels) Accept() (net.Conn, error) {
	select {
	case conn := <-t.accepted:
		return conn, nil
	case <-t.closed:
		return nil, net.ErrClosed
	}
}

func (t *tunnels) Close() error {
	t.once.Do(func() { close(t.closed) })
	return nil
}

func (t *tunnels) Addr() net.Addr { return &net.TCPAddr{} }

// newAuthority returns a function that makes a certificate for each host, and the
// certificate of its authority as PEM.
func newAuthority() (func(*tls.ClientHelloInfo) (*tls.Certificate, error), []byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	template := func(name string) *x509.Certificate {
		return &x509.Certificate{
			SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
			NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		}
	}
	root := template("internet")
	root.IsCA, root.BasicConstraintsValid, root.KeyUsage = true, true, x509.KeyUsageCertSign
	der, err := x509.CreateCertificate(rand.Reader, root, root, &key.PublicKey, key)
	if err != nil {
		return nil, nil, err
	}
	return func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		leaf := template(hello.ServerName)
		leaf.DNSNames = []string{hello.ServerName}
		der, err := x509.CreateCertificate(rand.Reader, leaf, root, &key.PublicKey, key)
		return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, err
	}, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), nil
}
