package callback

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/internal/webtest"
)

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
		r := start(t, nil)
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
	s, err := Listen(t.Context(), webtest.Port(t), "corp")
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
