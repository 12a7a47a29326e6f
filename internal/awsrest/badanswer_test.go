package awsrest_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/logging"

	"github.com/latchkey-sso/latchkey/internal/awsrest/resttest"
)

// deep is nested further than any reader can be asked to follow: encoding/json stops at 10,000.
const deep = 100_000

// badAnswers are bodies of status 200 that no operation can use. None may show in an error.
func badAnswers() map[string]struct{ body, header, wantErr string } {
	utf16LE := func(text string) string {
		var b strings.Builder
		for _, u := range utf16.Encode([]rune("\uFEFF" + text)) {
			b.Write([]byte{byte(u), byte(u >> 8)})
		}
		return b.String()
	}
	return map[string]struct{ body, header, wantErr string }{
		"lists to no end":         {strings.Repeat("[", deep), "", "invalid JSON at byte"},
		"lists within lists":      {`{"x":` + strings.Repeat("[", deep) + strings.Repeat("]", deep) + `}`, "", "invalid JSON at byte"},
		"objects within objects":  {strings.Repeat(`{"x":`, deep) + "1" + strings.Repeat("}", deep), "", "invalid JSON at byte"},
		"UTF-16":                  {utf16LE(`{"accessToken":"SECRET"}`), "", "invalid JSON at byte 1 of"},
		"Latin-1":                 {"{\"x\":\"caf\xe9\"}", "", "body is not UTF-8"},
		"Latin-1 in a name":       {"{\"caf\xe9\":\"\"}", "", "body is not UTF-8"},
		"surrogates as UTF-8":     {"{\"x\":\"\xed\xa0\x80\"}", "", "body is not UTF-8"},
		"gzip in name only":       {`{"accessToken":"SECRET"}`, "gzip", "gzip: invalid header"},
		"gzip, but cut":           {compressed(`{"accessToken":"SECRET"}`)[:20], "gzip", "unexpected EOF"},
		"gzip, but not said":      {compressed(`{"accessToken":"SECRET"}`), "", "invalid JSON at byte 1 of"},
		"gzip of 8 MB":            {compressed(strings.Repeat(" ", 8<<20)), "gzip", "response is larger than 1 MiB"},
		"an encoding never heard": {"\x1b\x00", "br", "invalid JSON at byte 1 of"},
		"a byte over the limit":   {`{"x":"` + strings.Repeat("x", 1<<20-7) + `"}`, "", "response is larger than 1 MiB"},
	}
}

func compressed(text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = io.WriteString(w, text) // to memory
	_ = w.Close()
	return b.String()
}

// readsAnswers are the operations whose answer has a body worth reading: all but Logout.
func readsAnswers() []string {
	var operations []string
	for operation := range answers() {
		if operation != "Logout" {
			operations = append(operations, operation)
		}
	}
	return operations
}

// TestBadAnswers holds that an answer nobody can read is an error that names the operation, with
// logging of everything on and off.
func TestBadAnswers(t *testing.T) {
	for name, tt := range badAnswers() {
		t.Run(name, func(t *testing.T) {
			server := resttest.NewServer(t, resttest.Reply(http.StatusOK, tt.body, "Content-Encoding", tt.header))
			for _, mode := range []aws.ClientLogMode{0, everything} {
				var log strings.Builder
				logger := logging.LoggerFunc(func(_ logging.Classification, _ string, v ...any) {
					for _, text := range v {
						if s, ok := text.(string); ok {
							log.WriteString(s)
						}
					}
				})
				clients := clientsOf(server.URL, nil, logger, mode)
				for _, operation := range readsAnswers() {
					_, err := resttest.Call(t.Context(), t, clients[operation], operation, resttest.FillSnapshot)
					checkBadAnswer(t, err, operation, tt.wantErr)
				}
				if strings.Contains(log.String(), "SECRET") {
					t.Error("the body is in the log")
				}
			}
		})
	}
}

func checkBadAnswer(t *testing.T, err error, operation, want string) {
	t.Helper()
	var unreadable *smithy.DeserializationError
	var op *smithy.OperationError
	if !errors.As(err, &unreadable) || !errors.As(err, &op) || op.Operation() != operation {
		t.Errorf("%s: error %v", operation, err)
		return
	}
	if !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "SECRET") {
		t.Errorf("%s: error %v, want %s", operation, err, want)
	}
	if len(err.Error()) > 500 || len(unreadable.Snapshot) > 0 {
		t.Errorf("%s: the error holds the body", operation)
	}
}

// TestBadErrors holds that a failed call stays one, and keeps its code, if what the answer says
// about it cannot be read.
func TestBadErrors(t *testing.T) {
	for name, tt := range badAnswers() {
		t.Run(name, func(t *testing.T) {
			server := resttest.NewServer(t, resttest.Reply(http.StatusBadRequest, tt.body, "Content-Encoding", tt.header, "X-Amzn-ErrorType", "InvalidRequestException"))
			for operation, client := range clientsOf(server.URL, nil, nil, 0) {
				_, err := resttest.Call(t.Context(), t, client, operation, resttest.FillSnapshot)
				var api smithy.APIError
				if !errors.As(err, &api) || api.ErrorCode() != "InvalidRequestException" || strings.Contains(err.Error(), "SECRET") {
					t.Errorf("%s: error %v", operation, err)
				}
			}
		})
	}
}

// TestLargestAnswer holds that the limit itself is still read.
func TestLargestAnswer(t *testing.T) {
	body := `{"x":"` + strings.Repeat("x", 1<<20-8) + `"}`
	server := resttest.NewServer(t, resttest.Reply(http.StatusOK, body))
	if _, err := resttest.Call(t.Context(), t, clientsOf(server.URL, nil, nil, 0)["ListAccounts"], "ListAccounts", resttest.FillSnapshot); err != nil {
		t.Error(err)
	}
}

// TestCompressedAnswer holds that an answer which is compressed and says so is read.
func TestCompressedAnswer(t *testing.T) {
	server := resttest.NewServer(t, resttest.Reply(http.StatusOK, compressed(`{"nextToken":"n"}`), "Content-Encoding", "gzip"))
	out, err := resttest.Call(t.Context(), t, clientsOf(server.URL, nil, nil, 0)["ListAccounts"], "ListAccounts", resttest.FillSnapshot)
	if err != nil || resttest.Members(out)[".NextToken"] != "n" {
		t.Errorf("output %v, error %v", out, err)
	}
}

// endless is a body that has no end, and counts what is taken of it.
type endless struct {
	taken  int
	closed bool
}

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	e.taken += len(p)
	return len(p), nil
}

func (e *endless) Close() error {
	e.closed = true
	return nil
}

// TestEndlessAnswer holds that no more of an answer is taken into memory than the limit, whatever
// the status and the log mode.
func TestEndlessAnswer(t *testing.T) {
	for _, status := range []int{http.StatusOK, http.StatusFound, http.StatusBadRequest, http.StatusBadGateway} {
		for _, mode := range []aws.ClientLogMode{0, everything} {
			var bodies []*endless
			client := answerFunc(func(r *http.Request) (*http.Response, error) {
				body := &endless{}
				bodies = append(bodies, body)
				return &http.Response{StatusCode: status, Header: http.Header{}, Body: body, Request: r}, nil
			})
			for operation, client := range clientsOf("http://h", client, logging.Nop{}, mode) {
				_, err := resttest.Call(t.Context(), t, client, operation, resttest.FillSnapshot)
				if unread := operation == "Logout" && status == http.StatusOK; unread != (err == nil) {
					t.Errorf("%d: %s: error %v", status, operation, err)
				}
			}
			for _, body := range bodies {
				if body.taken > 1<<20+1 || !body.closed {
					t.Errorf("%d: %d bytes taken, closed %v", status, body.taken, body.closed)
				}
			}
		}
	}
}

type answerFunc func(*http.Request) (*http.Response, error)

func (f answerFunc) Do(r *http.Request) (*http.Response, error) { return f(r) }

// dribble is a body that comes in drops for as long as its request lives.
type dribble struct {
	endless
	ctx   context.Context //nolint:containedctx // the request's, as net/http keeps it
	drops int
	stop  func()
}

func (d *dribble) Read(p []byte) (int, error) {
	if d.drops++; d.drops > 3 {
		d.stop()
		<-d.ctx.Done()
		return 0, d.ctx.Err()
	}
	return d.endless.Read(p[:1])
}

// TestSlowAnswer holds that a body which comes in drops ends with the caller's context: with its
// error and what the status says, and after one request.
func TestSlowAnswer(t *testing.T) {
	for _, status := range []int{http.StatusOK, http.StatusBadRequest, http.StatusBadGateway} {
		for _, operation := range readsAnswers() {
			for _, mode := range []aws.ClientLogMode{0, everything} {
				var bodies []*dribble
				ctx, cancel := context.WithCancel(t.Context())
				h := answerFunc(func(r *http.Request) (*http.Response, error) {
					bodies = append(bodies, &dribble{ctx: r.Context(), stop: cancel})
					return &http.Response{StatusCode: status, Header: http.Header{}, Body: bodies[len(bodies)-1], Request: r}, nil
				})
				_, err := resttest.Call(ctx, t, clientsOf("http://h", h, logging.Nop{}, mode)[operation], operation, resttest.FillSnapshot)
				checkStopped(t, err, status, operation)
				if len(bodies) != 1 || !bodies[0].closed {
					t.Errorf("%d: %s: %d requests", status, operation, len(bodies))
				}
			}
		}
	}
}

func checkStopped(t *testing.T, err error, status int, operation string) {
	t.Helper()
	var op *smithy.OperationError
	var api smithy.APIError
	if !errors.Is(err, context.Canceled) || !errors.As(err, &op) || op.Operation() != operation || errors.As(err, &api) != (status != http.StatusOK) {
		t.Errorf("%d: %s: error %v", status, operation, err)
	}
}

// TestSlowConnection holds, on a real connection, that one whose answer nobody waits for any more is
// closed.
func TestSlowConnection(t *testing.T) {
	for _, operation := range []string{"GetRoleCredentials", "ListAccounts", "ListAccountRoles"} {
		ctx, cancel := context.WithCancel(t.Context())
		gone := make(chan struct{})
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, " ")
			_ = http.NewResponseController(w).Flush()
			cancel()
			<-r.Context().Done()
			close(gone)
		}))
		t.Cleanup(server.Close)
		_, err := resttest.Call(ctx, t, clientsOf(server.URL, nil, nil, 0)[operation], operation, resttest.FillSnapshot)
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: error %v", operation, err)
		}
		<-gone
	}
}

// TestCutAnswer holds that an answer whose connection ends too soon is an error that says so. One
// that was read from a request that may be repeated could be asked for again; one that spent a
// refresh token not: TestLostAnswer.
func TestCutAnswer(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Length", "1000")
		_, _ = io.WriteString(w, `{"accessToken":"SECRET`)
	}))
	t.Cleanup(server.Close)
	clients := clientsOf(server.URL, nil, nil, 0)
	for _, operation := range readsAnswers() {
		_, err := resttest.Call(t.Context(), t, clients[operation], operation, resttest.FillSnapshot)
		checkBadAnswer(t, err, operation, "unexpected EOF")
		if !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%s: error %v", operation, err)
		}
	}
}
