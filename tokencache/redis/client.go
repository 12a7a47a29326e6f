package redis

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/redis/rueidis"
)

// Client is a connection to a server, made when it is first used. It is safe for concurrent use.
// Create one with [New].
type Client struct {
	opts Options
	now  func() time.Time
	poll time.Duration // how long a waiter waits for a lock before it tries again

	locks  locks
	ages   ages
	outage outage

	mu   sync.Mutex
	dial *dial // the last attempt to connect; nil before the first and after a failed one
}

// dial is an attempt to connect.
type dial struct {
	done chan struct{}
	conn rueidis.Client
	err  error
}

// Format prints the address of the server and no secrets, for every verb.
func (c *Client) Format(w fmt.State, _ rune) {
	_, _ = fmt.Fprintf(w, "redis.Client(%s)", c.opts.name())
}

// keys returns the keys that the key file has now.
func (c *Client) keys() *keySet { return c.opts.Keys.current() }

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
