// Package resttest helps the tests of the AWS clients: a server that records, and the wire snapshots
// that the SDK's modules ship.
package resttest

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/latchkey-sso/latchkey/internal/filetest"
)

// Request is a request as the server got it.
type Request struct {
	Method string
	URI    string
	Header http.Header
	Body   string
}

// Server answers every request with its handler, and keeps the requests.
type Server struct {
	*httptest.Server
	mu       sync.Mutex
	requests []Request
}

// NewServer starts a server that lives as long as the test. The handler sees the body still unread,
// and n, which counts the requests from 1.
func NewServer(tb testing.TB, handler func(w http.ResponseWriter, r *http.Request, n int)) *Server {
	tb.Helper()
	s := &Server{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, err := s.record(r)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		handler(w, r, n)
	}))
	tb.Cleanup(s.Close)
	return s
}

// Reply returns a handler that gives the same answer each time.
func Reply(status int, body string, header ...string) func(http.ResponseWriter, *http.Request, int) {
	return func(w http.ResponseWriter, _ *http.Request, _ int) {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func (s *Server) record(r *http.Request) (int, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return 0, err
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, Request{r.Method, r.RequestURI, r.Header.Clone(), string(body)})
	return len(s.requests), nil
}

// Requests returns what the server got so far.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Request(nil), s.requests...)
}

// Reset forgets the requests, and counts from 1 again.
func (s *Server) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = nil
}

// Snapshot is one of the SDK's files: a request (its first line) or a response (its status).
type Snapshot struct {
	Name   string // of the operation or error
	First  string
	Header http.Header
	Body   string
}

// Status returns the status of a response.
func (s Snapshot) Status() int {
	n, _ := strconv.Atoi(s.First)
	return n
}

// Snapshots reads the files of one kind ("request.snap", "response.snap", "error.snap") that the
// module ships. That there are none fails the test.
func Snapshots(tb testing.TB, module, kind string) []Snapshot {
	tb.Helper()
	filetest.SkipUnderWine(tb, "go command")
	list := exec.CommandContext(tb.Context(), "go", "list", "-m", "-f", "{{.Dir}}", module) //nolint:gosec // a constant of the test
	out, err := list.Output()
	if err != nil {
		tb.Fatalf("find module %s: %v", module, err)
	}
	dir := map[bool]string{true: "request_snapshot", false: "response_snapshot"}[kind == "request.snap"]
	files, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(out)), dir, "*."+kind))
	if err != nil || len(files) == 0 {
		tb.Fatalf("no %s in module %s (%v)", kind, module, err)
	}
	snapshots := make([]Snapshot, 0, len(files))
	for _, file := range files {
		data, err := os.ReadFile(file) //nolint:gosec // a file of the module cache
		if err != nil {
			tb.Fatal(err)
		}
		snapshots = append(snapshots, parse(tb, strings.TrimSuffix(filepath.Base(file), "."+kind), string(data)))
	}
	return snapshots
}

// parse reads: first line, empty line or headers, empty line, body. Responses have their headers
// right after the status.
func parse(tb testing.TB, name, data string) Snapshot {
	tb.Helper()
	first, rest, _ := strings.Cut(data, "\n")
	s := Snapshot{Name: name, First: first, Header: http.Header{}}
	rest = strings.TrimPrefix(rest, "\n")
	for {
		line, after, found := strings.Cut(rest, "\n")
		if line == "" || !found {
			s.Body = after
			return s
		}
		key, value, ok := strings.Cut(line, ": ")
		if !ok {
			tb.Fatalf("snapshot %s: not a header: %q", name, line)
		}
		s.Header.Add(key, value)
		rest = after
	}
}

// Bench runs a benchmark of a call.
func Bench(b *testing.B, name string, call func(context.Context) error) {
	b.Helper()
	b.Run(name, func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := call(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
	})
}
