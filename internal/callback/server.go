// Package callback receives the response to an OAuth 2.0 authorization request on the
// loopback interface (RFC 8252 section 7.3).
//
// [Listen] comes before the browser opens, [Server.Wait] after. A server takes one
// response: the first with its state, from the browser or from [Server.Paste].
package callback

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Path is where the response is expected.
const Path = "/oauth/callback"

const (
	headerTimeout = 10 * time.Second
	writeTimeout  = 2 * time.Minute // longer than the exchange of the code takes

	// maxHeaderBytes allows for the cookies of every server on 127.0.0.1: browsers send them
	// to all ports.
	maxHeaderBytes = 256 << 10

	// defaultLinger is how long the server stays up for the last page after it has redirected
	// a browser there.
	defaultLinger = 5 * time.Second
)

// Server waits for one authorization response.
type Server struct {
	listener net.Listener
	host     string // required in the Host header
	state    string
	session  string
	linger   time.Duration
	conns    connections

	responses chan response // receives at most one
	finished  chan struct{} // closed when outcome is set
	shown     chan struct{} // closed when a browser has loaded the page about the outcome
	outcome   error

	mu        sync.Mutex
	taken     bool // a response has been sent to responses
	shownOnce sync.Once
}

// Listen opens a port on 127.0.0.1; 0 means any free one. The pages show session as what the
// user signs in to. The caller must close the server.
func Listen(ctx context.Context, port int, session string) (*Server, error) {
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return nil, fmt.Errorf("callback: %w", err)
	}
	host := l.Addr().String()
	if ip, port, err := net.SplitHostPort(host); err == nil && port == "80" {
		host = ip // browsers leave the default port out
	}
	return &Server{
		listener:  l,
		host:      host,
		state:     rand.Text(),
		session:   session,
		linger:    defaultLinger,
		responses: make(chan response, 1),
		finished:  make(chan struct{}),
		shown:     make(chan struct{}),
	}, nil
}

// Port is the port the server listens on.
func (s *Server) Port() int {
	addr, _ := s.listener.Addr().(*net.TCPAddr) // always one
	return addr.Port
}

// RedirectURI is the redirect_uri of the authorization request.
func (s *Server) RedirectURI() string {
	return "http://" + s.listener.Addr().String() + Path
}

// State is the state of the authorization request: 130 random bits.
func (s *Server) State() string { return s.state }

// Close frees the port. It does nothing after Wait or another Close.
func (s *Server) Close() error {
	if err := s.listener.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("callback: close: %w", err)
	}
	return nil
}

// ErrNoResponse means that the context was done before a response arrived.
var ErrNoResponse = errors.New("callback: no response to the authorization request")

// Wait serves until the response arrives, calls redeem with its code, and shows the browser the
// outcome. It returns redeem's error, the *[Error] that the authorization server sent
// instead of a code, or [ErrNoResponse]. The server is closed when Wait returns. Wait may
// be called once. It waits for redeem even if ctx is done.
func (s *Server) Wait(ctx context.Context, redeem func(code string) error) error {
	serving, stop := context.WithCancel(ctx)
	defer stop()
	server := &http.Server{
		Handler:                      s,
		ReadHeaderTimeout:            headerTimeout,
		WriteTimeout:                 writeTimeout,
		MaxHeaderBytes:               maxHeaderBytes,
		DisableGeneralOptionsHandler: true,
		BaseContext:                  func(net.Listener) context.Context { return serving },
		ConnContext:                  s.conns.context,
		ConnState:                    s.conns.track,
		ErrorLog:                     log.New(io.Discard, "", 0), // clients must not write to the terminal
	}
	server.SetKeepAlivesEnabled(false)
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(s.listener) }()
	defer server.Close()

	select {
	case <-ctx.Done():
		return ErrNoResponse
	case err := <-failed:
		return fmt.Errorf("callback: %w", err)
	case r := <-s.responses:
		s.outcome = r.refusal()
		if s.outcome == nil {
			s.outcome = redeem(r.code)
		}
		close(s.finished)
		if r.browser {
			s.lingerFor(ctx)
		}
		return s.outcome
	}
}

// lingerFor gives the browser time to load the last page.
func (s *Server) lingerFor(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-s.shown:
	case <-time.After(s.linger):
	}
}

// take accepts r if it is the response to the authorization request. A second response is
// ignored without an error.
func (s *Server) take(r response) error {
	if subtle.ConstantTimeCompare([]byte(r.state), []byte(s.state)) != 1 {
		return errWrongState
	}
	if err := r.validate(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.taken {
		s.taken = true
		s.responses <- r
	}
	return nil
}
