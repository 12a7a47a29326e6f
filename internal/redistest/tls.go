package redistest

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/latchkey-sso/latchkey/internal/webtest"
)

// StartTLS is [Start] for a server that also listens with TLS, on TLSPort, and uses TLS with other servers. dir has the files
// ca.pem, cert.pem and key.pem.
func StartTLS(tb testing.TB, dir string, args ...string) *Server {
	tb.Helper()
	port := webtest.Port(tb)
	for _, setting := range tlsSettings(dir, port) {
		args = append(args, "--"+setting[0], setting[1])
	}
	s := Start(tb, args...)
	s.TLSPort = port
	return s
}

// StartTLSSentinel is [StartSentinel] with TLS, as in [StartTLS].
func StartTLSSentinel(tb testing.TB, dir string, lines ...string) *Server {
	tb.Helper()
	port := webtest.Port(tb)
	for _, setting := range tlsSettings(dir, port) {
		lines = append(lines, setting[0]+" "+setting[1])
	}
	s := StartSentinel(tb, lines...)
	s.TLSPort = port
	return s
}

func tlsSettings(dir string, port int) [][2]string {
	return [][2]string{
		{"tls-port", fmt.Sprint(port)},
		{"tls-ca-cert-file", filepath.Join(dir, "ca.pem")},
		{"tls-cert-file", filepath.Join(dir, "cert.pem")},
		{"tls-key-file", filepath.Join(dir, "key.pem")},
		{"tls-auth-clients", "yes"},
		{"tls-replication", "yes"},
		{"tls-cluster", "yes"},
	}
}
