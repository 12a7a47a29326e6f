package awsrest_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/latchkey-sso/latchkey/sso"
	"github.com/latchkey-sso/latchkey/ssooidc"
)

// busy is an HTTP client whose responses are all errors with a status and a header.
type busy struct {
	status int
	header http.Header
	sent   []time.Time
}

func (b *busy) Do(*http.Request) (*http.Response, error) {
	b.sent = append(b.sent, time.Now())
	return &http.Response{StatusCode: b.status, Header: b.header, Body: io.NopCloser(strings.NewReader("{}"))}, nil
}

// TestRetryAfter checks how long a client waits before it retries, with a backoff of 0.
func TestRetryAfter(t *testing.T) {
	const date = "Sun, 06 Nov 1994 08:49:37 GMT"
	tests := map[string]struct {
		after, date string
		want        time.Duration
	}{
		"none":              {"", "", 0},
		"seconds":           {"3", "", 3 * time.Second},
		"date":              {"Sun, 06 Nov 1994 08:49:40 GMT", date, 3 * time.Second},
		"negative":          {"-3", "", 0},
		"past date":         {"Sun, 06 Nov 1994 08:49:30 GMT", date, 0},
		"date without Date": {"Sun, 06 Nov 1994 08:49:40 GMT", "", 0},
		"not a time":        {"soon", date, 0},
		"too long":          {"86400", "", 5 * time.Second},
		"date too far":      {"Sun, 06 Nov 2294 08:49:40 GMT", date, 5 * time.Second},
		"overflow":          {"9223372036854775807", "", 5 * time.Second},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				header := http.Header{}
				header.Set("Retry-After", test.after)
				header.Set("Date", test.date)
				portal := &busy{status: http.StatusServiceUnavailable, header: header}
				client := sso.New(sso.Options{Region: "us-east-1", HTTPClient: portal, Retryer: noWait()})
				_, err := client.ListAccounts(t.Context(), &sso.ListAccountsInput{AccessToken: new("t")})
				checkWaits(t, "ListAccounts", err, portal.sent, test.want)

				oidc := &busy{status: http.StatusServiceUnavailable, header: header}
				err = refresh(t, ssooidc.Options{Region: "us-east-1", HTTPClient: oidc, Retryer: noWait()})
				checkWaits(t, "CreateToken", err, oidc.sent, test.want)
			})
		})
	}
}

func checkWaits(t *testing.T, operation string, err error, sent []time.Time, want time.Duration) {
	t.Helper()
	var status interface{ HTTPStatusCode() int }
	if !errors.As(err, &status) || len(sent) != 3 {
		t.Fatalf("%s: %d attempts, error %v", operation, len(sent), err)
	}
	for i, at := range sent[1:] {
		if wait := at.Sub(sent[i]); wait != want {
			t.Errorf("%s: waited %s before attempt %d, want %s", operation, wait, i+2, want)
		}
	}
}
