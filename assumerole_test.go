package latchkey_test

import (
	"encoding/pem"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/latchkey-sso/latchkey"
)

// fakeSTS assumes roles, and tells who asked for which.
type fakeSTS struct {
	*httptest.Server
	mu    sync.Mutex
	calls []string
}

func newSTS(t *testing.T) *fakeSTS {
	t.Helper()
	s := &fakeSTS{}
	s.Server = httptest.NewTLSServer(http.HandlerFunc(s.assume))
	t.Cleanup(s.Close)
	t.Setenv("AWS_ENDPOINT_URL_STS", s.URL)
	bundle := filepath.Join(t.TempDir(), "ca.pem")
	write(t, bundle, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}))
	t.Setenv("AWS_CA_BUNDLE", bundle)
	return s
}

func (s *fakeSTS) assume(w http.ResponseWriter, r *http.Request) {
	arn := r.FormValue("RoleArn")
	_, after, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
	key, _, _ := strings.Cut(after, "/")
	s.mu.Lock()
	s.calls = append(s.calls, fmt.Sprintf("%.4s %s %s %s", key, arn, r.FormValue("RoleSessionName"), r.FormValue("ExternalId")))
	s.mu.Unlock()
	fmt.Fprint(w, `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials><AccessKeyId>ROLE`)
	_ = xml.EscapeText(w, []byte(arn[strings.LastIndex(arn, "/")+1:]))
	fmt.Fprintf(w, `</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>%s</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`,
		time.Now().Add(time.Hour).UTC().Format(time.RFC3339))
}

func TestRoleChain(t *testing.T) {
	for name, optFns := range map[string][]func(*config.LoadOptions) error{
		"by name":        {latchkey.WithProfile("deep")},
		"by environment": {latchkey.WithProfile("")},
	} {
		t.Run(name, func(t *testing.T) {
			server, _ := newHome(t)
			sts := newSTS(t)
			t.Setenv("AWS_PROFILE", "deep")
			cfg := load(t, optFns...)
			if creds := retrieve(t, cfg.Credentials); creds.AccessKeyID != "ROLEDeep" {
				t.Errorf("credentials of %q, want those of the role Deep", creds.AccessKeyID)
			}
			count(t, server, "GetRoleCredentials", 1)
			if len(sts.calls) != 2 {
				t.Fatalf("calls of STS: %q", sts.calls)
			}
			if want := "ASIA arn:aws:iam::444455556666:role/Admin me ext"; sts.calls[0] != want {
				t.Errorf("first %q, want %q", sts.calls[0], want)
			}
			if want := "ROLE arn:aws:iam::777788889999:role/Deep "; !strings.HasPrefix(sts.calls[1], want) {
				t.Errorf("then %q, want %q", sts.calls[1], want)
			}
			if cfg.BearerAuthTokenProvider != nil {
				t.Error("a profile without a session has no bearer token")
			}
		})
	}
}
