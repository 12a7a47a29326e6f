package redis

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/redis/rueidis"
)

// request sends one request. It may be called again if the response was lost.
type request func(ctx context.Context, conn rueidis.Client) error

const (
	minPause = 20 * time.Millisecond
	maxPause = time.Second

	// maxOutagePause is the longest time for which requests fail at once after the server did not
	// respond.
	maxOutagePause = 2 * time.Second
)

// do sends a request until it succeeds, fails for good, or Options.Timeout has passed. If the server
// has not responded recently, it fails at once.
func (c *Client) do(ctx context.Context, send request) error {
	if err := c.outage.check(); err != nil && ctx.Err() == nil {
		return err
	}
	return c.insist(ctx, c.opts.Timeout, send)
}

// insist is do with another time limit, and for requests that matter even if the server has not
// responded recently.
func (c *Client) insist(ctx context.Context, timeout time.Duration, send request) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	limited, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	var last error
	for pause := minPause; ; pause = min(2*pause, maxPause) {
		err := c.attempt(limited, send)
		if last == nil || limited.Err() == nil { // an attempt that the limit cuts short does not say why
			last = err
		}
		switch {
		case err == nil || ctx.Err() == nil && !c.temporary(err):
			c.outage.end()
			return c.explain(ctx, err)
		case ctx.Err() != nil:
			return ctx.Err()
		}
		select {
		case <-time.After(pause/2 + rand.N(pause)): //nolint:gosec // G404: to spread clients
		case <-limited.Done():
		}
		if limited.Err() != nil {
			return c.unreachable(ctx, last)
		}
	}
}

func (c *Client) attempt(ctx context.Context, send request) error {
	ctx, cancel := context.WithTimeout(ctx, c.opts.attemptTimeout())
	defer cancel()
	conn, err := c.connect(ctx)
	if err != nil {
		return err
	}
	return send(ctx, conn)
}

// unreachable returns the error after Options.Timeout has passed; last is the last one before. It
// does not match context.DeadlineExceeded, which would mean to callers that their own time is over.
func (c *Client) unreachable(ctx context.Context, last error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	err := last
	switch {
	case errors.Is(last, context.DeadlineExceeded):
		err = fmt.Errorf("%s does not respond", c.opts.name())
	case errors.Is(last, io.EOF), errors.Is(last, syscall.ECONNRESET):
		err = fmt.Errorf("%s closes the connection: it may expect TLS, or have reached its maxclients", c.opts.name())
	}
	c.outage.begin(err)
	return err
}

// temporary reports whether a request that failed with err may succeed soon. Errors that do not come
// from the server are those of the network.
func (c *Client) temporary(err error) bool {
	response, ok := rueidis.IsRedisErr(err)
	if !ok {
		untrusted := (*tls.CertificateVerificationError)(nil)
		return !errors.As(err, &untrusted)
	}
	switch errorCode(response) {
	case "LOADING", "TRYAGAIN", "CLUSTERDOWN", "MASTERDOWN":
		return true
	case "READONLY": // in the middle of a failover
		return c.opts.Master != "" || c.opts.Cluster
	}
	return false
}

// errorCode returns the code of an error response: its first word.
func errorCode(response *rueidis.RedisError) string {
	code, _, _ := strings.Cut(response.Error(), " ")
	return code
}

var errNoPassword = errors.New("the server requires a password")

// explain returns a clearer error if the server does not say what is wrong.
func (c *Client) explain(ctx context.Context, err error) error {
	response, ok := rueidis.IsRedisErr(err)
	switch {
	case !ok:
		return err
	case errorCode(response) == "NOAUTH":
		return errNoPassword
	case errorCode(response) != strings.ToUpper(errorCode(response)): // rueidis removes the code ERR
		return cmp.Or(c.oldServer(ctx), err)
	}
	return err
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
		return fmt.Errorf("the server has version %s: Redis %d or Valkey is required", version, minVersion)
	}
	return nil
}

// outage is a time during which the server does not respond.
type outage struct {
	mu    sync.Mutex
	err   error
	pause time.Duration
	until time.Time // when to try again
}

// check returns the error of the outage, unless it is time to try again.
func (o *outage) check() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err == nil || !time.Now().Before(o.until) { //nolint:forbidigo // real time, as all timeouts
		return nil
	}
	return o.err
}

func (o *outage) begin(err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.err = err
	o.pause = min(max(2*o.pause, maxPause), maxOutagePause)
	o.until = time.Now().Add(o.pause) //nolint:forbidigo // real time
}

func (o *outage) end() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.err, o.pause = nil, 0
}
