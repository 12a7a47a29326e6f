// Package callback receives the response to an OAuth 2.0 authorization request on the
// loopback interface (RFC 8252 section 7.3).
//
// Call [Listen] before opening the browser and [Server.Wait] after. A server accepts one
// response: the first one with its state, from the browser or from [Server.Paste].
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

// Path is the path of the redirect URI.
const Path = "/oauth/callback"

const (
	headerTimeout = 10 * time.Second
	writeTimeout  = 2 * time.Minute // longer than the code exchange takes

	// maxHeaderBytes allows for the cookies of all servers on 127.0.0.1: browsers send them to
	// every port.
	maxHeaderBytes = 256 << 10

	// defaultLinger is how long the server keeps running for the result page after the
	// redirect.
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

	fromOtherUser func(net.Conn) bool

	responses chan response // receives at most one
	finished  chan struct{} // closed once outcome is set
	shown     chan struct{} // closed once a browser has loaded the result page
	outcome   error

	mu        sync.Mutex
	taken     bool // a response has been accepted
	shownOnce sync.Once
}

// Listen listens on a port of 127.0.0.1; 0 means any free port. The pages show session as the
// name of the sign-in. The caller must close the server.
func Listen(ctx context.Context, port int, session string) (*Server, error) {
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return nil, fmt.Errorf("callback: %w", err)
	}
	host := l.Addr().String()
	if ip, port, err := net.SplitHostPort(host); err == nil && port == "80" {
		host = ip // browsers omit the default port
	}
	return &Server{
		listener: l,
		host:     host,
		state:    rand.Text(),
		session:  session,
		linger:   defaultLinger,

		fromOtherUser: fromOtherUser,

		responses: make(chan response, 1),
		finished:  make(chan struct{}),
		shown:     make(chan struct{}),
	}, nil
}

// Port returns the port of the server.
func (s *Server) Port() int {
	addr, _ := s.listener.Addr().(*net.TCPAddr) // always one
	return addr.Port
}

// RedirectURI returns the redirect_uri for the authorization request.
func (s *Server) RedirectURI() string {
	return "http://" + s.listener.Addr().String() + Path
}

// State returns the state for the authorization request: 130 random bits.
func (s *Server) State() string { return s.state }

// Close closes the listener. It may be called again, and after Wait.
func (s *Server) Close() error {
	if err := s.listener.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("callback: close: %w", err)
	}
	return nil
}

// ErrNoResponse means that the context was done before a response arrived.
var ErrNoResponse = errors.New("callback: no response to the authorization request")

// Wait waits for the response, calls redeem with its code, and shows the result in the browser. It
// returns redeem's error, the *[Error] that the authorization server sent instead of a code, or
// [ErrNoResponse]. It waits for redeem even if ctx is done. When Wait returns, the server is
// closed. Wait may be called only once.
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
	defer func() {
		_ = server.Close()
		_ = s.Close() // Serve may not have begun, and then the server does not know the listener
	}()

	select {
	case <-ctx.Done():
		return ErrNoResponse
	case err := <-failed:
		return fmt.Errorf("callback: %w", err)
	case r := <-s.responses:
		s.outcome = r.err()
		if s.outcome == nil {
			s.outcome = redeem(r.code)
		}
		close(s.finished)
		if r.browser {
			s.waitShown(ctx)
		}
		return s.outcome
	}
}

// waitShown gives the browser time to load the result page.
func (s *Server) waitShown(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-s.shown:
	case <-time.After(s.linger):
	}
}

// expects reports whether r has the state of the authorization request.
func (s *Server) expects(r response) bool {
	return subtle.ConstantTimeCompare([]byte(r.state), []byte(s.state)) == 1
}

// take accepts r if it is the response to the authorization request. It ignores any further
// response.
func (s *Server) take(r response) error {
	if !s.expects(r) {
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
