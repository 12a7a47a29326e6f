package idctest

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"
)

// Request is a request the server received. Printing one shows its operation and status, and none
// of the secrets in its query, header and body.
type Request struct {
	// Operation is the name the API gives it, such as "GetRoleCredentials" or "CreateTokenWithIAM";
	// "Authorize" and "VerifyDevice" for the pages of the two kinds of sign-in; "Unknown" for all
	// else.
	Operation string

	Method string
	Path   string
	Query  url.Values
	Header http.Header
	Body   []byte
	Time   time.Time // when it arrived, by the server's clock
	Status int       // of the answer; 0 while, and if, there is none
}

// String is the operation, method, path and status.
func (r Request) String() string {
	return fmt.Sprintf("%s %s %s %d", r.Operation, r.Method, r.Path, r.Status)
}

// Format prints what String returns, whatever the verb.
func (r Request) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, r.String()) }

// LogValue is what String returns.
func (r Request) LogValue() slog.Value { return slog.StringValue(r.String()) }

// MarshalText is what String returns, for JSON and every other encoding.
func (r Request) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

func (r Request) clone() Request {
	r.Query = url.Values(http.Header(r.Query).Clone())
	r.Header = r.Header.Clone()
	r.Body = slices.Clone(r.Body)
	return r
}

// Requests returns every request so far, in the order they arrived. The copies are the caller's.
func (s *Server) Requests() []Request { return s.record.all() }

// Count returns how many requests for an operation have arrived, answered or not; "" counts all of
// them. The names are those of [Request].Operation; another name fails the test, or panics if the
// server was made by [Start].
func (s *Server) Count(operation string) int {
	if operation != "" && !slices.Contains(operations(), operation) {
		s.misuse("idctest: count requests: no operation %q", operation)
	}
	return s.record.count(operation)
}

// ResetRequests forgets the requests so far: Requests and Count begin again at none.
func (s *Server) ResetRequests() { s.record.reset() }

type record struct {
	mu       sync.Mutex
	requests []*Request
}

func (l *record) add(c *call) *Request {
	r := &Request{
		Operation: c.op,
		Method:    c.Method,
		Path:      c.URL.Path,
		Query:     c.URL.Query(),
		Header:    c.Header.Clone(),
		Body:      c.body,
		Time:      c.now,
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.requests = append(l.requests, r)
	return r
}

func (l *record) answered(r *Request, status int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	r.Status = status
}

func (l *record) all() []Request {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := make([]Request, 0, len(l.requests))
	for _, r := range l.requests {
		all = append(all, r.clone())
	}
	return all
}

func (l *record) count(operation string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for _, r := range l.requests {
		if operation == "" || r.Operation == operation {
			n++
		}
	}
	return n
}

func (l *record) reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.requests = nil
}
