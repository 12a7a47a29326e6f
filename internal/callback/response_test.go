package callback

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

func TestPaste(t *testing.T) {
	r := start(t, nil)
	good := r.goodQuery()
	tests := []struct {
		name, text string
		want       error
	}{
		{"address", r.address(good), nil},
		{"address of another forwarded port", "http://127.0.0.1:1/oauth/callback?" + good, nil},
		{"address without scheme", strings.TrimPrefix(r.address(good), "http://"), nil},
		{"query", good, nil},
		{"query with its question mark", "?" + good, nil},
		{"quoted", "\"" + r.address(good) + "\"\n", nil},
		{"in angle brackets", "  <" + r.address(good) + ">", nil},
		{"wrapped by the terminal", r.address(good)[:40] + "\r\n  " + r.address(good)[40:], nil},
		{"with a fragment", r.address(good) + "#", nil},
		{"error", "error=access_denied&state=" + r.State(), nil},
		{"empty", "", errNotResponse},
		{"prose", "it says I am signed in", errNotResponse},
		{"no query", r.RedirectURI(), errNotResponse},
		{"code only", "the+code", errNotResponse},
		{"the authorize address", "https://oidc.us-east-1.amazonaws.com/authorize?response_type=code&state=" + r.State(), errNotResponse},
		{"truncated", strings.TrimSuffix(r.address(good), r.State()), errNotResponse},
		{"truncated within the state", r.address(good)[:len(r.address(good))-1], errWrongState},
		{"an earlier sign-in's", "code=c&state=AAAAAAAAAAAAAAAAAAAAAAAAAA", errWrongState},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			p, err := parse(queryOf(tc.text))
			if err == nil {
				s := &Server{state: r.State(), responses: make(chan response, 1)}
				err = s.take(p)
			}
			if !errors.Is(err, tc.want) {
				t.Errorf("error %v, want %v", err, tc.want)
			}
			if tc.want == nil && p.errorCode == "" && p.code != "the code" {
				t.Errorf("code %q", p.code)
			}
		})
	}

	if err := r.Paste("code=c&state=wrong"); !errors.Is(err, errWrongState) {
		t.Errorf("error %v", err)
	}
	if err := r.Paste(r.address(good)); err != nil {
		t.Fatal(err)
	}
	if err := <-r.result; err != nil { // at once: no browser waits for a page
		t.Error(err)
	}
	if code := <-r.redeemed; code != "the code" {
		t.Errorf("redeemed %q", code)
	}
	r.isStopped(t)
	if err := r.Paste(r.address(good)); err != nil {
		t.Errorf("a second paste: %v", err)
	}
}

// FuzzHandler checks that no request but a GET of the callback with Host and state is
// taken, and that pages hold nothing of the request.
func FuzzHandler(f *testing.F) {
	const state = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	f.Add("GET", "/oauth/callback?code=c&state="+state, "127.0.0.1:1")
	f.Add("GET", "/oauth/callback?error=%3Cscript%3E&state="+state, "127.0.0.1:1")
	f.Add("GET", "/oauth/callback?code=c&state=A&state="+state, "127.0.0.1:1")
	f.Add("POST", "/oauth/callback?code=c&state="+state, "127.0.0.1:1")
	f.Add("GET", "/oauth/callback?code=c&state="+state, "evil.example.com:1")
	f.Add("GET", "http://127.0.0.1:1", "127.0.0.1:1")
	f.Add("GET", "/done", "127.0.0.1:1")
	f.Fuzz(func(t *testing.T, method, target, host string) {
		u, err := url.ParseRequestURI(target)
		if err != nil {
			return
		}
		s := &Server{host: "127.0.0.1:1", state: state, responses: make(chan response, 1), finished: make(chan struct{}), shown: make(chan struct{})}
		w := httptest.NewRecorder()
		done := make(chan struct{})
		go func() {
			defer close(done)
			s.ServeHTTP(w, (&http.Request{Method: method, URL: u, Host: host, Header: http.Header{}}).WithContext(t.Context()))
		}()
		select {
		case r := <-s.responses:
			if method != http.MethodGet || host != s.host || u.Path != Path || r.state != state || r.code+r.errorCode == "" {
				t.Errorf("%s %s of %s was taken for the response", method, target, host)
			}
			s.outcome = r.err()
			close(s.finished)
			<-done
			if w.Code != http.StatusSeeOther {
				t.Errorf("status %d", w.Code)
			}
			w = httptest.NewRecorder()
			s.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "http://127.0.0.1:1"+s.resultPath(), nil))
			if w.Code != http.StatusOK {
				t.Errorf("last page: status %d", w.Code)
			}
			if r.errorCode != "" && strings.Contains(r.errorCode, "<") && strings.Contains(w.Body.String(), r.errorCode) {
				t.Errorf("not escaped: %q", r.errorCode)
			}
		case <-done:
			if w.Code < 400 {
				t.Errorf("%s %s of %s: status %d", method, target, host, w.Code)
			}
		}
		if w.Header().Get("Content-Security-Policy") == "" || strings.Contains(w.Body.String(), "<script") {
			t.Errorf("page:\n%v\n%s", w.Header(), w.Body)
		}
	})
}

// FuzzPaste checks that nothing without the state is taken, and that errors do not quote
// what was pasted.
func FuzzPaste(f *testing.F) {
	const state = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	f.Add("http://127.0.0.1:1/oauth/callback?code=c&state=" + state)
	f.Add("?code=&state=" + state)
	f.Add("code=%00&state=A#")
	f.Fuzz(func(t *testing.T, text string) {
		s := &Server{state: state, responses: make(chan response, 1)}
		err := s.Paste(text)
		if err == nil && len(s.responses) != 1 || err != nil && len(s.responses) != 0 {
			t.Fatalf("error %v, %d responses", err, len(s.responses))
		}
		if err != nil && !errors.Is(err, errNotResponse) && !errors.Is(err, errWrongState) {
			t.Errorf("error %v", err)
		}
	})
}
