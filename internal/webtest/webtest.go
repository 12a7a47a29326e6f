// Package webtest sends requests in tests and reads the responses. It also finds ports for servers.
package webtest

import (
	"io"
	"net/http"
	"testing"
)

// Get requests a page. The headers are names and values.
func Get(t testing.TB, client *http.Client, address string, headers ...string) (resp *http.Response, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	return Read(t)(client.Do(req))
}

// Read returns a function that takes the results of a request, such as client.Do(req), and reads the response.
func Read(t testing.TB) func(*http.Response, error) (resp *http.Response, body string) {
	t.Helper()
	return func(resp *http.Response, err error) (*http.Response, string) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp, string(body)
	}
}
