package idctest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sso"
	"github.com/aws/aws-sdk-go-v2/service/ssooidc"

	"github.com/latchkey-sso/latchkey/idctest"
	"github.com/latchkey-sso/latchkey/internal/webtest"
)

// clock is a clock that a test moves.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func withClock(c *clock) func(*idctest.Options) {
	return func(o *idctest.Options) { o.Now = c.Now }
}

func autoApprove(o *idctest.Options) { o.AutoApprove = true }

// portalClient is the official client, without retries.
func portalClient(srv *idctest.Server) *sso.Client {
	return sso.New(sso.Options{Region: "us-east-1", BaseEndpoint: aws.String(srv.URL()), Retryer: aws.NopRetryer{}})
}

func oidcClient(srv *idctest.Server) *ssooidc.Client {
	return ssooidc.New(ssooidc.Options{Region: "us-east-1", BaseEndpoint: aws.String(srv.URL()), Retryer: aws.NopRetryer{}})
}

func listAccounts(ctx context.Context, srv *idctest.Server, accessToken string) error {
	_, err := portalClient(srv).ListAccounts(ctx, &sso.ListAccountsInput{AccessToken: &accessToken})
	return err
}

// wantError fails the test unless err is a T.
func wantError[T error](t *testing.T, err error) {
	t.Helper()
	if _, ok := errors.AsType[T](err); !ok {
		var want T
		t.Fatalf("error = %v, want a %T", err, want)
	}
}

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func get(t *testing.T, url string) (*http.Response, string) {
	t.Helper()
	req := must[*http.Request](t)(http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil))
	return do(t, req)
}

func do(t *testing.T, req *http.Request) (*http.Response, string) {
	t.Helper()
	// Each request on its own connection, and no redirect followed.
	client := &http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return webtest.Read(t)(client.Do(req))
}

func TestEveryResponseHasIDAndDate(t *testing.T) {
	clk := newClock()
	srv := idctest.NewServer(t, withClock(clk))
	srv.Fail("ListAccounts", idctest.Fault{Status: 503})
	seen := map[string]bool{}
	for _, path := range []string{"/assignment/accounts", "/assignment/accounts", "/device", "/nowhere"} {
		resp, _ := get(t, srv.URL()+path)
		id := resp.Header.Get("X-Amzn-Requestid")
		if len(id) != 36 || seen[id] {
			t.Errorf("GET %s: request ID %q, want a new UUID", path, id)
		}
		seen[id] = true
		if got, want := resp.Header.Get("Date"), clk.Now().Format(http.TimeFormat); got != want {
			t.Errorf("GET %s: Date %q, want %q", path, got, want)
		}
	}
}

func TestUnknownOperation(t *testing.T) {
	srv := idctest.NewServer(t)
	for _, path := range []string{"/", "/token", "/logout", "/favicon.ico"} {
		if resp, _ := get(t, srv.URL()+path); resp.StatusCode != http.StatusNotFound {
			t.Errorf("GET %s: %s, want 404", path, resp.Status)
		}
	}
	if got := srv.Count("Unknown"); got != 4 {
		t.Errorf("Count(Unknown) = %d, want 4", got)
	}
}

func TestBodyTooLong(t *testing.T) {
	srv := idctest.NewServer(t)
	body := strings.NewReader(strings.Repeat("x", 2<<20))
	req := must[*http.Request](t)(http.NewRequestWithContext(t.Context(), http.MethodPost, srv.URL()+"/token", body))
	if resp, _ := do(t, req); resp.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("status %s, want 413", resp.Status)
	}
}

func TestEnv(t *testing.T) {
	srv := idctest.NewServer(t)
	want := []string{"AWS_ENDPOINT_URL_SSO=" + srv.URL(), "AWS_ENDPOINT_URL_SSO_OIDC=" + srv.URL(), "AWS_ENDPOINT_URL_STS=" + srv.URL(), "AWS_ENDPOINT_URL_SIGNIN=" + srv.URL()}
	if got := srv.Env(); !slices.Equal(got, want) {
		t.Errorf("Env() = %q, want %q", got, want)
	}
}

func TestClose(t *testing.T) {
	srv := must[*idctest.Server](t)(idctest.Start())
	srv.Fail("ListAccounts", idctest.Fault{Hang: true})
	signIn := srv.SignIn()

	// An idle keep-alive connection, and a request that hangs.
	if err := listRoles(t.Context(), srv, signIn.AccessToken); err != nil {
		t.Fatal(err)
	}
	hung := make(chan error, 1)
	go func() { hung <- listAccounts(t.Context(), srv, signIn.AccessToken) }()
	waitForRequest(srv, "ListAccounts")

	srv.Close()
	srv.Close()
	if err := <-hung; err == nil {
		t.Error("a request that hung got a response when the server was closed")
	}
	if err := listRoles(t.Context(), srv, signIn.AccessToken); err == nil {
		t.Error("a closed server responds")
	}
}

// waitForRequest returns when a request for an operation has arrived.
func waitForRequest(srv *idctest.Server, operation string) {
	for srv.Count(operation) == 0 {
		runtime.Gosched()
	}
}

func listRoles(ctx context.Context, srv *idctest.Server, accessToken string) error {
	_, err := portalClient(srv).ListAccountRoles(ctx, &sso.ListAccountRolesInput{
		AccessToken: &accessToken, AccountId: aws.String("123456789012"),
	})
	return err
}

func TestCloseDuringLatency(t *testing.T) {
	srv := must[*idctest.Server](t)(idctest.Start(func(o *idctest.Options) { o.Latency = time.Hour }))
	done := make(chan error, 1)
	go func() { done <- listAccounts(t.Context(), srv, "x") }()
	waitForRequest(srv, "ListAccounts")
	srv.Close()
	if err := <-done; err == nil {
		t.Error("a request held back got a response when the server was closed")
	}
}

// TestCloseEndsPipelinedRequests: net/http does not notice that the connection of a request is gone
// while the client's next request waits in it.
func TestCloseEndsPipelinedRequests(t *testing.T) {
	tests := map[string]idctest.Fault{"hang": {Hang: true}, "delay": {Delay: time.Hour}, "until": {Until: make(chan struct{})}}
	for name, fault := range tests {
		t.Run(name, func(t *testing.T) {
			srv := must[*idctest.Server](t)(idctest.Start())
			srv.Fail("ListAccounts", fault)
			conn := must[net.Conn](t)(net.Dial("tcp", strings.TrimPrefix(srv.URL(), "http://")))
			defer conn.Close()
			const request = "GET /assignment/accounts HTTP/1.1\r\nHost: x\r\n\r\n"
			must[int](t)(io.WriteString(conn, request))
			waitForRequest(srv, "ListAccounts")
			must[int](t)(io.WriteString(conn, request))
			for range 5 { // time for the server to see it
				get(t, srv.URL()+"/device")
			}

			srv.Close()
			if got := srv.Requests(); srv.Count("ListAccounts") != 1 || got[0].Status != 0 {
				t.Errorf("requests %v, want one without a response", got)
			}
			if response, _ := io.ReadAll(conn); len(response) > 0 {
				t.Errorf("response %q", response)
			}
		})
	}
}

// TestCloseWaits: nothing a test has lent to the server is in use after Close.
func TestCloseWaits(t *testing.T) {
	begun := make(chan struct{})
	over := false
	srv := must[*idctest.Server](t)(idctest.Start(func(o *idctest.Options) {
		o.Credentials = aws.CredentialsProviderFunc(func(ctx context.Context) (aws.Credentials, error) {
			close(begun)
			<-ctx.Done()
			for range 100 {
				runtime.Gosched()
			}
			over = true
			return aws.Credentials{}, ctx.Err()
		})
	}))
	failed := make(chan error, 1)
	go func() {
		_, err := signedClient(srv).CreateTokenWithIAM(t.Context(), bearerGrant())
		failed <- err
	}()
	<-begun
	srv.Close()
	if !over {
		t.Error("a request is still being handled")
	}
	if err := <-failed; err == nil {
		t.Error("a request got a response by a closed server")
	}
}

// fakeTB is a test that is run by a test.
type fakeTB struct {
	idctest.TB

	cleanups []func()
	fatal    string
}

func (tb *fakeTB) Helper()                           {}
func (tb *fakeTB) Cleanup(f func())                  { tb.cleanups = append(tb.cleanups, f) }
func (tb *fakeTB) Fatalf(format string, args ...any) { tb.fatal = fmt.Sprintf(format, args...) }

func TestNewServerIsClosedByCleanup(t *testing.T) {
	tb := &fakeTB{}
	srv := idctest.NewServer(tb)
	for _, f := range tb.cleanups {
		f()
	}
	// Another server may have its port by now, but does not know its tokens.
	if err := listAccounts(t.Context(), srv, srv.SignIn().AccessToken); err == nil {
		t.Error("a closed server responds")
	}
}

func TestMisuse(t *testing.T) {
	tests := map[string]func(*idctest.Server){
		"Count": func(s *idctest.Server) { s.Count("GetRoleCredential") },
		"Fail":  func(s *idctest.Server) { s.Fail("createToken", idctest.Fault{}) },
	}
	for name, misuse := range tests {
		t.Run(name, func(t *testing.T) {
			tb := &fakeTB{}
			srv := idctest.NewServer(tb)
			defer srv.Close()
			misuse(srv)
			if !strings.Contains(tb.fatal, "no operation") {
				t.Errorf("NewServer: Fatalf said %q, want a complaint about the operation", tb.fatal)
			}

			lone := must[*idctest.Server](t)(idctest.Start())
			defer lone.Close()
			defer func() {
				if recover() == nil {
					t.Error("Start: no panic")
				}
			}()
			misuse(lone)
		})
	}
}

func TestConcurrentUse(t *testing.T) {
	srv := idctest.NewServer(t, autoApprove, func(o *idctest.Options) { o.PollInterval = 0 })
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			signIn := srv.SignIn()
			if err := listAccounts(t.Context(), srv, signIn.AccessToken); err != nil {
				t.Error(err)
			}
			if _, err := refresh(t.Context(), srv, signIn); err != nil {
				t.Error(err)
			}
			srv.Requests()
			srv.Fail("Logout", idctest.Fault{})
		})
	}
	wg.Wait()
	if got := srv.Count(""); got != 16 {
		t.Errorf("Count() = %d, want 16", got)
	}
}

func TestOptionsAreCopied(t *testing.T) {
	accounts := []idctest.Account{{ID: "111122223333", Roles: []string{"A"}}}
	srv := idctest.NewServer(t, func(o *idctest.Options) { o.Accounts = accounts })
	accounts[0].ID, accounts[0].Roles[0] = "444455556666", "B"
	_, err := portalClient(srv).GetRoleCredentials(t.Context(), &sso.GetRoleCredentialsInput{
		AccessToken: aws.String(srv.SignIn().AccessToken), AccountId: aws.String("111122223333"), RoleName: aws.String("A"),
	})
	if err != nil {
		t.Error(err)
	}
}
