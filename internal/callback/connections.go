package callback

import (
	"context"
	"net"
	"net/http"
	"slices"
	"sync"
)

// maxConnections limits the open connections. Beyond it, a new connection closes the oldest, so that
// no client can block the port.
const maxConnections = 64

// connections tracks the open connections, oldest first.
type connections struct {
	mu   sync.Mutex
	open []net.Conn
}

// track is the ConnState callback of an http.Server.
func (c *connections) track(conn net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		c.add(conn)
	case http.StateClosed, http.StateHijacked:
		c.remove(conn)
	case http.StateActive, http.StateIdle:
	}
}

func (c *connections) add(conn net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open = append(c.open, conn)
	if len(c.open) > maxConnections {
		_ = c.open[0].Close()
		c.open = slices.Delete(c.open, 0, 1)
	}
}

func (c *connections) remove(conn net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if i := slices.Index(c.open, conn); i >= 0 {
		c.open = slices.Delete(c.open, i, i+1)
	}
}

type connKey struct{}

func (*connections) context(ctx context.Context, conn net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, conn)
}

// keep protects a request's connection from being closed for a newer one.
func (c *connections) keep(r *http.Request) {
	if conn, ok := r.Context().Value(connKey{}).(net.Conn); ok {
		c.remove(conn)
	}
}
