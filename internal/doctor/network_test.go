package doctor_test

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/internal/doctor"
	"github.com/latchkey-sso/latchkey/internal/filetest"
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
	ok := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
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
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := "http://" + listener.Addr().String()
	_ = listener.Close()

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
		{"nobody listens", nobody, now, []string{refusal(listener.Addr()) + " (check the network; behind a proxy, set HTTPS_PROXY)"}},
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
func refusal(address net.Addr) string {
	_, err := net.Dial(address.Network(), address.String())
	if number, ok := errors.AsType[syscall.Errno](err); ok {
		return number.Error()
	}
	return "not refused"
}
