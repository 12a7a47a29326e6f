package redis

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/redis/rueidis"
)

// Client is a connection to a server, made when it is first used. It is safe for concurrent use.
// Create one with [New].
type Client struct {
	opts  Options
	locks locks
	ages  ages

	mu   sync.Mutex
	dial *dial // the last attempt to connect; nil before the first and after a failed one
}

// dial is an attempt to connect.
type dial struct {
	done chan struct{}
	conn rueidis.Client
	err  error
}

// Close closes the connection. Locks that are held expire on the server. A Client that is used
// after Close connects again.
func (c *Client) Close() {
	c.mu.Lock()
	d := c.dial
	c.dial = nil
	c.mu.Unlock()
	if d == nil {
		return
	}
	<-d.done
	if d.conn != nil {
		d.conn.Close()
	}
}

// connect returns the connection. All callers share an attempt to connect.
func (c *Client) connect(ctx context.Context) (rueidis.Client, error) {
	c.mu.Lock()
	d := c.dial
	if d == nil {
		d = &dial{done: make(chan struct{})}
		c.dial = d
		go c.run(d)
	}
	c.mu.Unlock()
	select {
	case <-d.done:
		return d.conn, d.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (c *Client) run(d *dial) {
	d.conn, d.err = rueidis.NewClient(c.opts.client())
	if d.err != nil {
		c.mu.Lock()
		if c.dial == d {
			c.dial = nil
		}
		c.mu.Unlock()
	}
	close(d.done)
}

// request sends one request. It may be called again if the response is lost.
type request func(ctx context.Context, conn rueidis.Client) error

// do sends a request until it succeeds, fails for good, or Options.Timeout has passed.
func (c *Client) do(ctx context.Context, send request) error {
	return c.doWithin(ctx, c.opts.Timeout, send)
}

func (c *Client) doWithin(ctx context.Context, timeout time.Duration, send request) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	limited, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	for pause := minPause; ; pause = min(2*pause, maxPause) {
		err := c.attempt(limited, send)
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case !c.temporary(err):
			return err
		}
		select {
		case <-time.After(pause/2 + rand.N(pause)): //nolint:gosec // G404: to spread clients
		case <-limited.Done():
			return c.explain(ctx, err)
		}
	}
}

const (
	minPause = 20 * time.Millisecond
	maxPause = time.Second

	// attemptTimeout is the time limit of a request that is sent once.
	attemptTimeout = 2 * time.Second
)

func (c *Client) attempt(ctx context.Context, send request) error {
	ctx, cancel := context.WithTimeout(ctx, attemptTimeout)
	defer cancel()
	conn, err := c.connect(ctx)
	if err != nil {
		return err
	}
	return send(ctx, conn)
}

// explain returns err, the last error before the time limit. An error that matches
// context.DeadlineExceeded must not escape while the caller's context is alive: callers of a lock
// would take it for their own.
func (c *Client) explain(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("no response from %s", c.opts.name())
	}
	return err
}

// temporary reports whether a request that failed with err may succeed soon. Errors that the
// server does not send are those of the network.
func (c *Client) temporary(err error) bool {
	redisErr, ok := rueidis.IsRedisErr(err)
	if !ok {
		return true
	}
	code, _, _ := strings.Cut(redisErr.Error(), " ")
	switch code {
	case "LOADING", "TRYAGAIN", "CLUSTERDOWN", "MASTERDOWN":
		return true
	case "READONLY": // a failover is going on
		return c.opts.Master != "" || c.opts.Cluster
	}
	return false
}
