package awsrest_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"

	"github.com/latchkey-sso/latchkey/internal/awsrest/resttest"
	"github.com/latchkey-sso/latchkey/sso"
	"github.com/latchkey-sso/latchkey/ssooidc"
)

// script is an HTTP client that answers each request the same way, from memory.
type script struct {
	status int
	code   string // X-Amzn-ErrorType
	body   string
	date   string
	err    error
	n      int
}

func (s *script) Do(*http.Request) (*http.Response, error) {
	s.n++
	if s.err != nil {
		return nil, s.err
	}
	header := http.Header{}
	header.Set("X-Amzn-ErrorType", s.code)
	if s.date != "" {
		header.Set("Date", s.date)
	}
	return &http.Response{StatusCode: s.status, Header: header, Body: io.NopCloser(strings.NewReader(s.body))}, nil
}

var (
	errReset   = &net.OpError{Op: "read", Err: syscall.ECONNRESET}
	errDial    = &net.OpError{Op: "dial", Err: syscall.ETIMEDOUT}
	errNoHost  = &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", IsNotFound: true}}
	errTimeout = &net.OpError{Op: "read", Err: context.DeadlineExceeded}
)

// TestAttempts counts how often the default retryer tries, for requests that can be repeated and for
// those that spend what they carry.
func TestAttempts(t *testing.T) {
	tests := map[string]struct {
		script
		repeatable int
		singleUse  int
	}{
		"500":                     {script{status: 500}, 3, 3},
		"502":                     {script{status: 502, body: "<html>"}, 3, 3},
		"503":                     {script{status: 503}, 3, 3},
		"504":                     {script{status: 504}, 3, 3},
		"501":                     {script{status: 501}, 1, 1},
		"505":                     {script{status: 505}, 1, 1},
		"408":                     {script{status: 408}, 1, 1},
		"429 without a code":      {script{status: 429}, 1, 1},
		"429 with its code":       {script{status: 429, code: "TooManyRequestsException"}, 3, 1},
		"ThrottlingException":     {script{status: 400, code: "ThrottlingException"}, 3, 1},
		"503 throttling":          {script{status: 503, code: "ThrottlingException"}, 3, 3},
		"RequestTimeout":          {script{status: 400, code: "RequestTimeout"}, 3, 1},
		"SlowDownException":       {script{status: 400, code: "SlowDownException"}, 1, 1},
		"AuthorizationPending":    {script{status: 400, code: "AuthorizationPendingException"}, 1, 1},
		"InternalServerException": {script{status: 500, code: "InternalServerException"}, 3, 3},
		"AccessDenied, clock off": {script{status: 400, code: "AccessDeniedException", date: "Sat, 01 Jan 2000 10:00:00 GMT"}, 1, 1},
		"redirect":                {script{status: 307}, 1, 1},
		"connection reset":        {script{err: errReset}, 3, 1},
		"timeout":                 {script{err: errTimeout}, 3, 1},
		"cannot dial":             {script{err: errDial}, 3, 3},
		"no such host":            {script{err: errNoHost}, 1, 1},
		"broken answer":           {script{status: 200, body: "{"}, 1, 1},
	}
	for name, tt := range tests {
		count := func(t *testing.T, client any, operation string, fill func(any)) int {
			t.Helper()
			tt.n = 0
			if _, err := resttest.Call(t.Context(), t, client, operation, fill); err == nil {
				t.Errorf("%s: no error", operation)
			}
			return tt.n
		}
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // the waits between attempts take no time
				portal := sso.New(sso.Options{Region: "us-east-1", HTTPClient: &tt.script})
				oidc := ssooidc.New(ssooidc.Options{Region: "us-east-1", HTTPClient: &tt.script, Credentials: static})
				if n := count(t, portal, "ListAccounts", resttest.FillSnapshot); n != tt.repeatable {
					t.Errorf("ListAccounts: %d attempts, want %d", n, tt.repeatable)
				}
				for grant, want := range map[string]int{
					"urn:ietf:params:oauth:grant-type:device_code": tt.repeatable,
					"refresh_token":      tt.singleUse,
					"authorization_code": tt.singleUse,
				} {
					n := count(t, oidc, "CreateToken", func(in any) {
						resttest.FillSnapshot(in)
						in.(*ssooidc.CreateTokenInput).GrantType = &grant
					})
					if n != want {
						t.Errorf("CreateToken with %s: %d attempts, want %d", grant, n, want)
					}
				}
				n := count(t, oidc, "CreateTokenWithIAM", func(in any) {
					resttest.FillSnapshot(in)
					in.(*ssooidc.CreateTokenWithIAMInput).GrantType = new("refresh_token")
				})
				if n != tt.singleUse {
					t.Errorf("CreateTokenWithIAM: %d attempts, want %d", n, tt.singleUse)
				}
			})
		})
	}
}

var static = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
	return aws.Credentials{AccessKeyID: "AKID", SecretAccessKey: "key"}, nil
})

// refresh calls CreateToken with a refresh token.
func refresh(t *testing.T, options ssooidc.Options, optFns ...func(*ssooidc.Options)) error {
	t.Helper()
	_, err := ssooidc.New(options).CreateToken(t.Context(), &ssooidc.CreateTokenInput{
		ClientId: new("c"), ClientSecret: new("s"), GrantType: new("refresh_token"), RefreshToken: new("r"),
	}, optFns...)
	return err
}

// noWait is the standard retryer without its waits.
func noWait() aws.Retryer {
	return retry.NewStandard(func(o *retry.StandardOptions) {
		o.Backoff = retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return 0, nil })
	})
}

// TestLostAnswer holds, on real connections, that a refresh token is not spent twice when a server
// took the request and its answer was lost.
func TestLostAnswer(t *testing.T) {
	faults := map[string]http.HandlerFunc{
		"closed": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"cut in the body": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "9")
			_, _ = w.Write([]byte("{"))
		},
		"headers too late": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
	}
	for name, fault := range faults {
		for _, http2 := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, HTTP/2 %v", name, http2), func(t *testing.T) {
				var n atomic.Int32
				server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					n.Add(int32(r.ProtoMajor))
					_, _ = io.Copy(io.Discard, r.Body)
					fault(w, r)
				}))
				server.Config.ErrorLog = log.New(io.Discard, "", 0)
				server.EnableHTTP2 = true
				start, want := server.Start, int32(1)
				if http2 {
					start, want = server.StartTLS, 2
				}
				start()
				t.Cleanup(server.Close)
				client := server.Client()
				if name == "headers too late" {
					client.Transport.(*http.Transport).ResponseHeaderTimeout = time.Second
				}
				err := refresh(t, ssooidc.Options{Region: "us-east-1", BaseEndpoint: &server.URL, Retryer: noWait(), HTTPClient: client})
				for range 60_000 { // a busy server may still be about to read the request
					if n.Load() > 0 {
						break
					}
					time.Sleep(time.Millisecond)
				}
				server.Close() // waits for its requests
				if err == nil || n.Load() != want {
					t.Errorf("%d requests x protocol, want %d, error %v", n.Load(), want, err)
				}
			})
		}
	}
}

// TestConnectionNeverMade holds, on real connections, that what was never sent is sent again.
func TestConnectionNeverMade(t *testing.T) {
	const nobody = "http://127.0.0.1:1" // a port of old that no listener of another test is given
	noTLS, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = noTLS.Close() })
	var dialled atomic.Int32
	go func() { // hangs up in the handshake
		for conn, err := noTLS.Accept(); err == nil; conn, err = noTLS.Accept() {
			dialled.Add(1)
			_ = conn.Close()
		}
	}()
	for name, endpoint := range map[string]string{"refused": nobody, "TLS handshake": "https://" + noTLS.Addr().String()} {
		var attempts attemptCounter
		err := refresh(t, ssooidc.Options{
			Region: "us-east-1", BaseEndpoint: &endpoint, Retryer: &attempts,
			HTTPClient: &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12}}},
		})
		var exhausted *retry.MaxAttemptsError
		if !errors.As(err, &exhausted) || attempts.n != 3 {
			t.Errorf("%s: %d attempts, error %v", name, attempts.n, err)
		}
	}
	if dialled.Load() != 3 {
		t.Errorf("%d handshakes", dialled.Load())
	}
}

// attemptCounter is a retryer of the first generation, without waits, that counts.
type attemptCounter struct{ n int }

func (*attemptCounter) IsErrorRetryable(err error) bool              { return noWait().IsErrorRetryable(err) }
func (*attemptCounter) MaxAttempts() int                             { return 3 }
func (*attemptCounter) RetryDelay(int, error) (time.Duration, error) { return 0, nil }
func (*attemptCounter) GetRetryToken(context.Context, error) (func(error) error, error) {
	return func(error) error { return nil }, nil
}

func (c *attemptCounter) GetInitialToken() func(error) error {
	return func(error) error { c.n++; return nil }
}

// TestEachAttemptCounts holds that each attempt is judged by its own connection.
func TestEachAttemptCounts(t *testing.T) {
	busy := func(w http.ResponseWriter) {
		w.Header().Set("Connection", "close")
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	t.Run("answered, then lost", func(t *testing.T) {
		var n atomic.Int32
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if n.Add(1) == 1 {
				busy(w)
				return
			}
			_, _ = io.Copy(io.Discard, r.Body)
			panic(http.ErrAbortHandler)
		}))
		t.Cleanup(server.Close)
		err := refresh(t, ssooidc.Options{Region: "us-east-1", BaseEndpoint: &server.URL, Retryer: noWait()})
		if err == nil || n.Load() != 2 {
			t.Errorf("%d requests, error %v", n.Load(), err)
		}
	})
	t.Run("answered, then not reached", func(t *testing.T) {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { busy(w) }))
		t.Cleanup(server.Close)
		dialler, dials := &net.Dialer{}, 0
		var attempts attemptCounter
		err := refresh(t, ssooidc.Options{
			Region: "us-east-1", BaseEndpoint: &server.URL, Retryer: &attempts,
			HTTPClient: &http.Client{Transport: &http.Transport{
				DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
					if dials++; dials > 1 {
						return nil, errReset
					}
					return dialler.DialContext(ctx, network, addr)
				},
			}},
		})
		if err == nil || attempts.n != 3 {
			t.Errorf("%d attempts, error %v", attempts.n, err)
		}
	})
}

func TestRetryOptions(t *testing.T) {
	counted := func(cfg aws.Config, optFns ...func(*ssooidc.Options)) func(t *testing.T) int {
		return func(t *testing.T) int {
			t.Helper()
			s := &script{status: 500}
			cfg.Region, cfg.HTTPClient = "us-east-1", s
			_, err := ssooidc.NewFromConfig(cfg).RegisterClient(t.Context(),
				&ssooidc.RegisterClientInput{ClientName: new("n"), ClientType: new("public")}, optFns...)
			if err == nil {
				t.Error("no error")
			}
			return s.n
		}
	}
	tests := map[string]struct {
		attempts func(*testing.T) int
		want     int
	}{
		"default":                              {counted(aws.Config{}), 3},
		"adaptive":                             {counted(aws.Config{RetryMode: aws.RetryModeAdaptive}), 3},
		"max attempts":                         {counted(aws.Config{RetryMaxAttempts: 2}), 2},
		"adaptive, max":                        {counted(aws.Config{RetryMode: aws.RetryModeAdaptive, RetryMaxAttempts: 2}), 2},
		"retryer":                              {counted(aws.Config{Retryer: func() aws.Retryer { return aws.NopRetryer{} }}), 1},
		"retryer, max":                         {counted(aws.Config{Retryer: noWait, RetryMaxAttempts: 4}), 4},
		"retryer of the call":                  {counted(aws.Config{}, func(o *ssooidc.Options) { o.Retryer = aws.NopRetryer{} }), 1},
		"limit of client, retryer of the call": {counted(aws.Config{RetryMaxAttempts: 2}, func(o *ssooidc.Options) { o.Retryer = noWait() }), 3},
		"max of the call":                      {counted(aws.Config{RetryMaxAttempts: 2}, func(o *ssooidc.Options) { o.RetryMaxAttempts = 5 }), 5},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				if n := tt.attempts(t); n != tt.want {
					t.Errorf("%d attempts, want %d", n, tt.want)
				}
			})
		})
	}
}

// TestSingleUseKeepsMaxAttempts holds that the limit of a call counts for single-use requests too.
func TestSingleUseKeepsMaxAttempts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{status: 500}
		_ = refresh(t, ssooidc.Options{Region: "us-east-1", HTTPClient: s}, func(o *ssooidc.Options) { o.RetryMaxAttempts = 2 })
		if s.n != 2 {
			t.Errorf("%d attempts", s.n)
		}
	})
}

// throttled is a retryer that lets no attempt through.
type throttled struct{ aws.NopRetryer }

var errThrottled = errors.New("not now")

func (throttled) GetAttemptToken(context.Context) (func(error) error, error) {
	return nil, errThrottled
}

// TestAttemptToken holds that a retryer which limits attempts limits single-use requests too.
func TestAttemptToken(t *testing.T) {
	h := &script{status: 200}
	err := refresh(t, ssooidc.Options{Region: "us-east-1", HTTPClient: h, Retryer: throttled{}})
	if !errors.Is(err, errThrottled) || h.n != 0 {
		t.Errorf("%d requests, error %v", h.n, err)
	}
}

// TestCancel holds that a cancelled call ends, and says so.
func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(http.StatusOK)
		_, _ = w.Write([]byte(`{"accessToken":`))
		_ = http.NewResponseController(w).Flush()
		cancel()
		<-r.Context().Done()
	}))
	t.Cleanup(server.Close)
	_, err := ssooidc.New(ssooidc.Options{Region: "us-east-1", BaseEndpoint: &server.URL}).RegisterClient(ctx,
		&ssooidc.RegisterClientInput{ClientName: new("n"), ClientType: new("public")})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}
