package callback

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
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
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{status: resp.StatusCode, header: resp.Header, body: string(body)}, resp.Request.URL
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

func (r *run) isStopped(t *testing.T) {
	t.Helper()
	var d net.Dialer
	conn, err := d.DialContext(t.Context(), "tcp", r.listener.Addr().String())
	if err == nil {
		_ = conn.Close()
		t.Error("the server still accepts connections")
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

func TestSignIn(t *testing.T) {
	start(t, nil).finishes(t)
}

func TestRedirectURI(t *testing.T) {
	r := start(t, nil)
	if want := fmt.Sprintf("http://127.0.0.1:%d/oauth/callback", r.Port()); r.RedirectURI() != want {
		t.Errorf("redirect URI %s, want %s", r.RedirectURI(), want)
	}
	if len(r.State()) < 26 || r.State() == start(t, nil).State() {
		t.Errorf("state %q is no secret", r.State())
	}
}

func TestCodeIsRedeemedBeforeTheBrowserIsAnswered(t *testing.T) {
	r := start(t, nil, held)
	var answered sync.WaitGroup
	answered.Go(func() {
		a := r.get(t, r.address(r.goodQuery()), nil)
		select {
		case <-r.release:
		default:
			t.Error("the browser was answered before the code was exchanged")
		}
		if a.status != http.StatusSeeOther || a.header.Get("Location") != donePath {
			t.Errorf("status %d, to %q", a.status, a.header.Get("Location"))
		}
		wantHeaders(t, a)
		if strings.Contains(fmt.Sprint(a), "the code") || strings.Contains(fmt.Sprint(a), r.State()) {
			t.Errorf("the response holds the code or the state: %v", a)
		}
	})
	<-r.redeemed
	if a := r.get(t, "http://"+r.host+donePath, nil); a.status != http.StatusNotFound {
		t.Errorf("%s before the code was exchanged: %d, want 404", donePath, a.status)
	}
	close(r.release)
	answered.Wait()
	a := r.get(t, "http://"+r.host+donePath, nil)
	wantHeaders(t, a)
	if err := <-r.result; err != nil {
		t.Error(err)
	}
}

func TestRedeemFails(t *testing.T) {
	failed := errors.New("login: create token: <b>invalid</b> grant")
	r := start(t, failed)
	page, last := r.browse(t, r.address(r.goodQuery()))
	if last.RequestURI() != failedPath || !strings.Contains(page.body, "Sign-in failed") ||
		!strings.Contains(page.body, "login: create token: &lt;b&gt;invalid&lt;/b&gt; grant") {
		t.Errorf("%s\n%s", last, page.body)
	}
	wantHeaders(t, page)
	if err := <-r.result; !errors.Is(err, failed) {
		t.Errorf("Wait: %v", err)
	}
	r.isStopped(t)
}

func TestErrorResponse(t *testing.T) {
	tests := []struct {
		name, code, description string
		want                    Error
		page                    string
	}{
		{"denied", "access_denied", "The user said no", Error{"access_denied", "The user said no"}, "access_denied: The user said no"},
		{"no description", "server_error", "", Error{"server_error", ""}, `<p class="detail">server_error</p>`},
		{
			"markup", `<script>alert(1)</script>`, `"><img src=//evil.example.com>`,
			Error{`<script>alert(1)</script>`, `"><img src=//evil.example.com>`},
			`&lt;script&gt;alert(1)&lt;/script&gt;: &#34;&gt;&lt;img src=//evil.example.com&gt;`,
		},
		{
			"terminal escapes", "a\x1b[31mb", "c\r\nd\u202ee\x00\xff",
			Error{"a\uFFFD[31mb", "c  d\uFFFDe\uFFFD\uFFFD"},
			"a\uFFFD[31mb: c  d\uFFFDe",
		},
		{
			"endless", strings.Repeat("x", 200), strings.Repeat("é", 2000),
			Error{strings.Repeat("x", 100) + "…", strings.Repeat("é", 500) + "…"},
			"é…",
		},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			r := start(t, nil)
			query := url.Values{"error": {tc.code}, "state": {r.State()}, "code": {"the code"}}
			if tc.description != "" {
				query.Set("error_description", tc.description)
			}
			page, last := r.browse(t, r.address(query.Encode()))
			if last.RequestURI() != failedPath || !strings.Contains(page.body, tc.page) {
				t.Errorf("%s has no %q\n%s", last, tc.page, page.body)
			}
			got, ok := errors.AsType[*Error](<-r.result)
			if !ok || *got != tc.want {
				t.Errorf("Wait: %#v, want %#v", got, tc.want)
			}
			if len(r.redeemed) > 0 {
				t.Error("a code was redeemed")
			}
			r.isStopped(t)
		})
	}
}

// TestNotTheResponse sends what is not the response, and then signs in all the same.
func TestNotTheResponse(t *testing.T) {
	r := start(t, nil)
	good := r.address(r.goodQuery())
	with := func(state string) string { return r.address(url.Values{"code": {"theirs"}, "state": {state}}.Encode()) }
	tests := []struct {
		name    string
		address string
		edit    func(*http.Request)
		want    int
	}{
		{"state guessed", with("AAAAAAAAAAAAAAAAAAAAAAAAAA"), nil, 400},
		{"state of another length", with("A"), nil, 400},
		{"the start of the state", with(r.State()[:25]), nil, 400},
		{"more than the state", with(r.State() + "A"), nil, 400},
		{"the state in lower case", with(strings.ToLower(r.State())), nil, 400},
		{"no state", r.address("code=theirs"), nil, 400},
		{"no query", r.RedirectURI(), nil, 400},
		{"state without code", r.address("state=" + r.State()), nil, 400},
		{"empty code", r.address("code=&state=" + r.State()), nil, 400},
		{"two states", good + "&state=A", nil, 400},
		{"two codes", good + "&code=theirs", nil, 400},
		{"bad escape", good + "&a=%zz", nil, 400},
		{"semicolon", r.address("code=theirs;state=" + r.State()), nil, 400},
		{"error with a wrong state", r.address("error=access_denied&state=A"), nil, 400},
		{"error without a state", r.address("error=access_denied"), nil, 400},
		{"HEAD", good, func(req *http.Request) { req.Method = http.MethodHead }, 405},
		{"POST", good, func(req *http.Request) { req.Method = http.MethodPost }, 405},
		{"POST of a form", r.RedirectURI(), func(req *http.Request) {
			req.Method = http.MethodPost
			req.Body = io.NopCloser(strings.NewReader(r.goodQuery()))
		}, 405},
		{"preflight", good, func(req *http.Request) {
			req.Method = http.MethodOptions
			req.Header.Set("Origin", "https://evil.example.com")
			req.Header.Set("Access-Control-Request-Private-Network", "true")
		}, 405},
		{"unknown method", good, func(req *http.Request) { req.Method = "BREW" }, 405},
		{"favicon", "http://" + r.host + "/favicon.ico", nil, 404},
		{"root", "http://" + r.host + "/?" + r.goodQuery(), nil, 404},
		{"trailing slash", r.RedirectURI() + "/?" + r.goodQuery(), nil, 404},
		{"escaped path", "http://" + r.host + "/oauth%2Fcallback?" + r.goodQuery(), nil, 404},
		{"path with dots", "http://" + r.host + "/a/../oauth/callback?" + r.goodQuery(), nil, 404},
		{"success page", "http://" + r.host + donePath, nil, 404},
		{"failure page", "http://" + r.host + failedPath, nil, 404},
		{"DNS rebinding", good, func(req *http.Request) { req.Host = "evil.example.com" }, 421},
		{"DNS rebinding with our port", good, func(req *http.Request) { req.Host = "evil.example.com:" + strconv.Itoa(r.Port()) }, 421},
		{"no port", good, func(req *http.Request) { req.Host = "127.0.0.1" }, 421},
		{"localhost", good, func(req *http.Request) { req.Host = "localhost:" + strconv.Itoa(r.Port()) }, 421},
		{"huge header", good, func(req *http.Request) { req.Header.Set("Cookie", strings.Repeat("c", 300<<10)) }, 431},
		{"huge query", with(strings.Repeat("A", 300<<10)), nil, 431},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			a := r.get(t, tc.address, tc.edit)
			if a.status != tc.want {
				t.Errorf("status %d, want %d", a.status, tc.want)
			}
			if a.status != http.StatusRequestHeaderFieldsTooLarge {
				wantHeaders(t, a)
			}
			if strings.Contains(a.body, "theirs") || strings.Contains(a.body, r.State()) || strings.Contains(a.body, "signed in") {
				t.Errorf("page:\n%s", a.body)
			}
			select {
			case code := <-r.redeemed:
				t.Fatalf("redeemed %q", code)
			case err := <-r.result:
				t.Fatalf("Wait returned: %v", err)
			default:
			}
		})
	}
	t.Run("raw requests", func(t *testing.T) {
		for _, text := range []string{
			"GET http://" + r.host + " HTTP/1.1\r\nHost: " + r.host + "\r\n\r\n", // an empty path
			"OPTIONS * HTTP/1.1\r\nHost: " + r.host + "\r\n\r\n",
			"CONNECT " + r.host + " HTTP/1.1\r\nHost: " + r.host + "\r\n\r\n",
			"GET " + Path + "?" + r.goodQuery() + " HTTP/1.0\r\n\r\n", // no Host
			"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",            // a TLS handshake
			"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
			"GET\r\n\r\n",
			"\x00\x00\r\n\r\n",
		} {
			if got := r.raw(t, text); strings.HasPrefix(got, "HTTP/1.1 200") || strings.Contains(got, "signed in") {
				t.Errorf("%q was answered:\n%s", text, got)
			}
		}
	})
	r.finishes(t)
}

// raw sends text as it is, and returns everything that comes back.
func (r *run) raw(t *testing.T, text string) string {
	t.Helper()
	conn := r.dial(t)
	defer conn.Close()
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	tcp, _ := conn.(*net.TCPConn)
	_ = tcp.CloseWrite()
	got, _ := io.ReadAll(conn) // a reset ends it too
	return string(got)
}

func (r *run) dial(t *testing.T) net.Conn {
	t.Helper()
	var d net.Dialer
	conn, err := d.DialContext(t.Context(), "tcp", r.listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

func TestSecondHit(t *testing.T) {
	r := start(t, nil, held)
	const hits = 20
	responses := make(chan reply, hits)
	for i := range hits {
		go func() {
			a, err := r.try(t.Context(), r.address(url.Values{"code": {strconv.Itoa(i)}, "state": {r.State()}}.Encode()), nil)
			if err != nil {
				t.Error(err)
			}
			responses <- a
		}()
	}
	<-r.redeemed
	close(r.release)
	for range hits {
		if a := <-responses; a.status != http.StatusSeeOther || a.header.Get("Location") != donePath {
			t.Errorf("status %d, to %q", a.status, a.header.Get("Location"))
		}
	}
	_ = r.get(t, "http://"+r.host+donePath, nil)
	if err := <-r.result; err != nil {
		t.Error(err)
	}
	if len(r.redeemed) > 0 {
		t.Error("two codes were redeemed")
	}
}

func TestIdleConnectionsBlockNothing(t *testing.T) {
	r := start(t, nil)
	for range 3 {
		defer r.dial(t).Close()
	}
	slow := r.dial(t)
	defer slow.Close()
	_, _ = io.WriteString(slow, "GET "+Path+"?code=theirs")
	body := r.dial(t) // one that never sends the body it announces
	defer body.Close()
	_, _ = io.WriteString(body, "POST "+Path+" HTTP/1.1\r\nHost: "+r.host+"\r\nContent-Length: 1000000\r\n\r\n")
	r.finishes(t)
}

func TestThousandConnections(t *testing.T) {
	for _, sent := range []string{"", "GET "} {
		t.Run("having sent "+strconv.Quote(sent), func(t *testing.T) {
			r := start(t, nil)
			conns := make([]net.Conn, 0, 1000)
			for range cap(conns) {
				conn := r.dial(t)
				defer conn.Close()
				_, _ = io.WriteString(conn, sent)
				conns = append(conns, conn)
			}
			r.finishes(t)
		})
	}
}

// TestFloodDuringExchange checks that the page arrives although a thousand connections
// came after the request for it.
func TestFloodDuringExchange(t *testing.T) {
	r := start(t, nil, held)
	responses := make(chan reply, 1)
	go func() {
		a, err := r.try(t.Context(), r.address(r.goodQuery()), nil)
		if err != nil {
			t.Error(err)
		}
		responses <- a
	}()
	<-r.redeemed
	for range 1000 {
		defer r.dial(t).Close()
	}
	close(r.release)
	if a := <-responses; a.status != http.StatusSeeOther {
		t.Errorf("status %d", a.status)
	}
}

func TestBrowserNeverLoadsTheLastPage(t *testing.T) {
	for _, follows := range []bool{false, true} {
		r := start(t, nil, func(r *run) { r.linger = time.Millisecond })
		ctx, cancel := context.WithCancel(t.Context())
		gone := make(chan struct{})
		go func() {
			_, _ = r.try(ctx, r.address(r.goodQuery()), nil)
			close(gone)
		}()
		<-r.redeemed
		if !follows { // the browser is killed while the code is exchanged
			cancel()
			<-gone
		}
		close(r.release)
		if err := <-r.result; err != nil {
			t.Errorf("Wait: %v", err)
		}
		r.isStopped(t)
		cancel()
	}
}

func TestCancelled(t *testing.T) {
	t.Run("waiting", func(t *testing.T) {
		r := start(t, nil)
		idle := r.dial(t)
		defer idle.Close()
		r.cancel()
		if err := <-r.result; !errors.Is(err, ErrNoResponse) {
			t.Errorf("Wait: %v", err)
		}
		r.isStopped(t)
	})
	t.Run("exchanging", func(t *testing.T) {
		r := start(t, nil, held)
		go func() { _, _ = r.try(t.Context(), r.address(r.goodQuery()), nil) }()
		<-r.redeemed
		r.cancel()
		if err := <-r.result; !errors.Is(err, context.Canceled) {
			t.Errorf("Wait: %v", err)
		}
		r.isStopped(t)
	})
	t.Run("lingering", func(t *testing.T) {
		r := start(t, nil, func(r *run) { r.linger = time.Hour; close(r.release) })
		_ = r.get(t, r.address(r.goodQuery()), nil)
		r.cancel()
		if err := <-r.result; err != nil { // the exchange has succeeded
			t.Errorf("Wait: %v", err)
		}
		r.isStopped(t)
	})
}

func TestRedeemPanics(t *testing.T) {
	s, err := Listen(t.Context(), 0, "corp")
	if err != nil {
		t.Fatal(err)
	}
	r := &run{Server: s}
	if err := s.Paste(r.goodQuery()); err != nil {
		t.Fatal(err)
	}
	func() {
		defer func() { _ = recover() }()
		_ = s.Wait(t.Context(), func(string) error { panic("bug") })
	}()
	r.isStopped(t)
}

func TestPortTaken(t *testing.T) {
	s, err := Listen(t.Context(), 0, "corp")
	if err != nil {
		t.Fatal(err)
	}
	_, err = Listen(t.Context(), s.Port(), "corp")
	if err == nil || !strings.Contains(err.Error(), strconv.Itoa(s.Port())) {
		t.Errorf("error %v, want one with the port", err)
	}
	if err := errors.Join(s.Close(), s.Close()); err != nil {
		t.Error(err)
	}
	s, err = Listen(t.Context(), s.Port(), "corp")
	if err != nil {
		t.Fatal(err)
	}
	_ = s.Close()
	if err := s.Wait(t.Context(), nil); err == nil {
		t.Error("a closed server waits")
	}
	if _, err := Listen(t.Context(), 70000, "corp"); err == nil {
		t.Error("no error for port 70000")
	}
}
