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
	// pathPrefix is what comes before the name of a profile.
	pathPrefix = "/profiles/"

	// patience is how long a client waits at most for credentials that are not in memory.
	patience = 25 * time.Second

	// longestToken bounds what is taken for a token.
	longestToken = 256

	// longestPath bounds what is logged of a path.
	longestPath = 200
)

// ServeHTTP responds to one request: GET of the path of a profile with its token. See the
// package comment for what it refuses.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p, res := s.respond(r)
	res.write(w)
	s.audit(r, p, res)
}

// respond returns the response, and the profile whose token the request has, if any.
func (s *Server) respond(r *http.Request) (*served, response) {
	if res := s.checkOrigin(r); res.status != 0 {
		return nil, res
	}
	if secret, rest, ok := imdsRequest(r); ok {
		return s.respondIMDS(r, secret, rest)
	}
	if r.Method != http.MethodGet {
		res := refuse(http.StatusMethodNotAllowed, CodeInvalidRequest, "only GET is served")
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
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return p.held.get(ctx)
}

// authorize returns the profile of the path if the token is that of the profile.
func (s *Server) authorize(r *http.Request) (*served, response) {
	now := s.opts.Now()
	sum, ok := presented(r.Header)
	if !ok {
		return nil, refuse(http.StatusUnauthorized, CodeUnauthorized, "the request needs the token of the profile in one Authorization header")
	}
	if name, found := strings.CutPrefix(r.URL.Path, pathPrefix); found {
		if p := s.profiles[name]; p != nil && p.key.opens(sum, now) {
			return p, response{}
		}
	}
	for _, p := range s.profiles {
		if p.key.opens(sum, now) {
			return p, refuse(http.StatusForbidden, CodeAccessDenied, "the token is for the profile at "+s.Path(p.Name)+" only")
		}
	}
	return nil, refuse(http.StatusUnauthorized, CodeUnauthorized, "the token is wrong, or was replaced by a new one")
}

// presented returns the sum of the token in a request.
func presented(h http.Header) (sum [sha256.Size]byte, ok bool) {
	values := h["Authorization"]
	if len(values) != 1 || values[0] == "" || len(values[0]) > longestToken {
		return sum, false
	}
	token := values[0]
	if scheme, rest, found := strings.Cut(token, " "); found && strings.EqualFold(scheme, "Bearer") {
		token = rest
	}
	return sha256.Sum256([]byte(token)), true
}

// telltales are headers of a request that did not come straight from a program: browsers add
// them and pages cannot take them away, proxies add the others.
var telltales = []string{"Origin", "Referer", "X-Forwarded-For", "X-Forwarded-Host", "Forwarded", "Via"}

// checkOrigin returns the refusal of a request that a browser or a proxy sent, or that is for
// another host; the zero response for any other.
func (s *Server) checkOrigin(r *http.Request) response {
	for _, name := range telltales {
		if _, found := r.Header[name]; found {
			return refuse(http.StatusForbidden, CodeAccessDenied, "requests with "+name+" are refused")
		}
	}
	for name := range r.Header {
		if strings.HasPrefix(name, "Sec-") {
			return refuse(http.StatusForbidden, CodeAccessDenied, "requests of browsers are refused")
		}
	}
	if !s.servesHost(r) {
		return refuse(http.StatusForbidden, CodeAccessDenied, "the Host of the request is not one that is served here")
	}
	if r.ContentLength != 0 {
		return refuse(http.StatusBadRequest, CodeInvalidRequest, "requests with a body are refused")
	}
	return response{}
}

// servesHost reports whether the Host of a request is the address it came in at. A page whose name
// was pointed at this machine has its own name there.
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
		return loopback // the port is that of a forwarder
	default:
		return loopback // behind a server that is not net/http's
	}
}

var (
	loopback4 = netip.AddrFrom4([4]byte{127, 0, 0, 1})
	loopback6 = netip.IPv6Loopback()
)

// splitHost returns the host of a Host header, an IPv6 address without its brackets, and the
// port, which is 80 where there is none.
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

// audit records a request.
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
		slog.String("path", logged(r.URL.Path)),
		slog.String("profile", profile),
		slog.String("role", role),
		slog.Int("status", res.status),
		slog.String("outcome", res.outcome()),
		slog.String("reason", res.message),
		slog.String("remote", r.RemoteAddr),
	}
	s.opts.Logger.LogAttrs(context.WithoutCancel(r.Context()), level, "request", attrs[:]...)
}

// logged is a path as the log shows it: without the secret of IMDS, and not longer than need be.
func logged(path string) string {
	if rest, ok := strings.CutPrefix(path, imdsPrefix); ok {
		_, rest, _ = strings.Cut(rest, "/")
		path = imdsPrefix + "[redacted]/" + rest
	}
	if len(path) > longestPath {
		path = path[:longestPath] + "..."
	}
	return path
}
