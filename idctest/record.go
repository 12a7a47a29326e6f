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

// Request is a request that the server received. It prints its operation and status, and no secrets.
type Request struct {
	// Operation is the API name, such as "GetRoleCredentials" or "CreateTokenWithIAM", or "Authorize" or
	// "VerifyDevice" for the pages, or "Unknown".
	Operation string

	Method string
	Path   string
	Query  url.Values
	Header http.Header
	Body   []byte
	Time   time.Time // arrival time by the server's clock
	Status int       // status of the response; 0 without a response
}

// String returns the operation, method, path and status.
func (r Request) String() string {
	return fmt.Sprintf("%s %s %s %d", r.Operation, r.Method, r.Path, r.Status)
}

// Format prints the String, for every verb.
func (r Request) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, r.String()) }

// LogValue returns the String.
func (r Request) LogValue() slog.Value { return slog.StringValue(r.String()) }

// MarshalText returns the String.
func (r Request) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

func (r Request) clone() Request {
	r.Query = url.Values(http.Header(r.Query).Clone())
	r.Header = r.Header.Clone()
	r.Body = slices.Clone(r.Body)
	return r
}

// Requests returns copies of all requests so far, in order of arrival.
func (s *Server) Requests() []Request { return s.record.all() }

// Count returns the number of requests for an operation so far, with or without a response. The operation is a
// [Request].Operation, or "" for all. An unknown operation fails the test, or panics if [Start] created the server.
func (s *Server) Count(operation string) int {
	if operation != "" && !slices.Contains(operations(), operation) {
		s.misuse("idctest: count requests: no operation %q", operation)
	}
	return s.record.count(operation)
}

// ResetRequests clears the requests that Requests and Count report.
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

func (l *record) responded(r *Request, status int) {
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
