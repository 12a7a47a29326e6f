package credserver

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/latchkey-sso/latchkey/internal/webtest"
)

// TestConnLimit: the connection that has been quiet for longest is closed, and never a busy one.
func TestConnLimit(t *testing.T) {
	limit := &connLimit{max: 3}
	conns := make([]*conn, 6)
	for i := range conns {
		conns[i] = &conn{}
	}
	for _, c := range conns[:3] {
		limit.note(c, http.StateNew)
	}
	limit.note(conns[0], http.StateActive)
	limit.note(conns[0], http.StateIdle)
	limit.note(conns[1], http.StateActive)
	limit.note(conns[3], http.StateNew) // 2 has been quiet for longest
	closed(t, limit, conns, 2)
	limit.note(conns[4], http.StateNew) // then 0
	closed(t, limit, conns, 0, 2)
	limit.note(conns[3], http.StateActive)
	limit.note(conns[4], http.StateActive)
	limit.note(conns[5], http.StateNew) // all others are busy
	closed(t, limit, conns, 0, 2, 5)
	for _, i := range []int{1, 3, 4} {
		limit.note(conns[i], http.StateClosed)
	}
	if limit.open != 0 || limit.idle.Len() != 0 || len(limit.place) != 0 {
		t.Errorf("%d open, %d quiet, %d listed at the end", limit.open, limit.idle.Len(), len(limit.place))
	}
}

// conn is a connection that can be closed.
type conn struct {
	net.Conn
	closed bool
	noted  bool
}

func (c *conn) Close() error {
	c.closed = true
	return nil
}

func closed(t *testing.T, limit *connLimit, conns []*conn, want ...int) {
	t.Helper()
	for i, c := range conns {
		if c.closed && !c.noted {
			c.noted = true
			limit.note(c, http.StateClosed)
		}
		wanted := false
		for _, w := range want {
			wanted = wanted || w == i
		}
		if c.closed != wanted {
			t.Errorf("connection %d: closed %t", i, c.closed)
		}
	}
}

// TestIdleConnections: connections without a request, many more than the limit, lock no client out, and
// do not delay a shutdown.
func TestIdleConnections(t *testing.T) {
	s, address := listen(t, func(s *Server) { s.connections.max = 20 })
	for range 200 {
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
	}
	if status := get(t, s, address); status != http.StatusOK {
		t.Errorf("status %d", status)
	}
	if err := s.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestClientThatNeverReads: a client that sends a request and never reads the response holds up no other,
// and a shutdown ends it.
func TestClientThatNeverReads(t *testing.T) {
	s, address := listen(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	full := &fullListener{Listener: l, writing: make(chan struct{})}
	go func() { _ = s.Serve(full) }() // until it is closed
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	request := "GET " + s.Path("x") + " HTTP/1.1\r\nHost: " + l.Addr().String() + "\r\nAuthorization: " + string(s.Token("x")) + "\r\n\r\n"
	if _, err := c.Write([]byte(request)); err != nil {
		t.Fatal(err)
	}
	<-full.writing

	if status := get(t, s, address); status != http.StatusOK {
		t.Errorf("status %d", status)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := s.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Shutdown: %v", err)
	}
	if n, err := c.Read(make([]byte, 1)); n != 0 || err == nil { // blocks while the connection is open
		t.Errorf("read %d bytes, %v", n, err)
	}
}

// fullListener accepts one connection. Writing to it blocks until it is closed, as if the buffers of both
// sides were full.
type fullListener struct {
	net.Listener
	writing chan struct{} // closed by the first Write
}

func (l *fullListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &fullConn{Conn: c, writing: l.writing, closed: make(chan struct{})}, nil
}

type fullConn struct {
	net.Conn
	writing, closed chan struct{}
	closing         sync.Once
}

func (c *fullConn) Write([]byte) (int, error) {
	close(c.writing)
	<-c.closed
	return 0, net.ErrClosed
}

func (c *fullConn) Close() error {
	c.closing.Do(func() { close(c.closed) })
	return c.Conn.Close()
}

// listen serves a profile "x" on a free port.
func listen(t *testing.T, change ...func(*Server)) (s *Server, address string) {
	t.Helper()
	s, err := New(Options{Profiles: []Profile{{Name: "x", Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: "ASIA", SecretAccessKey: "secret"}, nil
	})}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	for _, fn := range change {
		fn(s)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = s.Serve(l) }() // until it is closed
	return s, l.Addr().String()
}

func get(t *testing.T, s *Server, address string) int {
	t.Helper()
	resp, _ := webtest.Get(t, http.DefaultClient, "http://"+address+s.Path("x"), "Authorization", string(s.Token("x")))
	return resp.StatusCode
}

// TestServerIsBounded: the server sets all timeouts of net/http, which are off by default.
func TestServerIsBounded(t *testing.T) {
	s, err := New(Options{Profiles: []Profile{{Name: "x", Credentials: nothing{}}}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for name, d := range map[string]time.Duration{
		"header": s.http.ReadHeaderTimeout, "read": s.http.ReadTimeout, "write": s.http.WriteTimeout, "idle": s.http.IdleTimeout,
	} {
		if d <= 0 || d > 5*time.Minute {
			t.Errorf("%s timeout: %s", name, d)
		}
	}
	if s.http.WriteTimeout <= requestTimeout {
		t.Error("the write timeout is shorter than a request may take")
	}
}

// nothing is a provider without credentials.
type nothing struct{}

func (nothing) Retrieve(context.Context) (aws.Credentials, error) {
	return aws.Credentials{}, errClosed
}

// TestClockSetBack: setting the wall clock back does not revive credentials that have expired by the
// monotonic clock.
func TestClockSetBack(t *testing.T) {
	now := time.Now()
	c := &issued{creds: aws.Credentials{Expires: now.Add(time.Hour).Round(0)}, ends: now.Add(-time.Second)}
	if left := c.left(now); left > 0 {
		t.Errorf("%s left", left)
	}
}
