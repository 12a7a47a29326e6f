package credserver

import (
	"context"
	"crypto/sha256"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	// pathPrefix precedes the name of a profile.
	pathPrefix = "/profiles/"

	// requestTimeout limits how long a request waits for credentials that are not in memory.
	requestTimeout = 25 * time.Second

	// maxToken limits the Authorization header, in bytes.
	maxToken = 256

	// maxLoggedPath limits a path in the log, in bytes.
	maxLoggedPath = 200
)

// ServeHTTP responds to a GET of a profile's path with its credentials if the request has the
// profile's token. The package comment lists the requests it rejects.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p, res := s.respond(r)
	res.write(w)
	s.audit(r, p, res)
}

// respond returns the response, and the profile that the token belongs to; nil if the token is
// invalid.
func (s *Server) respond(r *http.Request) (*served, response) {
	if res := s.checkOrigin(r); res.status != 0 {
		return nil, res
	}
	if secret, rest, ok := imdsRequest(r); ok {
		return s.respondIMDS(r, secret, rest)
	}
	if r.Method != http.MethodGet {
		res := errorResponse(http.StatusMethodNotAllowed, CodeInvalidRequest, "only GET is allowed")
		res.headers = []string{"Allow", http.MethodGet}
		return nil, res
	}
	p, res := s.authorize(r)
	if res.status != 0 {
		return p, res
	}
	creds, err := p.credentials(r.Context())
	if err != nil {
		return p, s.failure(err)
	}
	return p, response{status: http.StatusOK, body: creds.body}
}

// credentials returns the credentials of a profile for one request.
func (p *served) credentials(ctx context.Context) (*issued, error) {
	if c := p.held.valid(); c != nil { //nolint:contextcheck // a renewal outlives the request
		return c, nil
	}
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	return p.held.get(ctx)
}

// authorize returns the profile in the path and a zero response if the token is valid for it.
func (s *Server) authorize(r *http.Request) (*served, response) {
	now := s.opts.Now()
	sum, ok := tokenSum(r.Header)
	if !ok {
		return nil, errorResponse(http.StatusUnauthorized, CodeUnauthorized, "the Authorization header must contain the token of the profile")
	}
	if name, found := strings.CutPrefix(r.URL.Path, pathPrefix); found {
		if p := s.profiles[name]; p != nil && p.key.accepts(sum, now) {
			return p, response{}
		}
	}
	for _, p := range s.profiles {
		if p.key.accepts(sum, now) {
			return p, errorResponse(http.StatusForbidden, CodeAccessDenied, "the token is valid only for "+s.Path(p.Name))
		}
	}
	return nil, errorResponse(http.StatusUnauthorized, CodeUnauthorized, "the token is invalid or has been rotated")
}

// tokenSum returns the SHA-256 of the token in a request. ok is false if the header is missing,
// empty, oversized or repeated.
func tokenSum(h http.Header) (sum [sha256.Size]byte, ok bool) {
	values := h["Authorization"]
	if len(values) != 1 || values[0] == "" || len(values[0]) > maxToken {
		return sum, false
	}
	token := values[0]
	if scheme, rest, found := strings.Cut(token, " "); found && strings.EqualFold(scheme, "Bearer") {
		token = rest
	}
	return sha256.Sum256([]byte(token)), true
}

// rejectedHeaders are headers that browsers or proxies add and web pages cannot remove.
var rejectedHeaders = []string{"Origin", "Referer", "X-Forwarded-For", "X-Forwarded-Host", "Forwarded", "Via"}

// checkOrigin rejects requests from browsers and proxies, and requests for other hosts. It returns a
// zero response for any other request.
func (s *Server) checkOrigin(r *http.Request) response {
	for _, name := range rejectedHeaders {
		if _, found := r.Header[name]; found {
			return errorResponse(http.StatusForbidden, CodeAccessDenied, "requests with header "+name+" are rejected")
		}
	}
	for name := range r.Header {
		if strings.HasPrefix(name, "Sec-") {
			return errorResponse(http.StatusForbidden, CodeAccessDenied, "requests from browsers are rejected")
		}
	}
	if !s.servesHost(r) {
		return errorResponse(http.StatusForbidden, CodeAccessDenied, "the Host header is not an address of this server")
	}
	if r.ContentLength != 0 {
		return errorResponse(http.StatusBadRequest, CodeInvalidRequest, "requests with a body are rejected")
	}
	return response{}
}

// servesHost reports whether the Host header is an address of the server. After DNS rebinding, it is
// the web page's host.
func (s *Server) servesHost(r *http.Request) bool {
	host, port := splitHost(r.Host)
	if slices.ContainsFunc(s.opts.Hosts, func(allowed string) bool {
		return host != "" && (strings.EqualFold(r.Host, allowed) || strings.EqualFold(host, allowed))
	}) {
		return true
	}
	ip, err := netip.ParseAddr(host)
	loopback := strings.EqualFold(host, "localhost") || err == nil && (ip == loopback4 || ip == loopback6)
	switch local := r.Context().Value(http.LocalAddrContextKey).(type) {
	case *net.TCPAddr:
		here := err == nil && ip.Unmap() == local.AddrPort().Addr().Unmap().WithZone("")
		return (loopback || here) && port == strconv.Itoa(local.Port)
	case *net.UnixAddr:
		return loopback // the port is the forwarder's
	default:
		return loopback // an http.Server that does not report its address
	}
}

var (
	loopback4 = netip.AddrFrom4([4]byte{127, 0, 0, 1})
	loopback6 = netip.IPv6Loopback()
)

// splitHost splits a Host header into the host, without IPv6 brackets, and the port, by default 80.
func splitHost(hostport string) (host, port string) {
	host, port, err := net.SplitHostPort(hostport)
	if err != nil {
		host, port = hostport, "80"
		if bare, ok := strings.CutPrefix(host, "["); ok {
			host = strings.TrimSuffix(bare, "]")
		}
	}
	return host, port
}

func (s *Server) audit(r *http.Request, p *served, res response) {
	level := slog.LevelInfo
	if res.code != "" {
		level = slog.LevelWarn
	}
	if !s.opts.Logger.Enabled(r.Context(), level) {
		return
	}
	var profile, role string
	if p != nil {
		profile, role = p.Name, p.Role
	}
	attrs := [...]slog.Attr{
		slog.String("method", r.Method),
		slog.String("path", loggedPath(r.URL.Path)),
		slog.String("profile", profile),
		slog.String("role", role),
		slog.Int("status", res.status),
		slog.String("outcome", res.outcome()),
		slog.String("reason", res.message),
		slog.String("remote", r.RemoteAddr),
	}
	s.opts.Logger.LogAttrs(context.WithoutCancel(r.Context()), level, "request", attrs[:]...)
}

// loggedPath returns path without the IMDS secret, and truncated.
func loggedPath(path string) string {
	if rest, ok := strings.CutPrefix(path, imdsPrefix); ok {
		_, rest, _ = strings.Cut(rest, "/")
		path = imdsPrefix + "[redacted]/" + rest
	}
	if len(path) > maxLoggedPath {
		path = path[:maxLoggedPath] + "..."
	}
	return path
}
