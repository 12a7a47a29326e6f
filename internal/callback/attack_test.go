package callback

import (
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
)

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
