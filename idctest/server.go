package idctest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"time"
)

// maxBody is more bytes than any request of the services needs.
const maxBody = 1 << 20

// TB is the part of [testing.TB] that [NewServer] and [Home] need. This package does not import testing,
// so that programs can link it.
type TB interface {
	Helper()
	Cleanup(func())
	Fatalf(format string, args ...any)
	Setenv(key, value string)
	TempDir() string
}

// Server is a fake IAM Identity Center: the portal, the OIDC service and, of STS, AssumeRole on one
// loopback address. Make one with [NewServer] or [Start]. All methods are safe for concurrent use.
type Server struct {
	opts Options
	tb   TB // nil for Start
	url  string

	http   *http.Server
	served chan struct{}      // closed when http has stopped
	cancel context.CancelFunc // ends the context of every request: http alone forgets pipelined ones

	life   sync.Mutex
	closed bool
	calls  sync.WaitGroup // requests in flight

	record record
	faults faults

	mu    sync.Mutex
	state state
}

// NewServer starts a server and closes it when the test ends.
func NewServer(tb TB, optFns ...func(*Options)) *Server {
	tb.Helper()
	s, err := Start(optFns...)
	if err != nil {
		tb.Fatalf("%v", err)
		return nil
	}
	s.tb = tb
	tb.Cleanup(s.Close)
	return s
}

// Start starts a server on a free port of the loopback address. The caller must Close it.
func Start(optFns ...func(*Options)) (*Server, error) {
	//nolint:noctx // listening on a loopback port returns at once
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("idctest: start server: %v", err)
	}
	s := &Server{
		opts:   newOptions(optFns),
		url:    "http://" + l.Addr().String(),
		served: make(chan struct{}),
		state:  newState(),
	}
	ctx, cancel := context.WithCancel(context.Background())
	s.cancel = cancel
	s.http = &http.Server{
		Handler:           http.HandlerFunc(s.serve),
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ReadHeaderTimeout: time.Minute,
		ErrorLog:          log.New(io.Discard, "", 0), // a client that cuts its connection is no error
	}
	go func() {
		defer close(s.served)
		_ = s.http.Serve(l) // always http.ErrServerClosed: only Close ends it
	}()
	return s, nil
}

// Close closes every connection and returns when no request is in flight. Closing a closed server
// does nothing.
func (s *Server) Close() {
	s.life.Lock()
	s.closed = true
	s.life.Unlock()

	s.http.Close()
	s.cancel()
	<-s.served
	s.calls.Wait()
}

// URL returns the base endpoint of all services, such as "http://127.0.0.1:34567".
func (s *Server) URL() string { return s.url }

// Env returns the environment variables that point a program at the server, as KEY=value.
func (s *Server) Env() []string {
	return []string{"AWS_ENDPOINT_URL_SSO=" + s.url, "AWS_ENDPOINT_URL_SSO_OIDC=" + s.url, "AWS_ENDPOINT_URL_STS=" + s.url, "AWS_ENDPOINT_URL_SIGNIN=" + s.url}
}

// String returns the name of the type and the address of the server.
func (s *Server) String() string { return "idctest.Server(" + s.url + ")" }

// Format prints the String for any verb, and never the server's tokens.
func (s *Server) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// serve handles a request: read it, record it, apply the next fault or perform the operation, wait,
// respond.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	if !s.enter() {
		cut(w)
		return
	}
	defer s.calls.Done()

	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	c := &call{Request: r, op: operation(r), body: body, now: s.opts.Now()}
	entry := s.record.add(c)
	if err != nil {
		s.finish(w, entry, unreadable(c, err))
		return
	}

	fault := s.faults.take(c.op)
	var a response
	if !fault.replaces() || fault.AfterEffect {
		a = s.perform(r.Context(), c)
	}
	if fault.replaces() {
		a = fault.response(c.op)
	}
	fault.addHeader(&a)

	switch {
	case !wait(r.Context(), s.opts.Latency+fault.Delay):
	case fault.Hang:
		<-r.Context().Done()
	case fault.Cut && fault.Body == nil:
		cut(w)
	default:
		s.finish(w, entry, a)
	}
}

// enter counts a request as in flight, unless the server is closing.
func (s *Server) enter() bool {
	s.life.Lock()
	defer s.life.Unlock()
	if s.closed {
		return false
	}
	s.calls.Add(1)
	return true
}

// finish sends the response. It records the status before, so that a client that has the response
// finds the status in Requests.
func (s *Server) finish(w http.ResponseWriter, entry *Request, a response) {
	s.record.responded(entry, a.statusCode())
	a.write(w, s.opts.Now())
}

// wait reports whether the connection and the server are still open after d.
func wait(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// cut closes the connection. Only returning would make net/http send a 200.
func cut(w http.ResponseWriter) {
	if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
		conn.Close()
	}
}

// unreadable is the response to a request whose body did not arrive or was too long.
func unreadable(c *call, err error) response {
	a := errorResponse(c.op, "InvalidRequestException", "The request body could not be read.")
	if tooLong := (*http.MaxBytesError)(nil); errors.As(err, &tooLong) {
		a.status = http.StatusRequestEntityTooLarge
	}
	return a
}

// misuse stops a test that passes an unknown name to the server. Otherwise the call would do
// nothing, and the test might pass for the wrong reason.
func (s *Server) misuse(format string, args ...any) {
	if s.tb == nil {
		panic(fmt.Sprintf(format, args...))
	}
	s.tb.Helper()
	s.tb.Fatalf(format, args...)
}
