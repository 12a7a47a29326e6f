package idctest_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sso"
	"github.com/aws/aws-sdk-go-v2/service/ssooidc/types"

	"github.com/latchkey-sso/latchkey/idctest"
)

// reply is the part of a response that the tests compare.
type reply struct {
	status      int
	contentType string
	errorType   string
	body        string
}

func accountsResponse(t *testing.T, srv *idctest.Server) reply {
	t.Helper()
	resp, body := get(t, srv.URL()+"/assignment/accounts")
	return reply{resp.StatusCode, resp.Header.Get("Content-Type"), resp.Header.Get("X-Amzn-ErrorType"), body}
}

func TestFaultResponses(t *testing.T) {
	const typ = "application/json"
	tests := []struct {
		name  string
		fault idctest.Fault
		want  reply
	}{
		{
			"modelled error",
			idctest.Fault{Code: "TooManyRequestsException", Message: "Slow down"},
			reply{429, typ, "TooManyRequestsException", `{"message":"Slow down","__type":"com.amazonaws.switchboard.portal#TooManyRequestsException"}`},
		},
		{
			"modelled error, other status",
			idctest.Fault{Code: "UnauthorizedException", Status: 403},
			reply{403, typ, "UnauthorizedException", `{"message":"","__type":"com.amazonaws.switchboard.portal#UnauthorizedException"}`},
		},
		{
			"code of no model",
			idctest.Fault{Code: "Strange"},
			reply{400, typ, "Strange", `{"message":"","__type":"com.amazonaws.switchboard.portal#Strange"}`},
		},
		{"bare status", idctest.Fault{Status: 503}, reply{503, "", "", ""}},
		{"bare status with a header", idctest.Fault{Status: 503, Header: http.Header{"Content-Type": {"text/plain"}}}, reply{503, "text/plain", "", ""}},
		{"only a message", idctest.Fault{Message: "oops"}, reply{500, typ, "", `{"message":"oops"}`}},
		{"raw body", idctest.Fault{Body: []byte(`{"x":1`)}, reply{200, typ, "", `{"x":1`}},
		{"no bytes", idctest.Fault{Body: []byte{}}, reply{200, typ, "", ""}},
		{
			"raw body of an error",
			idctest.Fault{Status: 502, Body: []byte("<html>"), Header: http.Header{"content-type": {"text/html"}}},
			reply{502, "text/html", "", "<html>"},
		},
		{
			"raw body with a code",
			idctest.Fault{Code: "TooManyRequestsException", Body: []byte("{}")},
			reply{429, typ, "TooManyRequestsException", "{}"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			srv := idctest.NewServer(t)
			srv.Fail("ListAccounts", tt.fault)
			if got := accountsResponse(t, srv); got != tt.want {
				t.Errorf("got  %+v\nwant %+v", got, tt.want)
			}
			if got := accountsResponse(t, srv); got.errorType != "UnauthorizedException" || got.status != 401 {
				t.Errorf("the fault came twice: %+v", got)
			}
		})
	}
}

func TestFaultsAreTypedErrors(t *testing.T) {
	srv := idctest.NewServer(t)
	srv.Fail("CreateToken", idctest.Fault{Code: "InvalidGrantException", Message: "because"})
	_, err := refresh(t.Context(), srv, srv.SignIn())
	wantError[*types.InvalidGrantException](t, err)
	e, _ := errors.AsType[*types.InvalidGrantException](err)
	if *e.Error_ != "invalid_grant" || *e.Error_description != "because" {
		t.Errorf("error %q, description %q", *e.Error_, *e.Error_description)
	}

	srv.Fail("CreateToken", idctest.Fault{
		Code: "InvalidRequestRegionException", Body: []byte(`{"error":"invalid_request","endpoint":"https://x","region":"eu-west-1"}`),
	})
	_, err = refresh(t.Context(), srv, srv.SignIn())
	wantError[*types.InvalidRequestRegionException](t, err)

	srv.Fail("VerifyDevice", idctest.Fault{Code: "InternalServerException", Message: "broken"})
	if resp, page := get(t, srv.URL()+"/device"); resp.StatusCode != 500 || !strings.Contains(page, "<h1>") || !strings.Contains(page, "broken") {
		t.Errorf("page: %s\n%s", resp.Status, page)
	}
}

func TestFaultOrderAndTimes(t *testing.T) {
	srv := idctest.NewServer(t)
	srv.Fail("ListAccounts", idctest.Fault{Status: 501, Times: 2})
	srv.Fail("Logout", idctest.Fault{Status: 502})
	srv.Fail("", idctest.Fault{Status: 503})
	srv.Fail("ListAccounts", idctest.Fault{Status: 504, Times: -1})
	for i, want := range []int{501, 501, 503, 504, 504, 504} {
		if got := accountsResponse(t, srv).status; got != want {
			t.Errorf("request %d: %d, want %d", i+1, got, want)
		}
	}
	srv.ClearFaults()
	if got := accountsResponse(t, srv).status; got != 401 {
		t.Errorf("after ClearFaults: %d, want 401", got)
	}
}

func TestFaultHeaderOnly(t *testing.T) {
	srv := idctest.NewServer(t)
	header := http.Header{"Date": {"Thu, 01 Jan 1970 00:00:00 GMT"}, "x-more": {"1", "2"}}
	srv.Fail("ListAccounts", idctest.Fault{Header: header, Delay: time.Nanosecond})
	header.Set("Date", "changed afterwards")
	resp, body := get(t, srv.URL()+"/assignment/accounts")
	if resp.StatusCode != 401 || !strings.Contains(body, "Session token") {
		t.Errorf("%s %s, want the server's own response", resp.Status, body)
	}
	if resp.Header.Get("Date") != "Thu, 01 Jan 1970 00:00:00 GMT" || len(resp.Header.Values("X-More")) != 2 {
		t.Errorf("header %v", resp.Header)
	}
}

func TestCut(t *testing.T) {
	srv := idctest.NewServer(t)
	signIn := srv.SignIn()
	srv.Fail("CreateToken", idctest.Fault{Cut: true})
	if _, err := refresh(t.Context(), srv, signIn); err == nil || !errors.Is(err, io.EOF) {
		t.Errorf("error = %v, want io.EOF", err)
	}
	if _, err := refresh(t.Context(), srv, signIn); err != nil {
		t.Errorf("the operation took effect: %v", err)
	}

	srv.Fail("ListAccounts", idctest.Fault{Cut: true, Body: []byte(`{"accountList":[`)})
	req := must[*http.Request](t)(http.NewRequestWithContext(t.Context(), http.MethodGet, srv.URL()+"/assignment/accounts", nil))
	resp := must[*http.Response](t)(http.DefaultClient.Do(req))
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if string(body) != `{"accountList":[` || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("body %q, error %v, want half a response", body, err)
	}
}

func TestHang(t *testing.T) {
	srv := idctest.NewServer(t)
	srv.Fail("ListAccounts", idctest.Fault{Hang: true})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		waitForRequest(srv, "ListAccounts")
		cancel()
	}()
	if err := listAccounts(ctx, srv, "x"); !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v, want context.Canceled", err)
	}
	if got := srv.Requests()[0].Status; got != 0 {
		t.Errorf("status %d recorded for a request without a response", got)
	}
}

// TestUntil: the response comes once the channel is closed, and other requests are not delayed.
func TestUntil(t *testing.T) {
	srv := idctest.NewServer(t)
	signIn := srv.SignIn()
	until := make(chan struct{})
	srv.Fail("ListAccounts", idctest.Fault{Until: until})
	done := make(chan error, 1)
	go func() { done <- listAccounts(t.Context(), srv, signIn.AccessToken) }()
	waitForRequest(srv, "ListAccounts")
	for range 5 { // time for a response that comes too early
		get(t, srv.URL()+"/device")
	}
	if len(done) > 0 {
		t.Error("the response came before the channel was closed")
	}
	close(until)
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestAfterEffect(t *testing.T) {
	tests := map[string]idctest.Fault{
		"error":   {Code: "InternalServerException", AfterEffect: true},
		"no body": {Body: []byte{}, AfterEffect: true},
		"cut":     {Cut: true, AfterEffect: true},
	}
	for name, fault := range tests {
		t.Run(name, func(t *testing.T) {
			srv := idctest.NewServer(t)
			signIn := srv.SignIn()
			srv.Fail("CreateToken", fault)
			out, err := refresh(t.Context(), srv, signIn)
			if err == nil && out.AccessToken != nil {
				t.Fatal("the response got through")
			}
			_, err = refresh(t.Context(), srv, signIn)
			wantError[*types.InvalidGrantException](t, err)
		})
	}
}

// TestLatencyAfterEffect: a client that gives up while it waits has used up its refresh token.
func TestLatencyAfterEffect(t *testing.T) {
	tests := map[string]func(*idctest.Server){
		"fault's delay":    func(srv *idctest.Server) { srv.Fail("CreateToken", idctest.Fault{Delay: time.Hour}) },
		"fault's channel":  func(srv *idctest.Server) { srv.Fail("CreateToken", idctest.Fault{Until: make(chan struct{})}) },
		"server's latency": nil,
	}
	for name, delay := range tests {
		t.Run(name, func(t *testing.T) {
			srv := idctest.NewServer(t, func(o *idctest.Options) {
				if delay == nil {
					o.Latency = time.Hour
				}
			})
			if delay != nil {
				delay(srv)
			}
			signIn := srv.SignIn()
			ctx, cancel := context.WithCancel(t.Context())
			go func() {
				waitForRequest(srv, "CreateToken")
				cancel()
			}()
			if _, err := refresh(ctx, srv, signIn); !errors.Is(err, context.Canceled) {
				t.Fatalf("error = %v, want context.Canceled", err)
			}
			if delay != nil { // else the server would hold back the next response too
				_, err := refresh(t.Context(), srv, signIn)
				wantError[*types.InvalidGrantException](t, err)
			}
			srv.Close() // which waits until the requests are over
			if got := srv.Requests()[0].Status; got != 0 {
				t.Errorf("status %d recorded for a request without a response", got)
			}
		})
	}
}

// TestRetriesSeeFaults: the official client's retries meet one fault after another.
func TestRetriesSeeFaults(t *testing.T) {
	srv := idctest.NewServer(t)
	srv.Fail("ListAccounts", idctest.Fault{Code: "TooManyRequestsException"})
	srv.Fail("ListAccounts", idctest.Fault{Status: 503})
	client := sso.New(sso.Options{Region: "us-east-1", BaseEndpoint: aws.String(srv.URL()), Retryer: eager{}})
	if _, err := client.ListAccounts(t.Context(), &sso.ListAccountsInput{AccessToken: aws.String(srv.SignIn().AccessToken)}); err != nil {
		t.Error(err)
	}
	if got := srv.Count("ListAccounts"); got != 3 {
		t.Errorf("%d requests, want 3", got)
	}
}

// eager retries everything at once.
type eager struct{ aws.NopRetryer }

func (eager) IsErrorRetryable(error) bool                  { return true }
func (eager) MaxAttempts() int                             { return 3 }
func (eager) RetryDelay(int, error) (time.Duration, error) { return 0, nil }
func (eager) GetInitialToken() func(error) error           { return func(error) error { return nil } }

func (eager) GetRetryToken(context.Context, error) (func(error) error, error) {
	return func(error) error { return nil }, nil
}
