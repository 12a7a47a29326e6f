package idctest

import (
	"net/http"
	"slices"
	"sync"
	"time"
)

// Fault is something that goes wrong with a request. A Fault that names no other answer (Status,
// Code, Message and Body are zero, and it neither cuts nor hangs) leaves the answer as it is, but
// for Header and Delay.
type Fault struct {
	// Status is the HTTP status of the answer. Zero means the status that goes with Code (400 for a
	// code the services do not model), else 200 with a Body, else 500.
	Status int

	// Code is the error code, such as "TooManyRequestsException": the answer is an error of that
	// type in the shape the operation's service gives it. With neither Code, Message nor Body the
	// answer is a bare status, without a body.
	Code string

	// Message is the error's text: message of the portal, error_description of the OIDC service.
	Message string

	// Header is added to the answer, over what the server itself would set.
	Header http.Header

	// Body is sent as it is in place of the JSON that Code and Message make. Empty but not nil sends
	// no bytes.
	Body []byte

	// Cut closes the connection instead of answering. With a Body the connection closes in the
	// middle: after the status, the headers, and a body announced as longer than it is. Mind that a
	// net/http client by itself sends a GET again when a connection it has used before is closed
	// without an answer; a Body prevents that.
	Cut bool

	// Hang never answers: the request ends when the client gives up or the server is closed.
	Hang bool

	// Delay holds the answer back, in addition to Options.Latency.
	Delay time.Duration

	// Times is how many requests it applies to. Zero means one, a negative number all of them.
	Times int

	// AfterEffect carries the operation out before its answer is replaced or lost, as when a network
	// breaks down on the way back. Without it the operation does not happen.
	AfterEffect bool
}

// Fail makes the next f.Times requests for an operation meet a fault. The names are those of
// [Request].Operation, "" meaning any; another name fails the test, or panics if the server was
// made by [Start]. Faults for one operation apply one after another, in the order of the calls.
func (s *Server) Fail(operation string, f Fault) {
	if operation != "" && !slices.Contains(operations(), operation) {
		s.misuse("idctest: add fault: no operation %q", operation)
	}
	s.faults.add(operation, f)
}

// ClearFaults ends all faults. Requests that hang already go on hanging.
func (s *Server) ClearFaults() { s.faults.clear() }

// replaces reports whether the client gets something else than the operation's own answer.
func (f Fault) replaces() bool {
	return f.Status != 0 || f.Code != "" || f.Message != "" || f.Body != nil || f.Cut || f.Hang
}

func (f Fault) answer(op string) answer {
	var a answer
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
		a = errorAnswer(op, f.Code, f.Message)
	case f.Message != "":
		a = jsonAnswer(plainError{Message: f.Message})
		a.status = http.StatusInternalServerError
	}
	if f.Status != 0 {
		a.status = f.Status
	}
	return a
}

func (f Fault) addHeader(a *answer) {
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
	left      int // negative: for ever
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

// take returns the fault a request for op meets, the zero Fault if none.
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
