package doctor_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/internal/doctor"
	"github.com/latchkey-sso/latchkey/internal/filetest"
	"github.com/latchkey-sso/latchkey/internal/webtest"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/tokenstore"
)

// examine runs the checks on profile dev, whose Identity Center is at endpoint, and
// returns the results as lines.
func examine(t *testing.T, endpoint string, now time.Time) string {
	t.Helper()
	home := t.TempDir()
	for name, value := range map[string]string{
		"HOME": home, "USERPROFILE": home, "AWS_CONFIG_FILE": "", "AWS_PROFILE": "",
		"AWS_ENDPOINT_URL_SSO": endpoint, "AWS_ENDPOINT_URL_SSO_OIDC": endpoint,
	} {
		t.Setenv(name, value)
	}
	aws := filepath.Join(home, ".aws")
	config := "[sso-session corp]\nsso_start_url = https://d-1234567890.awsapps.com/start\nsso_region = eu-west-1\n" +
		"[profile dev]\nsso_session = corp\nsso_account_id = 111122223333\nsso_role_name = Developer\n"
	filetest.Write(t, filepath.Join(aws, "config"), config)
	var lines strings.Builder
	doctor.Run(t.Context(), doctor.Options{
		Profile:  "dev",
		Getenv:   os.Getenv,
		Now:      func() time.Time { return now },
		Open:     func(s *profile.Session) (*tokenstore.Store, error) { return tokenstore.Open(s.TokenStore) },
		LookPath: func(string) (string, error) { return "", exec.ErrNotFound },
		Describe: func(err error) (message, fix string) { return err.Error(), "" },
	}, func(r doctor.Result) {
		fmt.Fprintf(&lines, "%s %s: %s (%s)\n", r.Status, r.Check, r.Message, r.Fix)
	})
	return lines.String()
}

func TestNetwork(t *testing.T) {
	now := time.Now()
	ok := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Date", now.UTC().Format(http.TimeFormat))
	})
	plain := httptest.NewServer(ok)
	defer plain.Close()
	secure := httptest.NewTLSServer(ok)
	defer secure.Close()
	hang := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack() //nolint:forcetypeassert // net/http's own
		if err == nil {
			_ = conn.Close()
		}
	}))
	defer hang.Close()
	nobody := net.JoinHostPort("127.0.0.1", strconv.Itoa(webtest.Port(t)))
	knowNoHosts(t)

	tests := []struct {
		name, endpoint string
		now            time.Time
		want           []string
	}{
		{"reached", plain.URL, now, []string{"ok network: ", "ok clock: "}},
		{"clock ahead", plain.URL, now.Add(time.Hour), []string{"failed clock: the clock is 1h0m0s ahead (set the clock"}},
		{"clock behind", plain.URL, now.Add(-time.Hour), []string{"failed clock: the clock is 1h0m0s behind (set the clock"}},
		{"unknown authority", secure.URL, now, []string{"failed network: cannot reach 127.0.0.1", "x509: certificate signed by unknown authority (if a proxy intercepts TLS, set AWS_CA_BUNDLE"}},
		{"no such name", "http://nowhere.invalid", now, []string{"failed network: cannot reach nowhere.invalid: no such host (check the network and sso_region)"}},
		{"nobody listens", "http://" + nobody, now, []string{refusal(nobody) + " (check the network; behind a proxy, set HTTPS_PROXY)"}},
		{"connection closed", hang.URL, now, []string{"failed network: cannot reach", "the connection was closed"}},
		{"not a URL", "ftp://x", now, []string{"failed network: ", "AWS_ENDPOINT_URL_SSO_OIDC"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := examine(t, tt.endpoint, tt.now)
			for _, want := range tt.want {
				if !strings.Contains(got, want) {
					t.Errorf("no %q in\n%s", want, got)
				}
			}
		})
	}
}

// refusal is the error of a connection to an address that nobody listens on, in the words of the system.
func refusal(address string) string {
	_, err := net.Dial("tcp", address)
	if number, ok := errors.AsType[syscall.Errno](err); ok {
		return number.Error()
	}
	return "not refused"
}

// knowNoHosts replaces the name servers of the system by one that knows no names.
func knowNoHosts(t *testing.T) {
	t.Helper()
	before := net.DefaultResolver
	t.Cleanup(func() { net.DefaultResolver = before })
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		go func() {
			defer server.Close()
			for {
				query := make([]byte, 2+512) // a length, then the message
				n, err := server.Read(query)
				if err != nil || n < 14 {
					return
				}
				query[2+2], query[2+3] = 0x81, 0x83 // a response: the name does not exist
				if _, err := server.Write(query[:n]); err != nil {
					return
				}
			}
		}()
		return client, nil
	}}
}
