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

const (
	imdsTTL   = "X-aws-ec2-metadata-token-ttl-seconds"
	imdsToken = "/latest/api/token"
	imdsRoles = "/latest/meta-data/iam/security-credentials/"
)

// imdsClient sends requests from this machine, with a session token if it has one.
type imdsClient struct {
	s     *credserver.Server
	token string
}

func (c *imdsClient) send(method, path string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://127.0.0.1"+path, nil)
	r.RemoteAddr = "127.0.0.1:50000"
	if c.token != "" {
		r.Header.Set("X-aws-ec2-metadata-token", c.token)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	c.s.ServeHTTP(w, r)
	return w
}

// start gets a session token that is valid for a minute.
func (c *imdsClient) start(t *testing.T, path string) {
	t.Helper()
	w := c.send("PUT", path+imdsToken, imdsTTL, "60")
	if w.Code != 200 || w.Header().Get(imdsTTL) != "60" || w.Header().Get("Content-Type") != "text/plain" {
		t.Fatalf("%d %v", w.Code, w.Header())
	}
	c.token = w.Body.String()
}

func TestIMDSRejects(t *testing.T) {
	s := newServer(t, newSource(time.Hour), withIMDS)
	path := imdsPath(s, "dev")
	for _, tt := range []struct {
		name, method, path string
		headers            []string
		status             int
	}{
		{"no ttl", "PUT", path + imdsToken, nil, 400},
		{"ttl 0", "PUT", path + imdsToken, []string{imdsTTL, "0"}, 400},
		{"ttl too long", "PUT", path + imdsToken, []string{imdsTTL, "21601"}, 400},
		{"through a proxy", "PUT", path + imdsToken, []string{imdsTTL, "60", "X-Forwarded-For", "192.0.2.1"}, 403},
		{"from a page", "PUT", path + imdsToken, []string{imdsTTL, "60", "Origin", "http://evil.example"}, 403},
		{"without the secret", "PUT", imdsToken, []string{imdsTTL, "60"}, 403},
		{"wrong secret", "PUT", "/imds/AAAA" + imdsToken, []string{imdsTTL, "60"}, 403},
		{"without a session token", "GET", path + imdsRoles, nil, 401},
		{"invented session token", "GET", path + imdsRoles, []string{"X-aws-ec2-metadata-token", "AAAA"}, 401},
		{"POST", "POST", path + imdsRoles, nil, 405},
	} {
		if w := (&imdsClient{s: s}).send(tt.method, tt.path, tt.headers...); w.Code != tt.status {
			t.Errorf("%s: status %d, want %d: %s", tt.name, w.Code, tt.status, w.Body)
		}
	}
	r := httptest.NewRequest("PUT", "http://127.0.0.1"+path+imdsToken, nil)
	r.RemoteAddr = "192.0.2.1:5000"
	r.Header.Set(imdsTTL, "60")
	w := httptest.NewRecorder()
	if s.ServeHTTP(w, r); w.Code != 403 {
		t.Errorf("from another machine: %d", w.Code)
	}
}

func TestIMDS(t *testing.T) {
	now := time.Now()
	dev := newSource(48 * time.Hour)
	s := newServer(t, dev, withIMDS, func(o *credserver.Options) { o.Now = func() time.Time { return now } })
	path := imdsPath(s, "dev")
	c := &imdsClient{s: s}
	c.start(t, path)
	if w := c.send("GET", path+imdsRoles); w.Body.String() != "Developer" {
		t.Errorf("roles: %s", w.Body)
	}
	if w := c.send("GET", path+imdsRoles+"Developer"); w.Code != 200 || !strings.Contains(w.Body.String(), `"Code":"Success"`) {
		t.Errorf("credentials: %d: %s", w.Code, w.Body)
	}
	if w := c.send("GET", path+imdsRoles+"Auditor"); w.Code != 404 {
		t.Errorf("another role: %d", w.Code)
	}
	if w := c.send("GET", imdsPath(s, "audit/eu")+imdsRoles); w.Code != 401 {
		t.Errorf("session token of another profile: %d", w.Code)
	}
	now = now.Add(time.Minute)
	if w := c.send("GET", path+imdsRoles); w.Code != 401 {
		t.Errorf("expired session token: %d", w.Code)
	}

	now = now.Add(72 * time.Hour)
	dev.set(func(d *source) { d.err = &provider.LoginRequiredError{Profile: "dev", Reason: "expired"} })
	c.start(t, path)
	if w := c.send("GET", path+imdsRoles+"Developer"); w.Code != 200 || !strings.Contains(w.Body.String(), `"Code":"LoginRequired"`) {
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
