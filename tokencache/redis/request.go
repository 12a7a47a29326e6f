package redis

import (
	"context"
	"crypto/tls"
	"errors"
	"math/rand/v2"
	"sync"
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
