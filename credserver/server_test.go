package credserver_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/go-cmp/cmp"

	"github.com/latchkey-sso/latchkey/credserver"
	"github.com/latchkey-sso/latchkey/internal/webtest"
)

// source is a provider whose behaviour the test sets.
type source struct {
	mu    sync.Mutex
	ttl   time.Duration
	err   error
	hang  chan struct{} // not nil: Retrieve waits until it is closed
	now   func() time.Time
	calls int
}

func newSource(ttl time.Duration) *source { return &source{ttl: ttl, now: time.Now} }

func (s *source) Retrieve(ctx context.Context) (aws.Credentials, error) {
	s.mu.Lock()
	s.calls++
	n, err, hang, ttl := s.calls, s.err, s.hang, s.ttl
	s.mu.Unlock()
	if hang != nil {
		select {
		case <-hang:
		case <-ctx.Done():
			return aws.Credentials{}, ctx.Err()
		}
	}
	if err != nil {
		return aws.Credentials{}, err
	}
	return aws.Credentials{
		AccessKeyID: fmt.Sprintf("ASIA%d", n), SecretAccessKey: fmt.Sprintf("very-secret-%d", n), SessionToken: "very-secret/token+",
		CanExpire: true, Expires: s.now().Add(ttl).Round(0), AccountID: "012345678901",
	}, nil
}

func (s *source) set(change func(*source)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(s)
}

func (s *source) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls
}

// newServer returns a server of profiles "dev" and "audit/eu". It is closed with the test.
func newServer(tb testing.TB, dev aws.CredentialsProvider, optFns ...func(*credserver.Options)) *credserver.Server {
	tb.Helper()
	opts := credserver.Options{Profiles: []credserver.Profile{
		{Name: "dev", Credentials: dev, Role: "012345678901/Developer"},
		{Name: "audit/eu", Credentials: newSource(time.Hour), Role: "012345678901/Auditor"},
	}}
	for _, fn := range optFns {
		fn(&opts)
	}
	s, err := credserver.New(opts)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(s.Close)
	return s
}

// listen serves s on a free loopback port and returns its address.
func listen(tb testing.TB, s *credserver.Server) string {
	tb.Helper()
	return listenOn(tb, s, "127.0.0.1:0")
}

func listenOn(tb testing.TB, s *credserver.Server, address string) string {
	tb.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		tb.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve(l) }()
	tb.Cleanup(func() {
		s.Close()
		if err := <-served; err != nil {
			tb.Errorf("Serve: %v", err)
		}
	})
	return l.Addr().String()
}

// ask calls the handler with a GET for a profile.
func ask(s *credserver.Server, profile string, change ...func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, "http://localhost"+s.Path(profile), nil)
	r.Header.Set("Authorization", string(s.Token(profile)))
	for _, fn := range change {
		fn(r)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

func keyID(tb testing.TB, w *httptest.ResponseRecorder) string {
	tb.Helper()
	var got struct {
		AccessKeyID string `json:"AccessKeyId"`
	}
	if w.Code != http.StatusOK {
		tb.Fatalf("status %d: %s", w.Code, w.Body)
	}
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		tb.Fatal(err)
	}
	return got.AccessKeyID
}

func TestResponse(t *testing.T) {
	now := time.Date(2030, 1, 2, 3, 4, 5, 999_999_999, time.FixedZone("", 7200))
	dev := newSource(time.Hour)
	dev.now = func() time.Time { return now }
	s := newServer(t, dev, func(o *credserver.Options) { o.Now = dev.now })
	address := listen(t, s)
	resp, body := webtest.Get(t, http.DefaultClient, "http://"+address+s.Path("dev"), "Authorization", string(s.Token("dev")))
	want := `{"Version":1,"AccessKeyId":"ASIA1","SecretAccessKey":"very-secret-1","Token":"very-secret/token+",` +
		`"SessionToken":"very-secret/token+","Expiration":"2030-01-02T02:04:05Z","AccountId":"012345678901"}`
	if resp.StatusCode != http.StatusOK || body != want {
		t.Errorf("%s: %s\nwant %s", resp.Status, body, want)
	}
	resp.Header.Del("Date")
	wantHeader := http.Header{
		"Content-Type": {"application/json"}, "Cache-Control": {"no-store"},
		"X-Content-Type-Options": {"nosniff"}, "Content-Length": {fmt.Sprint(len(want))},
	}
	if diff := cmp.Diff(wantHeader, resp.Header); diff != "" {
		t.Errorf("headers: -want +got:\n%s", diff)
	}
}

func TestErrorResponse(t *testing.T) {
	dev := newSource(time.Hour)
	dev.err = errors.New("no <network>\tor")
	s := newServer(t, dev)
	w := ask(s, "dev")
	var got map[string]string
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"Code": credserver.CodeUnavailable, "code": credserver.CodeUnavailable, "Message": "no <network>\tor", "message": "no <network>\tor",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("Content-Type") != "application/json" {
		t.Errorf("status %d, type %q", w.Code, w.Header().Get("Content-Type"))
	}
}

// TestTokens: the token of a profile gives access to that profile only.
func TestTokens(t *testing.T) {
	s := newServer(t, newSource(time.Hour))
	if s.Token("dev") == s.Token("audit/eu") || len(s.Token("dev")) != 43 {
		t.Error("the tokens are not 256 bits of each profile")
	}
	dev, audit := string(s.Token("dev")), string(s.Token("audit/eu"))
	for _, tt := range []struct {
		name, path string
		token      []string
		status     int
	}{
		{"raw", "/profiles/dev", []string{dev}, 200},
		{"Bearer", "/profiles/dev", []string{"Bearer " + dev}, 200},
		{"bearer", "/profiles/dev", []string{"bearer " + dev}, 200},
		{"query", "/profiles/dev?x=1", []string{dev}, 200},
		{"slash", "/profiles/audit/eu", []string{audit}, 200},
		{"escaped slash", "/profiles/audit%2Feu", []string{audit}, 200},
		{"none", "/profiles/dev", nil, 401},
		{"empty", "/profiles/dev", []string{""}, 401},
		{"wrong", "/profiles/dev", []string{dev[1:] + dev[:1]}, 401},
		{"prefix", "/profiles/dev", []string{dev[:42]}, 401},
		{"longer", "/profiles/dev", []string{dev + "A"}, 401},
		{"newline", "/profiles/dev", []string{dev + "\n"}, 401},
		{"Basic", "/profiles/dev", []string{"Basic " + dev}, 401},
		{"twice", "/profiles/dev", []string{dev, dev}, 401},
		{"huge", "/profiles/dev", []string{strings.Repeat("A", 5000)}, 401},
		{"of another profile", "/profiles/dev", []string{audit}, 403},
		{"no such profile", "/profiles/prod", []string{dev}, 403},
		{"no such path", "/", []string{dev}, 403},
		{"without the prefix", "/dev", []string{dev}, 403},
		{"bare name", "dev", []string{dev}, 403},
		{"no such profile, no token", "/profiles/prod", nil, 401},
		{"dots", "/profiles/../profiles/dev", []string{dev}, 403},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodGet, "http://localhost/", nil)
			path, query, _ := strings.Cut(tt.path, "?")
			r.URL.Path, r.URL.RawQuery = strings.ReplaceAll(path, "%2F", "/"), query
			r.Header["Authorization"] = tt.token
			w := httptest.NewRecorder()
			s.ServeHTTP(w, r)
			if w.Code != tt.status {
				t.Errorf("status %d, want %d: %s", w.Code, tt.status, w.Body)
			}
			if leaked := strings.Contains(w.Body.String(), "very-secret"); leaked != (tt.status == 200) {
				t.Errorf("credentials in the response: %t", leaked)
			}
		})
	}
	if s.Token("prod") != "" || s.Rotate("prod", 0) != "" {
		t.Error("a profile that is not served has a token")
	}
}

func TestRotate(t *testing.T) {
	now := time.Now()
	s := newServer(t, newSource(48*time.Hour), func(o *credserver.Options) { o.Now = func() time.Time { return now } })
	first := s.Token("dev")
	second := s.Rotate("dev", time.Minute)
	if first == second || s.Token("dev") != second {
		t.Fatal("the token was not replaced")
	}
	check := func(when string, token credserver.Secret, want int) {
		t.Helper()
		if w := ask(s, "dev", func(r *http.Request) { r.Header.Set("Authorization", string(token)) }); w.Code != want {
			t.Errorf("%s: status %d, want %d", when, w.Code, want)
		}
	}
	check("the new token", second, 200)
	check("the old token in its grace", first, 200)
	now = now.Add(time.Minute)
	check("the old token after its grace", first, 401)
	third := s.Rotate("dev", time.Minute)
	check("the token of two rotations ago", first, 401)
	check("the second token", second, 200)
	check("the third token", third, 200)
	s.Rotate("dev", 0)
	check("the old token without a grace", third, 401)
}

func TestNewRefuses(t *testing.T) {
	p := credserver.Profile{Name: "dev", Credentials: newSource(time.Hour)}
	for name, profiles := range map[string][]credserver.Profile{
		"none":        nil,
		"no name":     {{Credentials: p.Credentials}},
		"no provider": {{Name: "dev"}},
		"twice":       {p, p},
	} {
		if s, err := credserver.New(credserver.Options{Profiles: profiles}); err == nil || s != nil {
			t.Errorf("%s: %v, %v", name, s, err)
		}
	}
}

func TestNoSecretInPrint(t *testing.T) {
	s := newServer(t, newSource(time.Hour))
	if err := s.Warm(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
		text := fmt.Sprintf(verb, s) + fmt.Sprintf(verb, s.Token("dev"))
		if strings.Contains(text, string(s.Token("dev"))) || strings.Contains(text, "very-secret") {
			t.Errorf("%s prints a secret: %s", verb, text)
		}
	}
}
