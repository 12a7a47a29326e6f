package awserr

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"syscall"
)

// NetworkCause returns why a request got no response, without addresses: the URL of a proxy may
// contain a password.
func NetworkCause(err error) string {
	var (
		dns         *net.DNSError
		certificate *tls.CertificateVerificationError
		number      syscall.Errno
		network     net.Error
	)
	switch {
	case errors.As(err, &dns) && dns.IsNotFound:
		return "no such host"
	case errors.As(err, &dns):
		return "the DNS lookup failed"
	case errors.As(err, &certificate):
		return certificate.Err.Error()
	case errors.As(err, &number):
		return number.Error()
	case errors.As(err, &network) && network.Timeout():
		return "timed out"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "the connection was closed"
	}
	return err.Error()
}
