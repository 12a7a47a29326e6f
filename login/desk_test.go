package login

import (
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/logging"

	"github.com/latchkey-sso/latchkey/idctest"
	"github.com/latchkey-sso/latchkey/internal/filetest"
	"github.com/latchkey-sso/latchkey/internal/ssoclient"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// desk is a machine with a browser, and an Identity Center.
type desk struct {
	*browserFlow

	server *idctest.Server
	dir    tokencache.Dir

	mu   sync.Mutex
	log  strings.Builder
	urls []string // opened in the browser
}

const portal = "https://d-0123456789.awsapps.com/start"

// newDesk has a browser that does as browse says.
func newDesk(t *testing.T, browse func(d *desk, address string), optFns ...func(*idctest.Options)) *desk {
	t.Helper()
	d := &desk{dir: tokencache.Dir(filepath.Join(t.TempDir(), "sso", "cache"))}
	d.server = idctest.NewServer(t, append([]func(*idctest.Options){func(o *idctest.Options) { o.AutoApprove = true }}, optFns...)...)
	p := profile.SignIn{
		Profile:    "dev",
		Connection: profile.Connection{Endpoints: profile.Endpoints{SSOOIDC: d.server.URL()}},
		Session:    &profile.Session{Name: "corp", StartURL: portal, Region: "us-east-1"},
	}
	cfg := aws.Config{Logger: d}
	oidc, err := ssoclient.OIDC(p, cfg)
	if err != nil {
		t.Fatal(err)
	}
	opts, err := newOptions(nil, []func(*Options){func(o *Options) { o.TokenCache, o.ClientConfig = d.dir, func() aws.Config { return cfg } }})
	if err != nil {
		t.Fatal(err)
	}
	var browsing sync.WaitGroup
	over := false
	t.Cleanup(func() {
		d.mu.Lock()
		over = true
		d.mu.Unlock()
		browsing.Wait()
	})
	ui := UI{OpenBrowser: func(address string) error {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.urls = append(d.urls, address)
		if !over { // a test may be over before the page opens
			browsing.Go(func() { browse(d, address) })
		}
		return nil
	}}
	d.browserFlow = &browserFlow{signIn: &signIn{session: p.Session, startURL: portal, deadline: time.Now().Add(approvalTimeout), oidc: oidc, ui: ui, opts: opts}}
	t.Cleanup(func() {
		if secret := regexp.MustCompile(`idctest-(access-token|refresh-token|client-secret|code)-\w*`).FindString(d.log.String()); secret != "" {
			t.Errorf("the log holds %s:\n%s", secret, d.log.String())
		}
	})
	return d
}

// Logf keeps warnings and debug lines.
func (d *desk) Logf(class logging.Classification, format string, args ...any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	fmt.Fprintf(&d.log, "%s %s\n", class, fmt.Sprintf(format, args...))
}

// visit loads a page and follows redirects. It returns the last page.
func visit(d *desk, address string) {
	if page, err := get(address); err != nil || page == "" {
		d.Logf(logging.Warn, "the browser got %q, %v", page, err)
	}
}

func get(address string) (string, error) {
	resp, err := http.Get(address)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	page, err := io.ReadAll(resp.Body)
	return string(page), err
}

// stay visits no page.
func stay(*desk, string) {}

func (d *desk) file(t *testing.T, key string) string {
	t.Helper()
	data := filetest.Read(t, d.dir.Path(key))
	return data
}

// registrationFile is the name for sso-session corp in the AWS CLI's cache, without scopes
// configured.
const registrationFile = `{"region": "us-east-1", "scopes": null, "session_name": "corp", "startUrl": "` + portal + `", "tool": "botocore"}`
