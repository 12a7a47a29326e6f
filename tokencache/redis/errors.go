package redis

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"syscall"

	"github.com/redis/rueidis"

	"github.com/latchkey-sso/latchkey/tokencache"
	"github.com/latchkey-sso/latchkey/tokenstore"
)

// fixes are the fixes for error responses, by their code.
var fixes = map[string]string{
	"NOAUTH":      "write the password to a file, and name it with password_file in the setting of the store",
	"WRONGPASS":   "check USER in the setting of the store, and the password in password_file or " + PasswordVariable,
	"NOPERM":      "give the Redis user the permissions in docs/many-machines.md",
	"READONLY":    "name the master in the setting of the store, or the sentinels with redis+sentinel:",
	"OOM":         "raise maxmemory on the server, or delete other data",
	"NOREPLICAS":  "start the replicas that min-replicas-to-write demands",
	"MISCONF":     "check the disk of the server, and its log",
	"CLUSTERDOWN": "redis-cli --cluster check HOST:PORT",
}

// failed returns the error about a server that cannot be used.
func (c *Client) failed(reason, fix string, cause error) error {
	return &tokenstore.UnavailableError{Reason: c.opts.name() + " " + reason, Fix: fix, Err: cause}
}

// unreachable returns the error after Options.Timeout has passed; last is the last one before.
func (c *Client) unreachable(ctx context.Context, last error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	err := c.noResponse(last)
	c.outage.begin(err)
	return err
}

// noResponse explains why a request got no response. The error does not match context.DeadlineExceeded, which callers
// would take for their own deadline.
func (c *Client) noResponse(err error) error {
	response, isResponse := rueidis.IsRedisErr(err)
	network, isNetwork := errors.AsType[*net.OpError](err)
	switch {
	case isResponse:
		return c.rejected(response)
	case errors.Is(err, context.DeadlineExceeded) && c.opts.TLS != nil:
		return c.failed("does not respond", "check the network; without TLS on the server, write redis instead of rediss", nil)
	case errors.Is(err, context.DeadlineExceeded):
		return c.failed("does not respond", "check the network and the server", nil)
	case errors.Is(err, io.EOF), errors.Is(err, syscall.ECONNRESET):
		return c.failed("closes the connection: it may expect TLS, or have reached its maxclients", "with TLS, write rediss instead of redis", err)
	case errors.Is(err, rueidis.ErrNoSlot):
		return c.failed("has no node for the sign-in", fixes["CLUSTERDOWN"], err)
	case isNetwork:
		return c.notReached(network)
	}
	return c.failed("cannot be used: "+err.Error(), "", err)
}

func (c *Client) notReached(err *net.OpError) error {
	reason, fix := err.Err.Error(), "check that the server runs, and its address in the setting of the store"
	if errno, ok := errors.AsType[syscall.Errno](err); ok {
		reason = errno.Error()
	}
	if err.Op == "remote error" { // of TLS
		fix = "if the server demands a certificate, set cert_file and cert_key_file"
	}
	if err.Addr != nil && !slices.Contains(c.opts.Addrs, err.Addr.String()) { // that of a master or a node
		reason = err.Addr.String() + ": " + reason
	}
	return c.failed("cannot be reached: "+reason, fix, err)
}

// explain returns the error about a request that failed for good.
func (c *Client) explain(ctx context.Context, err error) error {
	if response, ok := rueidis.IsRedisErr(err); ok {
		if errorCode(response) != strings.ToUpper(errorCode(response)) { // rueidis removes the code ERR
			return cmp.Or(c.oldServer(ctx), c.rejected(response))
		}
		return c.rejected(response)
	}
	if untrusted, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		fix := "name the CA certificate of the server with ca_file"
		if errors.As(untrusted, new(x509.HostnameError)) {
			fix = "set server_name to a name in the certificate of the server"
		}
		return c.failed("is not trusted: "+untrusted.Err.Error(), fix, err)
	}
	return err
}

// rejected returns the error about an error response.
func (c *Client) rejected(response *rueidis.RedisError) error {
	code := errorCode(response)
	reason := "responds: " + withoutSecret(withoutSecret(response.Error(), c.opts.Password), c.opts.SentinelPassword)
	if code == "NOAUTH" { // the response is about the command HELLO
		reason = "requires a password"
	}
	return c.failed(reason, fixes[code], nil) // the response may contain a password
}

// withoutSecret cuts off a response before the first characters of secret: servers repeat the arguments of commands that
// they do not know, truncated.
func withoutSecret(response string, secret tokencache.Secret) string {
	const enough = 8
	start := string(secret[:min(len(secret), enough)])
	if before, _, ok := strings.Cut(response, start); ok && start != "" {
		return before + secret.String()
	}
	return response
}

// errorCode returns the code of an error response: its first word.
func errorCode(response *rueidis.RedisError) string {
	code, _, _ := strings.Cut(response.Error(), " ")
	return code
}

// minVersion is the first major version of Redis that has everything the scripts use. Valkey began
// with 7.2.
const minVersion = 7

// oldServer returns an error if the server is older than minVersion. HELLO tells the version to users
// who may not call INFO.
func (c *Client) oldServer(ctx context.Context) error {
	version := ""
	err := c.attempt(ctx, func(ctx context.Context, conn rueidis.Client) error {
		hello, err := conn.Do(ctx, conn.B().Hello().Build()).AsStrMap()
		version = hello["version"]
		return err
	})
	major, _, _ := strings.Cut(version, ".")
	if err == nil && major != "" && number(major) < minVersion {
		return c.failed("has version "+version, fmt.Sprintf("use Redis %d or Valkey, or a newer one", minVersion), nil)
	}
	return nil
}
