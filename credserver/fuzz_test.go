package credserver_test

import (
	"bufio"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// FuzzServeHTTP sends arbitrary requests. Only a GET with the profile's token and this host gets
// credentials. In the input, TOKEN and OTHER stand for the tokens of the profiles, IMDS for the secret.
func FuzzServeHTTP(f *testing.F) {
	for _, seed := range []string{
		"GET /profiles/dev HTTP/1.1\r\nHost: localhost\r\nAuthorization: TOKEN\r\n\r\n",
		"GET /profiles/dev HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer TOKEN\r\n\r\n",
		"GET /profiles/dev HTTP/1.1\r\nHost: localhost\r\nAuthorization: OTHER\r\n\r\n",
		"GET /profiles/dev HTTP/1.1\r\nHost: evil.example\r\nAuthorization: TOKEN\r\nOrigin: x\r\n\r\n",
		"GET http://[::1]:1/profiles/audit%2Feu?x HTTP/1.0\r\nAuthorization: OTHER\r\n\r\n",
		"PUT /imds/IMDS/latest/api/token HTTP/1.1\r\nHost: 127.0.0.1\r\nX-aws-ec2-metadata-token-ttl-seconds: 5\r\n\r\n",
		"GET /imds/IMDS/latest/meta-data/iam/security-credentials/Developer HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
		"POST /profiles/dev HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nAuthorization: TOKEN\r\n\r\nabc",
	} {
		f.Add(seed)
	}
	s := newServer(f, newSource(time.Hour), withIMDS)
	if err := s.Warm(f.Context()); err != nil {
		f.Fatal(err)
	}
	secrets := strings.NewReplacer("TOKEN", string(s.Token("dev")), "OTHER", string(s.Token("audit/eu")),
		"IMDS", imdsPath(s, "dev")[len("/imds/"):])
	f.Fuzz(func(t *testing.T, input string) {
		r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(secrets.Replace(input))))
		if err != nil {
			return
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		body := w.Body.String()
		if !strings.Contains(body, "very-secret") {
			return
		}
		if strings.Contains(r.URL.Path, "security-credentials") {
			t.Fatalf("IMDS credentials without a session token for %q", input)
		}
		own, path := string(s.Token("dev")), "/profiles/dev"
		if r.URL.Path != path {
			own, path = string(s.Token("audit/eu")), "/profiles/audit/eu"
		}
		got := r.Header.Get("Authorization")
		if r.URL.Path != path || got != own && !strings.EqualFold(got[:min(7, len(got))], "Bearer ") || !strings.HasSuffix(got, own) {
			t.Errorf("credentials for %q", input)
		}
		for _, name := range []string{"Origin", "Referer", "Sec-Fetch-Site", "Sec-Fetch-Mode", "X-Forwarded-For", "Forwarded"} {
			if r.Header.Values(name) != nil {
				t.Errorf("credentials for a request with %s", name)
			}
		}
		if host := strings.ToLower(r.Host); !strings.HasPrefix(host, "localhost") && !strings.HasPrefix(host, "127.0.0.1") && !strings.HasPrefix(host, "[") && !strings.HasPrefix(host, "::1") && host != "0:0:0:0:0:0:0:1" || r.Method != http.MethodGet {
			t.Errorf("credentials for %s of host %q", r.Method, r.Host)
		}
	})
}
