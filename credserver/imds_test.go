package credserver_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/credserver"
	"github.com/latchkey-sso/latchkey/provider"
)

func withIMDS(o *credserver.Options) { o.IMDS = true }

// TestIMDS sends the requests of IMDSv2 clients, good and bad.
func TestIMDS(t *testing.T) {
	now := time.Now()
	dev := newSource(48 * time.Hour)
	s := newServer(t, dev, withIMDS, func(o *credserver.Options) { o.Now = func() time.Time { return now } })
	path, other := imdsPath(s, "dev"), imdsPath(s, "audit/eu")
	token := ""
	send := func(method, path string, headers ...string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, "http://127.0.0.1"+path, nil)
		r.RemoteAddr = "127.0.0.1:50000"
		for i := 0; i < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		if token != "" {
			r.Header.Set("X-aws-ec2-metadata-token", token)
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		return w
	}
	const ttl = "X-aws-ec2-metadata-token-ttl-seconds"
	const roles = "/latest/meta-data/iam/security-credentials/"
	for _, tt := range []struct {
		name, method, path string
		headers            []string
		status             int
	}{
		{"no ttl", "PUT", path + "/latest/api/token", nil, 400},
		{"ttl 0", "PUT", path + "/latest/api/token", []string{ttl, "0"}, 400},
		{"ttl too long", "PUT", path + "/latest/api/token", []string{ttl, "21601"}, 400},
		{"through a proxy", "PUT", path + "/latest/api/token", []string{ttl, "60", "X-Forwarded-For", "192.0.2.1"}, 403},
		{"of a page", "PUT", path + "/latest/api/token", []string{ttl, "60", "Origin", "http://evil.example"}, 403},
		{"without the secret", "PUT", "/latest/api/token", []string{ttl, "60"}, 403},
		{"wrong secret", "PUT", "/imds/AAAA/latest/api/token", []string{ttl, "60"}, 403},
		{"without a session token", "GET", path + roles, nil, 401},
		{"with a made-up session token", "GET", path + roles, []string{"X-aws-ec2-metadata-token", "AAAA"}, 401},
		{"POST", "POST", path + roles, nil, 405},
	} {
		if w := send(tt.method, tt.path, tt.headers...); w.Code != tt.status {
			t.Errorf("%s: status %d, want %d: %s", tt.name, w.Code, tt.status, w.Body)
		}
	}

	w := send("PUT", path+"/latest/api/token", ttl, "60")
	if w.Code != 200 || w.Header().Get(ttl) != "60" || w.Header().Get("Content-Type") != "text/plain" {
		t.Fatalf("%d %v", w.Code, w.Header())
	}
	token = w.Body.String()
	if w := send("GET", path+roles); w.Body.String() != "Developer" {
		t.Errorf("roles: %s", w.Body)
	}
	if w := send("GET", path+roles+"Developer"); w.Code != 200 || !strings.Contains(w.Body.String(), `"Code":"Success"`) {
		t.Errorf("credentials: %d: %s", w.Code, w.Body)
	}
	if w := send("GET", path+roles+"Auditor"); w.Code != 404 {
		t.Errorf("another role: %d", w.Code)
	}
	if w := send("GET", other+roles); w.Code != 401 {
		t.Errorf("session token of another profile: %d", w.Code)
	}
	now = now.Add(time.Minute)
	if w := send("GET", path+roles); w.Code != 401 {
		t.Errorf("expired session token: %d", w.Code)
	}
	r := httptest.NewRequest("PUT", "http://127.0.0.1"+path+"/latest/api/token", nil)
	r.RemoteAddr = "192.0.2.1:5000"
	r.Header.Set(ttl, "60")
	w = httptest.NewRecorder()
	if s.ServeHTTP(w, r); w.Code != 403 {
		t.Errorf("from another machine: %d", w.Code)
	}

	token = ""
	w = send("PUT", path+"/latest/api/token", ttl, "60")
	token = w.Body.String()
	now = now.Add(72 * time.Hour)
	dev.set(func(d *source) { d.err = &provider.LoginRequiredError{Profile: "dev", Reason: "expired"} })
	token = send("PUT", path+"/latest/api/token", ttl, "60").Body.String()
	if w := send("GET", path+roles+"Developer"); w.Code != 200 || !strings.Contains(w.Body.String(), `"Code":"LoginRequired"`) {
		t.Errorf("without a sign-in: %d: %s", w.Code, w.Body)
	}
}

// TestIMDSIsOff: IMDS is off by default.
func TestIMDSIsOff(t *testing.T) {
	s := newServer(t, newSource(time.Hour))
	if s.IMDSEndpoint("dev", "localhost:1") != "" {
		t.Error("there is a path")
	}
	r := httptest.NewRequest(http.MethodPut, "http://localhost/imds//latest/api/token", nil)
	w := httptest.NewRecorder()
	if s.ServeHTTP(w, r); w.Code != http.StatusForbidden {
		t.Errorf("status %d", w.Code)
	}
}

// imdsPath returns the path of the endpoint, with the secret.
func imdsPath(s *credserver.Server, profile string) string {
	_, secret, _ := strings.Cut(string(s.IMDSEndpoint(profile, "h")), "/imds/")
	return "/imds/" + secret
}
