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

// maxBody is more than any request of the two services needs, in bytes.
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

// Server is a fake IAM Identity Center: the portal, the OIDC service and, of STS, AssumeRole on one loopback address.
// Make one with [NewServer] or [Start]. All methods may be called from several goroutines at once.
type Server struct {
	opts Options
	tb   TB // nil for Start
	url  string

	http   *http.Server
	served chan struct{}      // closed when http has stopped
	cancel context.CancelFunc // ends the context of every request: http alone forgets pipelined ones

	life   sync.Mutex
	closed bool
	calls  sync.WaitGroup // requests being answered

	record record
	faults faults

	mu    sync.Mutex
	state state
}

// NewServer starts a server that is closed when the test ends.
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
		ErrorLog:          log.New(io.Discard, "", 0), // what clients do to their connections is no news
	}
	go func() {
		defer close(s.served)
		_ = s.http.Serve(l) // always http.ErrServerClosed: only Close ends it
	}()
	return s, nil
}

// Close stops the server: it closes every connection, answers nothing more, and returns when no
// request is being handled. Closing a closed server does nothing.
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

// String names the server and its address.
func (s *Server) String() string { return "idctest.Server(" + s.url + ")" }

// Format prints what String returns, whatever the verb: never the tokens the server holds.
func (s *Server) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// serve takes one request through the server: read, record, apply the next fault or the
// operation, wait, answer.
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
	var a answer
	if !fault.replaces() || fault.AfterEffect {
		a = s.perform(r.Context(), c)
	}
	if fault.replaces() {
		a = fault.answer(c.op)
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

// enter counts a request in, unless the server is closing.
func (s *Server) enter() bool {
	s.life.Lock()
	defer s.life.Unlock()
	if s.closed {
		return false
	}
	s.calls.Add(1)
	return true
}

// finish sends the answer. The status is recorded first, so that whoever has seen the answer finds
// it in Requests.
func (s *Server) finish(w http.ResponseWriter, entry *Request, a answer) {
	s.record.answered(entry, a.statusCode())
	a.write(w, s.opts.Now())
}

// wait reports whether the client and the server are still there after d: the context of a request
// ends with its connection.
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

// cut closes the connection under the client. Merely returning would make net/http answer 200.
func cut(w http.ResponseWriter) {
	if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
		conn.Close()
	}
}

// unreadable answers a request whose body did not arrive, or was too long.
func unreadable(c *call, err error) answer {
	a := errorAnswer(c.op, "InvalidRequestException", "The request body could not be read.")
	if tooLong := (*http.MaxBytesError)(nil); errors.As(err, &tooLong) {
		a.status = http.StatusRequestEntityTooLarge
	}
	return a
}

// misuse stops a test that calls the server with a name it does not have: the call would otherwise
// do nothing, and the test would pass for the wrong reason.
func (s *Server) misuse(format string, args ...any) {
	if s.tb == nil {
		panic(fmt.Sprintf(format, args...))
	}
	s.tb.Helper()
	s.tb.Fatalf(format, args...)
}
