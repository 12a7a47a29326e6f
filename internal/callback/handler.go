package callback

import (
	"net"
	"net/http"
	"strconv"
)

// Pages that the browser is redirected to, so that the code does not stay in the address bar.
const (
	donePath   = "/done"
	failedPath = "/failed"
)

// ServeHTTP handles a request. Only a GET of [Path] with the expected Host and state is the
// authorization response; other requests do not affect the sign-in.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := r.URL.EscapedPath()
	switch {
	case r.Host != s.host: // DNS rebinding: another name that resolves to this address
		send(w, http.StatusMisdirectedRequest, notHere)
	case r.Method != http.MethodGet:
		w.Header().Set("Allow", http.MethodGet)
		send(w, http.StatusMethodNotAllowed, notHere)
	case path == Path:
		s.serveCallback(w, r)
	case path != "" && path == s.resultPath():
		s.serveResult(w, r)
	default:
		send(w, http.StatusNotFound, notHere)
	}
}

// serveCallback responds once the code has been exchanged, or the exchange has failed.
func (s *Server) serveCallback(w http.ResponseWriter, r *http.Request) {
	resp, err := parse(r.URL.RawQuery)
	if err == nil && s.expects(resp) {
		err = s.checkUser(r)
	}
	if err == nil {
		resp.browser = true
		err = s.take(resp)
	}
	if err != nil {
		send(w, http.StatusBadRequest, notThisSignIn)
		return
	}
	s.conns.keep(r)
	select {
	case <-r.Context().Done():
	case <-s.finished:
		w.Header().Set("Location", s.resultPath())
		send(w, http.StatusSeeOther, notHere)
	}
}

// checkUser returns an error if another user has sent the request.
func (s *Server) checkUser(r *http.Request) error {
	conn, ok := r.Context().Value(connKey{}).(net.Conn)
	if ok && s.fromOtherUser(conn) {
		return errOtherUser
	}
	return nil
}

// resultPath returns the path of the result page, or "" before there is a result.
func (s *Server) resultPath() string {
	select {
	case <-s.finished:
	default:
		return ""
	}
	if s.outcome != nil {
		return failedPath
	}
	return donePath
}

func (s *Server) serveResult(w http.ResponseWriter, r *http.Request) {
	s.conns.keep(r)
	if s.outcome != nil {
		send(w, http.StatusOK, failure(s.session, s.outcome))
	} else {
		send(w, http.StatusOK, success(s.session))
	}
	s.shownOnce.Do(func() { close(s.shown) })
}

// send writes and flushes a page, since the server may be closed right after.
func send(w http.ResponseWriter, status int, p page) {
	body := p.html()
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("Content-Security-Policy", contentSecurityPolicy())
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	w.WriteHeader(status)
	_, _ = w.Write(body) // the browser may be gone
	_ = http.NewResponseController(w).Flush()
}
