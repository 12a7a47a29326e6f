package command

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// TestRedirectOnce checks that only the first request with the right host and path gets the secret.
func TestRedirectOnce(t *testing.T) {
	fetched := make(chan struct{})
	handler := redirectOnce("127.0.0.1:1", "/secret", "https://target.example/?token", fetched)
	request := func(method, target string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest(method, target, nil))
		return w
	}
	for _, r := range [][2]string{
		{http.MethodGet, "http://127.0.0.1:1/"},
		{http.MethodGet, "http://127.0.0.1:1/secret/"},
		{http.MethodGet, "http://rebound.example/secret"},
		{http.MethodPost, "http://127.0.0.1:1/secret"},
		{http.MethodHead, "http://127.0.0.1:1/secret"},
	} {
		if w := request(r[0], r[1]); w.Code != http.StatusNotFound || w.Header().Get("Location") != "" {
			t.Errorf("%s %s: %d, %v", r[0], r[1], w.Code, w.Header())
		}
	}
	select {
	case <-fetched:
		t.Error("fetched by a request that was rejected")
	default:
	}
	w := request(http.MethodGet, "http://127.0.0.1:1/secret")
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "https://target.example/?token" ||
		w.Header().Get("Cache-Control") != "no-store" || w.Header().Get("Referrer-Policy") != "no-referrer" {
		t.Errorf("%d, %v", w.Code, w.Header())
	}
	<-fetched
	if w := request(http.MethodGet, "http://127.0.0.1:1/secret"); w.Code != http.StatusGone || w.Header().Get("Location") != "" {
		t.Errorf("again: %d, %v", w.Code, w.Header())
	}
}
