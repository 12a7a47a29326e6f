package credserver_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/credserver"
	"github.com/latchkey-sso/latchkey/internal/filetest"
)

// TestHost: the Host header must be an address of the server.
func TestHost(t *testing.T) {
	s := newServer(t, newSource(time.Hour), func(o *credserver.Options) { o.Hosts = []string{"creds.internal", "other.internal:8080"} })
	address := listen(t, s)
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, host string
		status     int
	}{
		{"localhost", "localhost:" + port, 200},
		{"LOCALHOST", "LOCALHOST:" + port, 200},
		{"IPv6", "[::1]:" + port, 200},
		{"allowed host", "creds.internal", 200},
		{"allowed host, any port", "CREDS.internal:1", 200},
		{"allowed host and port", "other.internal:8080", 200},
		{"allowed host, wrong port", "other.internal:8081", 403},
		{"rebound name", "evil.example:" + port, 403},
		{"name that begins right", "127.0.0.1.evil.example:" + port, 403},
		{"name that ends right", "evil.localhost:" + port, 403},
		{"other port", "127.0.0.1:1", 403},
		{"no port", "127.0.0.1", 403},
		{"other loopback address", "127.0.0.2:" + port, 403},
		{"number", "2130706433:" + port, 403},
		{"address of the metadata service", "169.254.169.254:" + port, 403},
		{"user info", "127.0.0.1:" + port + "@evil.example", 400},
		{"empty host", "", 403},
	} {
		t.Run(tt.name, func(t *testing.T) {
			sendRaw(t, address, "GET /profiles/dev HTTP/1.1\r\nHost: "+tt.host+"\r\nAuthorization: "+string(s.Token("dev"))+"\r\n\r\n", tt.status)
		})
	}
}

// TestRejected sends raw requests with the right token. Most must be rejected all the same.
func TestRejected(t *testing.T) {
	s := newServer(t, newSource(time.Hour))
	address := listen(t, s)
	ok := "GET /profiles/dev HTTP/1.1\r\nHost: " + address + "\r\nAuthorization: " + string(s.Token("dev")) + "\r\n"
	for _, tt := range []struct {
		name, request string
		status        int
		body          string
	}{
		{"plain", ok, 200, ""},
		{"absolute form", strings.Replace(ok, "GET /", "GET http://"+address+"/", 1), 200, ""},
		{"absolute form of another host", strings.Replace(ok, "GET /", "GET http://evil.example/", 1), 403, ""},
		{"no host", strings.Replace(ok, "Host: "+address+"\r\n", "", 1), 400, ""},
		{"two hosts", ok + "Host: evil.example\r\n", 400, ""},
		{"HTTP/1.0 without host", strings.Replace(strings.Replace(ok, "HTTP/1.1", "HTTP/1.0", 1), "Host: "+address+"\r\n", "", 1), 403, ""},
		{"Origin", ok + "Origin: http://" + address + "\r\n", 403, ""},
		{"Origin null", ok + "origin: null\r\n", 403, ""},
		{"empty Origin", ok + "Origin:\r\n", 403, ""},
		{"Referer", ok + "Referer: http://" + address + "/\r\n", 403, ""},
		{"Sec-Fetch-Site", ok + "Sec-Fetch-Site: none\r\n", 403, ""},
		{"Sec-Fetch-Mode", ok + "SEC-FETCH-MODE: cors\r\n", 403, ""},
		{"WebSocket", ok + "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n", 403, ""},
		{"X-Forwarded-For", ok + "X-Forwarded-For: 127.0.0.1\r\n", 403, ""},
		{"Forwarded", ok + "Forwarded: for=127.0.0.1\r\n", 403, ""},
		{"Via", ok + "Via: 1.1 proxy\r\n", 403, ""},
		{"POST", strings.Replace(ok, "GET", "POST", 1) + "Content-Length: 0\r\n", 405, ""},
		{"HEAD", strings.Replace(ok, "GET", "HEAD", 1), 405, ""},
		{"PUT", strings.Replace(ok, "GET", "PUT", 1), 405, ""},
		{"preflight", strings.Replace(ok, "GET", "OPTIONS", 1) + "Access-Control-Request-Method: GET\r\n", 405, ""},
		{"OPTIONS *", strings.Replace(ok, "GET /profiles/dev", "OPTIONS *", 1), 405, ""},
		{"CONNECT", strings.Replace(ok, "GET /profiles/dev", "CONNECT "+address, 1), 405, ""},
		{"body", ok + "Content-Length: 2\r\n", 400, "{}"},
		{"chunked body", ok + "Transfer-Encoding: chunked\r\n", 400, "0\r\n\r\n"},
		{"large header", ok + "X: " + strings.Repeat("x", 20_000) + "\r\n", 431, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			sendRaw(t, address, tt.request+"\r\n"+tt.body, tt.status)
		})
	}
}

// sendRaw sends a request and checks the status, and that an error response contains no credentials.
func sendRaw(t *testing.T, address, request string, status int) {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Write([]byte(request)); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != status {
		t.Errorf("status %d, want %d", resp.StatusCode, status)
	}
	for name := range resp.Header {
		if strings.HasPrefix(name, "Access-Control-") {
			t.Errorf("the response has %s", name)
		}
	}
	if status == http.StatusOK {
		return
	}
	_ = c.(*net.TCPConn).CloseWrite() // or the server may keep the connection open
	body, _ := io.ReadAll(resp.Body)
	if bytes.Contains(body, []byte("very-secret")) {
		t.Error("credentials in an error response")
	}
}

// TestUnixSocket: the Host header has the port of the program that forwards to the socket.
func TestUnixSocket(t *testing.T) {
	filetest.SkipUnderWine(t, "Unix sockets")
	s := newServer(t, newSource(time.Hour))
	path := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = s.Serve(l) }()
	for host, want := range map[string]int{"localhost": 200, "127.0.0.1:4711": 200, "[::1]": 200, "evil.example:4711": 403, "192.0.2.1": 403} {
		client := &http.Client{Transport: &http.Transport{
			DisableKeepAlives: true,
			DialContext:       func(context.Context, string, string) (net.Conn, error) { return net.Dial("unix", path) },
		}}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+host+s.Path("dev"), nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", string(s.Token("dev")))
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("Host %s: status %d, want %d", host, resp.StatusCode, want)
		}
	}
}

// requestLog collects the records of requests, and drops those of renewals.
type requestLog struct {
	mu      sync.Mutex
	records string
}

func (l *requestLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if bytes.Contains(p, []byte(`"msg":"request"`)) {
		l.records += string(p)
	}
	return len(p), nil
}

// take returns the records since the last call.
func (l *requestLog) take() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	records := l.records
	l.records = ""
	return records
}

// TestAudit: each request leaves one record, without secrets.
func TestAudit(t *testing.T) {
	var log requestLog
	s := newServer(t, newSource(time.Hour), func(o *credserver.Options) {
		o.Logger = slog.New(slog.NewJSONHandler(&log, nil))
		o.IMDS = true
	})
	other := string(s.Token("audit/eu"))
	for _, tt := range []struct {
		name   string
		change func(*http.Request)
		want   map[string]any
	}{
		{"ok", func(*http.Request) {}, map[string]any{
			"level": "INFO", "path": "/profiles/dev", "profile": "dev", "role": "012345678901/Developer", "outcome": "ok", "status": 200.0, "remote": "192.0.2.1:1234",
		}},
		{"wrong token", func(r *http.Request) { r.Header.Set("Authorization", "guess-very-secret") }, map[string]any{
			"level": "WARN", "profile": "", "outcome": "Unauthorized", "status": 401.0,
		}},
		{"other profile's token", func(r *http.Request) { r.Header.Set("Authorization", other) }, map[string]any{
			"level": "WARN", "profile": "audit/eu", "path": "/profiles/dev", "outcome": "AccessDenied", "status": 403.0,
		}},
		{"browser", func(r *http.Request) { r.Header.Set("Origin", "https://very-secret.example") }, map[string]any{
			"level": "WARN", "profile": "", "outcome": "AccessDenied",
		}},
		{"secret in the query", func(r *http.Request) { r.URL.RawQuery = "token=" + other }, map[string]any{"path": "/profiles/dev"}},
		{"IMDS", func(r *http.Request) { r.URL.Path = imdsPath(s, "dev") + "/latest/x" }, map[string]any{
			"path": "/imds/[redacted]/latest/x",
		}},
		{"long path", func(r *http.Request) { r.URL.Path = "/" + strings.Repeat("x", 9000) }, map[string]any{
			"path": "/" + strings.Repeat("x", 199) + "...",
		}},
		{"line break", func(r *http.Request) { r.URL.Path = "/\n{\"outcome\":\"ok\"}" }, map[string]any{"outcome": "AccessDenied"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if err := s.Warm(t.Context()); err != nil {
				t.Fatal(err)
			}
			log.take()
			ask(s, "dev", tt.change)
			record := log.take()
			var got map[string]any
			if err := json.Unmarshal([]byte(record), &got); err != nil {
				t.Fatalf("not one record: %v\n%s", err, record)
			}
			for name, value := range tt.want {
				if got[name] != value {
					t.Errorf("%s = %v, want %v", name, got[name], value)
				}
			}
			for _, secret := range []string{"very-secret", string(s.Token("dev")), other, imdsPath(s, "dev")[len("/imds/"):]} {
				if strings.Contains(record, secret) {
					t.Errorf("a secret in the log: %s", record)
				}
			}
		})
	}
}
