package callback

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/internal/webtest"
)

// run is a server that waits for a response.
type run struct {
	*Server

	redeemed chan string   // each code that the server wanted exchanged
	release  chan struct{} // closed: the exchange may end
	result   chan error    // of Wait
	cancel   context.CancelFunc
}

// start makes the exchange fail with redeemErr, or succeed if that is nil. The functions
// change the server before it starts.
func start(t *testing.T, redeemErr error, edits ...func(*run)) *run {
	t.Helper()
	s, err := Listen(t.Context(), 0, "corp")
	if err != nil {
		t.Fatal(err)
	}
	s.linger = time.Hour // for browsers on a busy machine: each test loads the last page
	ctx, cancel := context.WithCancel(t.Context())
	r := &run{Server: s, redeemed: make(chan string, 10), release: make(chan struct{}), result: make(chan error, 1), cancel: cancel}
	if edits == nil {
		close(r.release)
	}
	for _, edit := range edits {
		edit(r)
	}
	go func() {
		r.result <- s.Wait(ctx, func(code string) error {
			r.redeemed <- code
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-r.release:
				return redeemErr
			}
		})
	}()
	t.Cleanup(func() {
		cancel()
		_ = s.Close()
	})
	return r
}

// held holds the exchange back until the test closes release.
func held(*run) {}

// reply is a response that was not followed if it was a redirect.
type reply struct {
	status int
	header http.Header
	body   string
}

func (r *run) address(query string) string { return r.RedirectURI() + "?" + query }

func (r *run) goodQuery() string {
	return url.Values{"code": {"the code"}, "state": {r.State()}}.Encode()
}

// get sends a request that edit may change.
func (r *run) get(t *testing.T, address string, edit func(*http.Request)) reply {
	t.Helper()
	a, err := r.try(t.Context(), address, edit)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func (*run) try(ctx context.Context, address string, edit func(*http.Request)) (reply, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return reply{}, err
	}
	if edit != nil {
		edit(req)
	}
	client := &http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	resp, err := client.Do(req)
	if err != nil {
		return reply{}, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return reply{status: resp.StatusCode, header: resp.Header, body: string(body)}, err
}

// browse does what a browser does: it follows redirects and returns the last page.
func (r *run) browse(t *testing.T, address string) (page reply, last *url.URL) {
	t.Helper()
	jar, _ := cookiejar.New(nil)
	client := &http.Client{Transport: &http.Transport{}, Jar: jar}
	defer client.CloseIdleConnections()
	resp, body := webtest.Get(t, client, address)
	return reply{status: resp.StatusCode, header: resp.Header, body: body}, resp.Request.URL
}

// finishes checks that the sign-in still goes through, and that the server stops.
func (r *run) finishes(t *testing.T) {
	t.Helper()
	page, last := r.browse(t, r.address(r.goodQuery()))
	if page.status != http.StatusOK || !strings.Contains(page.body, "You are signed in") || last.RequestURI() != donePath {
		t.Errorf("after the sign-in: %d %s\n%s", page.status, last, page.body)
	}
	if err := <-r.result; err != nil {
		t.Errorf("Wait: %v", err)
	}
	if code := <-r.redeemed; code != "the code" {
		t.Errorf("redeemed %q", code)
	}
	if n := len(r.redeemed); n != 0 {
		t.Errorf("%d more codes redeemed", n)
	}
	r.isStopped(t)
}

// isStopped checks that the listener is closed. A dial would not tell: another program may
// listen on the port by now.
func (r *run) isStopped(t *testing.T) {
	t.Helper()
	tcp, ok := r.listener.(*net.TCPListener)
	if !ok {
		t.Fatalf("listener is a %T", r.listener)
	}
	if err := tcp.SetDeadline(time.Time{}); !errors.Is(err, net.ErrClosed) {
		t.Errorf("the server still accepts connections: %v", err)
	}
}

func wantHeaders(t *testing.T, a reply) {
	t.Helper()
	for name, want := range map[string]string{
		"Cache-Control":          "no-store",
		"Referrer-Policy":        "no-referrer",
		"X-Content-Type-Options": "nosniff",
		"X-Frame-Options":        "DENY",
		"Content-Type":           "text/html; charset=utf-8",
	} {
		if got := a.header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	csp := a.header.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'; ", "style-src 'sha256-", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"} {
		if !strings.Contains(csp, want) {
			t.Errorf("Content-Security-Policy %q has no %s", csp, want)
		}
	}
	if strings.Contains(csp, "unsafe") {
		t.Errorf("Content-Security-Policy %q", csp)
	}
	if len(a.header.Values("Set-Cookie")) > 0 || a.header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("header %v", a.header)
	}
}
