package credserver

import (
	"container/list"
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

const (
	headerTimeout = 5 * time.Second
	idleTimeout   = 2 * time.Minute
	writeTimeout  = patience + 5*time.Second
	maxHeader     = 8 << 10

	// maxConnections is more than the clients of a machine need.
	maxConnections = 4096
)

// connectionLimit returns how many connections a server may have. Half of the files that the process may
// open are left for renewals and for the rest of the program: at the limit no connection can be accepted.
func connectionLimit() int { return min(maxConnections, openFiles()/2) }

func (s *Server) newHTTPServer() *http.Server {
	return &http.Server{
		Handler:                      s,
		ReadHeaderTimeout:            headerTimeout,
		ReadTimeout:                  headerTimeout,
		WriteTimeout:                 writeTimeout,
		IdleTimeout:                  idleTimeout,
		MaxHeaderBytes:               maxHeader,
		DisableGeneralOptionsHandler: true, // it would skip our checks
		ConnState:                    s.connections.note,
		ErrorLog:                     slog.NewLogLogger(s.opts.Logger.Handler(), slog.LevelWarn),
	}
}

// Serve serves the connections of l until the server is closed, and then returns nil. It may be
// called for several listeners. It closes l.
func (s *Server) Serve(l net.Listener) error {
	if err := s.http.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// Shutdown closes the server after the requests in progress have their responses, or when ctx is done,
// with ctx's error.
func (s *Server) Shutdown(ctx context.Context) error {
	s.connections.closeQuiet() // http.Server waits five seconds for those without a request
	err := s.http.Shutdown(ctx)
	s.Close()
	return err
}

// Close closes all listeners and connections, cancels the renewals and waits for them to return. A
// closed server rejects every request. Closing it again does nothing.
func (s *Server) Close() {
	s.stop()
	_ = s.http.Close()
	for _, p := range s.profiles {
		p.held.close()
	}
	s.renewals.Wait()
}

// connLimit bounds the number of connections. To admit a new one, it closes the one that has been
// quiet for longest, so that idle connections lock nobody out.
type connLimit struct {
	most int

	mu    sync.Mutex
	quiet list.List // of net.Conn without a request, the longest quiet first
	place map[net.Conn]*list.Element
	open  int
}

// note is the ConnState hook of an http.Server.
func (l *connLimit) note(c net.Conn, state http.ConnState) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.place == nil {
		l.place = map[net.Conn]*list.Element{}
	}
	switch state {
	case http.StateNew:
		l.open++
		l.place[c] = l.quiet.PushBack(c)
		if l.open > l.most {
			l.drop()
		}
	case http.StateIdle:
		l.place[c] = l.quiet.PushBack(c)
	case http.StateActive:
		l.unlist(c)
	case http.StateClosed, http.StateHijacked:
		l.unlist(c)
		l.open--
	}
}

// closeQuiet closes the connections that have no request in progress.
func (l *connLimit) closeQuiet() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.quiet.Len() > 0 {
		l.drop()
	}
}

// drop closes the connection that has been quiet for longest: the new one if all others are busy.
// StateClosed follows.
func (l *connLimit) drop() {
	if front := l.quiet.Front(); front != nil {
		c := front.Value.(net.Conn)
		l.unlist(c)
		_ = c.Close()
	}
}

func (l *connLimit) unlist(c net.Conn) {
	if e := l.place[c]; e != nil {
		l.quiet.Remove(e)
		delete(l.place, c)
	}
}
