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
	writeTimeout  = requestTimeout + 5*time.Second
	maxHeader     = 8 << 10

	// maxConnections exceeds what the clients on a machine need.
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
		DisableGeneralOptionsHandler: true, // it would bypass the checks
		ConnState:                    s.connections.note,
		ErrorLog:                     slog.NewLogLogger(s.opts.Logger.Handler(), slog.LevelWarn),
	}
}

// Serve serves connections from l until the server is closed, and then returns nil. It closes l. It may
// be called for several listeners.
func (s *Server) Serve(l net.Listener) error {
	if err := s.http.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// Shutdown closes the server after the requests in progress, or when ctx is done. Then it returns ctx's
// error.
func (s *Server) Shutdown(ctx context.Context) error {
	s.connections.closeIdle() // http.Server.Shutdown waits five seconds for them
	err := s.http.Shutdown(ctx)
	s.Close()
	return err
}

// Close closes all listeners and connections, cancels renewals and waits for them to return. It may be
// called more than once.
func (s *Server) Close() {
	s.stop()
	_ = s.http.Close()
	for _, p := range s.profiles {
		p.held.close()
	}
	s.renewals.Wait()
}

// connLimit limits the number of connections. To accept a new one, it closes the connection that has
// been idle the longest.
type connLimit struct {
	max int

	mu    sync.Mutex
	idle  list.List // of net.Conn without a request, longest idle first
	place map[net.Conn]*list.Element
	open  int
}

// note is the ConnState callback of an http.Server.
func (l *connLimit) note(c net.Conn, state http.ConnState) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.place == nil {
		l.place = map[net.Conn]*list.Element{}
	}
	switch state {
	case http.StateNew:
		l.open++
		l.place[c] = l.idle.PushBack(c)
		if l.open > l.max {
			l.drop()
		}
	case http.StateIdle:
		l.place[c] = l.idle.PushBack(c)
	case http.StateActive:
		l.unlist(c)
	case http.StateClosed, http.StateHijacked:
		l.unlist(c)
		l.open--
	}
}

// closeIdle closes the connections without a request in progress.
func (l *connLimit) closeIdle() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.idle.Len() > 0 {
		l.drop()
	}
}

// drop closes the connection that has been idle the longest, which may be the new one. StateClosed
// follows.
func (l *connLimit) drop() {
	if front := l.idle.Front(); front != nil {
		c := front.Value.(net.Conn)
		l.unlist(c)
		_ = c.Close()
	}
}

func (l *connLimit) unlist(c net.Conn) {
	if e := l.place[c]; e != nil {
		l.idle.Remove(e)
		delete(l.place, c)
	}
}
