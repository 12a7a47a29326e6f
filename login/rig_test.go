package login_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/smithy-go/logging"

	"github.com/latchkey-sso/latchkey/idctest"
	"github.com/latchkey-sso/latchkey/internal/filetest"
	"github.com/latchkey-sso/latchkey/login"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// rig is a machine and an Identity Center, both on the clock of a synctest
// bubble: it starts at 2000-01-01T00:00:00Z, and waiting takes no time.
type rig struct {
	server  *idctest.Server
	home    string // $HOME, empty
	dir     tokencache.Dir
	session profile.SignIn // of the sso-session "corp", with a scope
	legacy  profile.SignIn
	net     http.RoundTripper // nil: the server's
	log     journal

	clock *atomic.Int64
}

// tokenOfCorp is the SHA-1 of "corp".
const tokenOfCorp = "ee0bfd2552fbd840c02cc48b6e823320543c450f.json"

const startURL = "https://d-0123456789.awsapps.com/start"

// run calls test in a bubble. The server is outside of it, on real connections;
// its clock is set with each request, which no other goroutine of it needs.
func run(t *testing.T, optFn func(*idctest.Options), test func(t *testing.T, r *rig)) {
	t.Helper()
	var clock atomic.Int64
	server := idctest.NewServer(t, func(o *idctest.Options) {
		o.Now = func() time.Time { return time.Unix(0, clock.Load()).UTC() }
		if optFn != nil {
			optFn(o)
		}
	})
	at := profile.Connection{Endpoints: profile.Endpoints{SSO: server.URL(), SSOOIDC: server.URL()}}
	r := &rig{
		server: server,
		home:   t.TempDir(),
		dir:    tokencache.Dir(filepath.Join(t.TempDir(), "sso", "cache")),
		session: profile.SignIn{Profile: "dev", Connection: at, Session: &profile.Session{
			Name: "corp", StartURL: startURL, Region: "us-east-1", RegistrationScopes: []string{"sso:account:access"},
		}},
		legacy: profile.SignIn{Profile: "old", Connection: at, Session: &profile.Session{StartURL: startURL, Region: "us-east-1"}},
		clock:  &clock,
	}
	t.Setenv("HOME", r.home)
	for _, variable := range []string{"AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_ENDPOINT_URL"} {
		t.Setenv(variable, "")
	}
	synctest.Test(t, func(t *testing.T) {
		clock.Store(time.Now().UnixNano())
		test(t, r)
	})
	if secret := secrets.FindString(r.log.String()); secret != "" {
		t.Errorf("the log holds a secret (%s...):\n%s", secret, r.log.String())
	}
}

// secrets matches the secrets that idctest issues.
var secrets = regexp.MustCompile(`idctest-(access-token|refresh-token|client-secret|device-code)-`)

// RoundTrip sends a request to the server, which reads the time off it.
func (r *rig) RoundTrip(req *http.Request) (*http.Response, error) {
	r.clock.Store(time.Now().UnixNano())
	if r.net != nil {
		return r.net.RoundTrip(req)
	}
	return direct.RoundTrip(req)
}

// direct keeps no connection open: the bubble's clock stands still while one of
// its goroutines reads from the network.
var direct = &http.Transport{DisableKeepAlives: true}

func (r *rig) options(o *login.Options) {
	o.TokenCache = r.dir
	o.HTTPClient, o.Logger = &http.Client{Transport: r}, &r.log
}

// login signs in. user is called with the code that the user is shown.
func (r *rig) login(ctx context.Context, p profile.SignIn, user func(userCode string)) (*tokencache.Token, error) {
	return login.Login(ctx, p, login.UI{ShowCode: func(c login.DeviceCode) { user(c.UserCode) }}, r.options)
}

// mustLogin signs in where the server is set to autoApprove.
func (r *rig) mustLogin(t *testing.T, p profile.SignIn) *tokencache.Token {
	t.Helper()
	tok, err := r.login(t.Context(), p, func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

func autoApprove(o *idctest.Options) { o.AutoApprove = true }

func (r *rig) approve(t *testing.T, userCode string) {
	t.Helper()
	if err := r.server.Approve(userCode); err != nil {
		t.Error(err)
	}
}

// fail makes requests fail more often than the SDK's retryer tries.
func (r *rig) fail(operation string, f idctest.Fault) {
	f.Times = 3
	r.server.Fail(operation, f)
}

// wantRequests checks how many requests of each kind the server saw.
func (r *rig) wantRequests(t *testing.T, want map[string]int) {
	t.Helper()
	got := map[string]int{}
	for _, req := range r.server.Requests() {
		got[req.Operation]++
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("requests: got %v, want %v", got, want)
	}
}

// times returns when requests for the operation came, since the bubble began.
func (r *rig) times(operation string) []string {
	var at []string
	for _, req := range r.server.Requests() {
		if req.Operation == operation {
			at = append(at, req.Time.Sub(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)).String())
		}
	}
	return at
}

func (r *rig) wantTimes(t *testing.T, operation string, want ...string) {
	t.Helper()
	if got := r.times(operation); !slices.Equal(got, want) {
		t.Errorf("%s came at %v, want %v", operation, got, want)
	}
}

// files returns the token and registration files of the cache by name.
func (r *rig) files(t *testing.T) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(string(r.dir))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".json") {
			files[e.Name()] = filetest.Read(t, filepath.Join(string(r.dir), e.Name()))
		}
	}
	return files
}

// journal is a log that can be read.
type journal struct {
	mu sync.Mutex
	b  strings.Builder
}

func (j *journal) Logf(class logging.Classification, format string, args ...any) {
	j.mu.Lock()
	defer j.mu.Unlock()
	fmt.Fprintf(&j.b, "%s %s\n", class, fmt.Sprintf(format, args...))
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.String()
}

// warnings are the lines of the log that a user would see.
func (j *journal) warnings() []string {
	var lines []string
	for line := range strings.Lines(j.String()) {
		if text, ok := strings.CutPrefix(line, "WARN "); ok {
			lines = append(lines, strings.TrimSpace(text))
		}
	}
	return lines
}

// writeConfig writes ~/.aws/config.
func (r *rig) writeConfig(t *testing.T, text string) {
	t.Helper()
	filetest.Write(t, filepath.Join(r.home, ".aws", "config"), []byte(text))
}

// wantError checks an error, and that it shows no secret.
func wantError(t *testing.T, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want one with %q", parts)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("error %q has no %q", err, part)
		}
	}
	if secrets.MatchString(fmt.Sprintf("%v %+v %#v", err, err, err)) {
		t.Errorf("error shows a secret: %v", err)
	}
}

// roundTripper is an http.RoundTripper that is a function.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// hangs never responds to requests for the path.
func hangs(path string) roundTripper {
	return func(req *http.Request) (*http.Response, error) {
		if req.URL.Path != path {
			return direct.RoundTrip(req)
		}
		<-req.Context().Done()
		return nil, req.Context().Err()
	}
}
