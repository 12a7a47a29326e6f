package idctest

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Fault makes a request fail. If Status, Code, Message, Body, Cut and Hang are zero, only Header, Delay and Until apply.
type Fault struct {
	// Status is the HTTP status of the response. Zero means the status of Code (400 for an unknown code), or
	// else 200 with a Body, or else 500.
	Status int

	// Code is the error code, such as "TooManyRequestsException". The response is an error of that type in the
	// format of the operation's service. Without Code, Message and Body, the response has no body.
	Code string

	// Message is the error message, or the error_description of an OIDC error.
	Message string

	// Header is added to the response. It overrides the server's headers.
	Header http.Header

	// Body replaces the JSON of Code and Message. Empty but not nil sends no bytes.
	Body []byte

	// Cut closes the connection without a response or, with a Body, in the middle of the body. A net/http client
	// retries a GET if a reused connection is closed without a response; a Body prevents that.
	Cut bool

	// Hang sends no response until the client gives up or the server is closed.
	Hang bool

	// Delay delays the response, in addition to Options.Latency.
	Delay time.Duration

	// Until delays the response until the channel is closed, so that a test can act during a request. It adds to Delay.
	// Nil means no delay.
	Until <-chan struct{}

	// Times is the number of requests that fail. Zero means one, a negative number all.
	Times int

	// AfterEffect performs the operation before the response is replaced or lost. Otherwise the operation is
	// not performed.
	AfterEffect bool
}

// Fail makes the next f.Times requests for an operation fail. The operation is a [Request].Operation, or "" for any.
// An unknown operation fails the test, or panics if [Start] created the server. Faults for the same operation apply in
// the order of the calls.
func (s *Server) Fail(operation string, f Fault) {
	if operation != "" && !slices.Contains(operations(), operation) {
		s.misuse("idctest: add fault: no operation %q", operation)
	}
	s.faults.add(operation, f)
}

// ClearFaults removes all faults. It does not release requests that already hang.
func (s *Server) ClearFaults() { s.faults.clear() }

// replaces reports whether the fault replaces the operation's response.
func (f Fault) replaces() bool {
	return f.Status != 0 || f.Code != "" || f.Message != "" || f.Body != nil || f.Cut || f.Hang
}

func (f Fault) response(op string) response {
	var a response
	switch {
	case f.Body != nil:
		a.body = f.Body
		a.short = f.Cut
		a.setHeader("Content-Type", "application/json")
		if f.Code != "" {
			a.status = statusOf(f.Code)
			a.setHeader("X-Amzn-Errortype", f.Code)
		}
	case f.Code != "":
		a = errorResponse(op, f.Code, f.Message)
	case f.Message != "":
		a = jsonResponse(plainError{Message: f.Message})
		a.status = http.StatusInternalServerError
	}
	if f.Status != 0 {
		a.status = f.Status
	}
	return a
}

// waitUntil reports whether the connection and the server are still open once f.Until is closed.
func (f Fault) waitUntil(ctx context.Context) bool {
	if f.Until == nil {
		return true
	}
	select {
	case <-f.Until:
		return true
	case <-ctx.Done():
		return false
	}
}

func (f Fault) addHeader(a *response) {
	for key, values := range f.Header {
		a.setHeader(key, values...)
	}
}

type faults struct {
	mu   sync.Mutex
	list []*plannedFault
}

type plannedFault struct {
	operation string
	fault     Fault
	left      int // negative means forever
}

func (l *faults) add(operation string, f Fault) {
	f.Header = f.Header.Clone()
	f.Body = slices.Clone(f.Body)
	left := f.Times
	if left == 0 {
		left = 1
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.list = append(l.list, &plannedFault{operation: operation, fault: f, left: left})
}

// take returns the next fault for op, or the zero Fault.
func (l *faults) take(op string) Fault {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, p := range l.list {
		if p.operation != "" && p.operation != op {
			continue
		}
		if p.left > 0 {
			p.left--
		}
		if p.left == 0 {
			l.list = slices.Delete(l.list, i, i+1)
		}
		return p.fault
	}
	return Fault{}
}

func (l *faults) clear() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.list = nil
}
