package browser_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/chromedp/chromedp"

	"github.com/latchkey-sso/latchkey/credserver"
	"github.com/latchkey-sso/latchkey/internal/webtest"
)

// endpoint is a credentials server that counts the requests it serves and rejects.
type endpoint struct {
	*credserver.Server
	address string

	mu               sync.Mutex
	served, rejected int
}

const secretKey = "very-secret"

// Write implements io.Writer for the server's log.
func (e *endpoint) Write(record []byte) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case !bytes.Contains(record, []byte(`"msg":"request"`)):
	case bytes.Contains(record, []byte(`"outcome":"ok"`)):
		e.served++
	default:
		e.rejected++
	}
	return len(record), nil
}

func (e *endpoint) counts() (served, rejected int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.served, e.rejected
}

// await waits for the records of so many requests, which come after the responses.
func (e *endpoint) await(want int) (served, rejected int) {
	for deadline := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		served, rejected = e.counts()
		if served+rejected >= want || time.Now().After(deadline) {
			return served, rejected
		}
	}
}

func newEndpoint(t *testing.T) *endpoint {
	t.Helper()
	e := &endpoint{}
	creds := aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: "ASIA1", SecretAccessKey: secretKey, SessionToken: secretKey}, nil
	})
	s, err := credserver.New(credserver.Options{
		Profiles: []credserver.Profile{{Name: "dev", Credentials: creds}},
		IMDS:     true,
		Logger:   slog.New(slog.NewJSONHandler(e, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	e.Server = s
	return e
}

// listen serves on an address, port 0 for a free one.
func (e *endpoint) listen(t *testing.T, address string) {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	e.address = l.Addr().String()
	go func() { _ = e.Serve(l) }() // until the test closes it
}

// isServing checks that a client with the token gets credentials.
func (e *endpoint) isServing(t *testing.T) {
	t.Helper()
	resp, body := webtest.Get(t, http.DefaultClient, "http://"+e.address+e.Path("dev"), "Authorization", string(e.Token("dev")))
	if !strings.Contains(body, secretKey) {
		t.Fatalf("a client gets %s", resp.Status)
	}
	e.await(1)
}

// hostilePage has the functions that the attempts share: text reads a response, frame the document in a
// frame.
const hostilePage = `<!doctype html><title>hostile</title><script>
const text = promise => promise.then(r => r.text()).catch(String);
const frame = start => new Promise(done => {
	const f = document.createElement("iframe");
	f.name = "f" + Math.random();
	f.onload = () => setTimeout(() => {
		try { done(f.contentDocument ? f.contentDocument.documentElement.innerHTML : "unreadable") } catch (e) { done(String(e)) }
	}, 100);
	document.body.append(f);
	start(f);
});
const form = (method, path) => frame(f => {
	const form = Object.assign(document.createElement("form"), { action: path, method, target: f.name });
	document.body.append(form);
	form.submit();
});
const element = (name, attribute, url) => new Promise(done => {
	const e = document.createElement(name);
	e.onload = () => done("loaded " + (e.sheet ? e.sheet.cssRules.length : e.naturalWidth));
	e.onerror = () => done("error");
	if (name == "link") e.rel = "stylesheet";
	e[attribute] = url;
	document.body.append(e);
});
const events = source => new Promise(done => {
	source.onopen = () => done("open");
	source.onmessage = m => done(m.data);
	source.onerror = () => done("error");
});
</script><body>`

// attempts are what a page can try on another origin. TARGET is the URL of the credentials. The page even
// knows TOKEN, which no page should.
var attempts = map[string]string{
	"fetch":                 `text(fetch(TARGET))`,
	"fetch with the token":  `text(fetch(TARGET, {headers: {Authorization: TOKEN}}))`,
	"fetch without referer": `text(fetch(TARGET, {referrerPolicy: "no-referrer"}))`,
	"fetch without CORS":    `text(fetch(TARGET, {mode: "no-cors", referrerPolicy: "no-referrer"}))`,
	"POST":                  `text(fetch(TARGET, {method: "POST", body: "x", mode: "no-cors"}))`,
	"XMLHttpRequest": `new Promise(done => {
		const x = new XMLHttpRequest();
		x.onloadend = () => done(x.responseText || "error");
		x.open("GET", TARGET);
		x.setRequestHeader("Authorization", TOKEN);
		x.send();
	})`,
	"beacon":        `new Promise(done => setTimeout(done, 200, String(navigator.sendBeacon(TARGET, "x"))))`,
	"form, GET":     `form("get", TARGET)`,
	"form, POST":    `form("post", TARGET)`,
	"frame":         `frame(f => f.src = TARGET)`,
	"image":         `element("img", "src", TARGET)`,
	"script":        `element("script", "src", TARGET)`,
	"style sheet":   `element("link", "href", TARGET)`,
	"WebSocket":     `events(new WebSocket(TARGET.replace("http", "ws")))`,
	"event stream":  `events(new EventSource(TARGET))`,
	"IMDS":          `text(fetch(new URL("/latest/api/token", TARGET), {method: "PUT", headers: {"X-aws-ec2-metadata-token-ttl-seconds": "60"}}))`,
	"IMDS, no CORS": `text(fetch(new URL("/latest/meta-data/iam/security-credentials/", TARGET), {mode: "no-cors"}))`,
}

// reboundAttempts are what a page can try once its own name resolves to the endpoint. The same-origin
// policy of the browser then allows everything.
var reboundAttempts = map[string]string{
	"fetch":                `text(fetch(TARGET, {referrerPolicy: "no-referrer"}))`,
	"fetch with the token": `text(fetch(TARGET, {headers: {Authorization: TOKEN}, referrerPolicy: "no-referrer"}))`,
	"form, GET":            `form("get", TARGET)`,
	"frame":                `frame(f => f.src = TARGET)`,
	"WebSocket":            `events(new WebSocket(TARGET.replace("http", "ws")))`,
	"IMDS":                 `text(fetch("/latest/api/token", {method: "PUT", headers: {"X-aws-ec2-metadata-token-ttl-seconds": "60"}, referrerPolicy: "no-referrer"}))`,
}

// TestHostilePage opens a page of another origin that tries to read the credentials.
func TestHostilePage(t *testing.T) {
	browser := newBrowser(t, chromedp.Flag("host-resolver-rules", "MAP evil.test 127.0.0.1"))
	e := newEndpoint(t)
	e.listen(t, "127.0.0.1:0")
	page := servePage(t, "127.0.0.1:0")
	defer page.Close()
	do(t, browser, chromedp.Navigate("http://evil.test:"+portOf(t, page.Addr)))
	e.isServing(t)
	e.attack(t, browser, "http://"+e.address, attempts)
}

// TestReboundPage opens a page whose server then gives way to the endpoint, on the same port, as if the
// name had been rebound to this machine.
func TestReboundPage(t *testing.T) {
	browser := newBrowser(t, chromedp.Flag("host-resolver-rules", "MAP rebound.test 127.0.0.1"))
	page := servePage(t, net.JoinHostPort("127.0.0.1", strconv.Itoa(webtest.Port(t))))
	origin := "http://rebound.test:" + portOf(t, page.Addr)
	do(t, browser, chromedp.Navigate(origin))
	page.Close()
	e := newEndpoint(t)
	e.listen(t, page.Addr)
	e.isServing(t)
	e.attack(t, browser, origin, reboundAttempts)
}

// attack makes the attempts in the open page. Each must reach the endpoint and get nothing.
func (e *endpoint) attack(t *testing.T, browser context.Context, origin string, attempts map[string]string) {
	t.Helper()
	for name, attempt := range attempts {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(browser, patience)
			defer cancel()
			served, rejected := e.counts()
			script := fmt.Sprintf("(() => { const TARGET = %s, TOKEN = %s; return Promise.resolve(%s).then(String) })()",
				quote(t, origin+e.Path("dev")), quote(t, string(e.Token("dev"))), attempt)
			got := run(t, ctx, chromedp.Evaluate[string](script, chromedp.EvalAwaitPromise))
			if strings.Contains(got, secretKey) || got == "open" {
				t.Errorf("the page got %s", got)
			}
			if nowServed, nowRejected := e.await(served + rejected + 1); nowServed > served || nowRejected == rejected {
				t.Errorf("%d requests served and %d rejected, want none and some; the page saw %q", nowServed-served, nowRejected-rejected, got)
			}
		})
	}
}

func quote(t *testing.T, text string) string {
	t.Helper()
	quoted, err := json.Marshal(text)
	if err != nil {
		t.Fatal(err)
	}
	return string(quoted)
}

// servePage serves the hostile page under any host name.
func servePage(t *testing.T, address string) *http.Server {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{
		Addr: l.Addr().String(),
		Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(w, hostilePage)
		}),
		ReadHeaderTimeout: time.Minute,
	}
	go func() { _ = s.Serve(l) }() // until it is closed
	t.Cleanup(func() { s.Close() })
	return s
}

func portOf(t *testing.T, address string) string {
	t.Helper()
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	return port
}
