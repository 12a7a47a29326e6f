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

// maxBody is the size limit of a request in bytes.
const maxBody = 1 << 20

// TB is the part of [testing.TB] that [NewServer] and [Home] need. This package does not import testing, so
// that programs can use it.
type TB interface {
	Helper()
	Cleanup(func())
	Fatalf(format string, args ...any)
	Setenv(key, value string)
	TempDir() string
}

// Server is a fake IAM Identity Center: the portal API, the OIDC API and AssumeRole of STS on a loopback
// address. Create one with [NewServer] or [Start]. It is safe for concurrent use.
type Server struct {
	opts Options
	tb   TB // nil for Start
	url  string

	http   *http.Server
	served chan struct{}      // closed when http has stopped
	cancel context.CancelFunc // cancels all requests: http.Server.Close misses pipelined ones

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

// Start starts a server on a free loopback port. The caller must close it.
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
		ErrorLog:          log.New(io.Discard, "", 0), // broken connections are not errors
	}
	go func() {
		defer close(s.served)
		_ = s.http.Serve(l) // always http.ErrServerClosed: only Close ends it
	}()
	return s, nil
}

// Close closes all connections and waits for requests in flight. It may be called more than once.
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

// Env returns KEY=value variables that point a program at the server.
func (s *Server) Env() []string {
	return []string{"AWS_ENDPOINT_URL_SSO=" + s.url, "AWS_ENDPOINT_URL_SSO_OIDC=" + s.url, "AWS_ENDPOINT_URL_STS=" + s.url, "AWS_ENDPOINT_URL_SIGNIN=" + s.url}
}

// String returns the type name and the URL.
func (s *Server) String() string { return "idctest.Server(" + s.url + ")" }

// Format prints the String, for every verb.
func (s *Server) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// serve handles a request.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	if !s.enter() {
		cut(w)
		return
	}
	defer s.calls.Done()

	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	c := &call{Request: r, op: operation(r, body), body: body, now: s.opts.Now()}
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
	case !wait(r.Context(), s.opts.Latency+fault.Delay) || !fault.waitUntil(r.Context()):
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

// finish sends the response. It records the status first, so that Requests has it once the client has the
// response.
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

// cut closes the connection without a response.
func cut(w http.ResponseWriter) {
	if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
		conn.Close()
	}
}

// unreadable returns the response to a request with an incomplete or oversized body.
func unreadable(c *call, err error) response {
	a := errorResponse(c.op, "InvalidRequestException", "The request body could not be read.")
	if tooLong := (*http.MaxBytesError)(nil); errors.As(err, &tooLong) {
		a.status = http.StatusRequestEntityTooLarge
	}
	return a
}

// misuse fails the test, or panics, because of an unknown operation.
func (s *Server) misuse(format string, args ...any) {
	if s.tb == nil {
		panic(fmt.Sprintf(format, args...))
	}
	s.tb.Helper()
	s.tb.Fatalf(format, args...)
}
