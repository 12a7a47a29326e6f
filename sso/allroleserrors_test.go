package sso_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/latchkey-sso/latchkey/idctest"
	"github.com/latchkey-sso/latchkey/sso"
)

// TestAllRolesStops leaves the loop in its middle. What it leaves behind, the bubble would find.
func TestAllRolesStops(t *testing.T) {
	stalled := func(r *http.Request, n int) *http.Response {
		if n > 20 {
			<-r.Context().Done()
		}
		return nil
	}
	t.Run("break", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			d := &directory{accounts: 1000, answer: stalled}
			for _, err := range d.client().AllRoles(t.Context(), "token") {
				if err != nil {
					t.Fatal(err)
				}
				break
			}
			sent := len(d.sent)
			time.Sleep(time.Hour)
			if len(d.sent) != sent {
				t.Errorf("%d requests were sent after the loop", len(d.sent)-sent)
			}
		})
	})
	t.Run("panic", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			d := &directory{accounts: 1000, answer: stalled}
			defer func() {
				if p := recover(); p != any("in the loop") {
					t.Errorf("panic %v", p)
				}
			}()
			for _, err := range d.client().AllRoles(t.Context(), "token") {
				if err == nil {
					panic("in the loop")
				}
			}
		})
	})
	t.Run("context", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			d := &directory{accounts: 1000, answer: stalled}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			got, err := collect(ctx, d.client())
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("error %v", err)
			}
			if !slices.Equal(got, d.want()[:len(got)]) || len(got) == 0 {
				t.Errorf("roles before the error: %v", got)
			}
		})
	})
}

func TestAllRolesErrors(t *testing.T) {
	tests := map[string]struct {
		accessToken string
		answer      func(*http.Request, int) *http.Response
		wantRoles   int
		want        string
	}{
		"no token": {
			want: "sso: list all roles: operation error SSO: ListAccounts, 1 validation error(s) found.\n- missing required field, ListAccountsInput.AccessToken.\n",
		},
		"second page of accounts": {"token", func(r *http.Request, _ int) *http.Response {
			if r.URL.Path == "/assignment/accounts" && r.URL.Query().Has("next_token") {
				return reply(401, `{"message":"expired"}`, "X-Amzn-Errortype", "UnauthorizedException", "X-Amzn-Requestid", "r-1")
			}
			return nil
		}, 200, "sso: list all roles: operation error SSO: ListAccounts, https response error StatusCode: 401, RequestID: r-1, UnauthorizedException: expired"},
		"an account": {"token", func(r *http.Request, _ int) *http.Response {
			if r.URL.Query().Get("account_id") == "42" {
				return reply(404, `{"message":"gone"}`, "X-Amzn-Errortype", "ResourceNotFoundException", "X-Amzn-Requestid", "r-1")
			}
			return nil
		}, 84, `sso: list all roles: account "42": operation error SSO: ListAccountRoles, https response error StatusCode: 404, RequestID: r-1, ResourceNotFoundException: gone`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := &directory{accounts: 150, answer: test.answer}
				got, last := 0, ""
				for role, err := range d.client().AllRoles(t.Context(), test.accessToken) {
					if last != "" {
						t.Fatal("it goes on after an error")
					}
					if err == nil {
						got++
						continue
					}
					if last = err.Error(); role != (sso.RoleInfo{}) {
						t.Errorf("role %v with an error", role)
					}
				}
				if got != test.wantRoles || last != test.want {
					t.Errorf("%d roles and error\n%s\nwant %d and\n%s", got, last, test.wantRoles, test.want)
				}
			})
		})
	}
}

// TestAllRolesContextEnds ends the context while requests of every kind are under way: whichever
// notices first, the error is about the context, and names its cause.
func TestAllRolesContextEnds(t *testing.T) {
	errCause := errors.New("enough")
	for after := range 40 {
		for _, cause := range []error{nil, errCause} {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(t.Context())
				defer cancel(nil)
				d := &directory{accounts: 1000, answer: func(r *http.Request, n int) *http.Response {
					if n == after {
						go cancel(cause)
					}
					if n >= after {
						<-r.Context().Done()
					}
					return nil
				}}
				_, err := collect(ctx, d.client())
				want := "sso: list all roles: context canceled"
				if cause != nil {
					want += ": enough"
				}
				if err == nil || err.Error() != want || !errors.Is(err, context.Canceled) || cause != nil && !errors.Is(err, cause) {
					t.Errorf("after %d requests: error %v, want %s", after, err, want)
				}
			})
		}
	}
}

// TestAllRolesPagesWithoutEnd holds that a server that never stops paging is an error.
func TestAllRolesPagesWithoutEnd(t *testing.T) {
	endless := func(path, next, list string) func(*http.Request, int) *http.Response {
		return func(r *http.Request, n int) *http.Response {
			if r.URL.Path != path {
				return nil
			}
			return reply(200, fmt.Sprintf(`{"nextToken":%q,%s}`, strings.ReplaceAll(next, "$n", fmt.Sprint(n)), list))
		}
	}
	const accounts, roles = "/assignment/accounts", "/assignment/roles"
	tests := map[string]struct {
		answer func(*http.Request, int) *http.Response
		most   int
		want   string
	}{
		"accounts, one token":   {endless(accounts, "same", `"accountList":[]`), 2, "list accounts: the service returned the same page token twice"},
		"accounts, empty pages": {endless(accounts, "$n", `"accountList":[]`), 100, "list accounts: the service returned 100 empty pages in a row"},
		"roles, one token":      {endless(roles, "same", `"roleList":[]`), 3, `account "0": list account roles: the service returned the same page token twice`},
		"roles, pages":          {endless(roles, "$n", `"roleList":[{"roleName":"A"}]`), 5001, `account "0": list account roles: the service returned 5000 pages and has more`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := &directory{accounts: 1, answer: test.answer}
				got, err := collect(t.Context(), d.client(), pace(0, 1e6))
				if err == nil || err.Error() != "sso: list all roles: "+test.want || len(d.sent) > test.most || len(got) > 0 {
					t.Errorf("%d roles, %d requests, error %v", len(got), len(d.sent), err)
				}
			})
		})
	}
}

// TestAllRolesOfThousands goes through 5,000 accounts of a server that, after every 200 requests,
// refuses three.
func TestAllRolesOfThousands(t *testing.T) {
	accounts := make([]idctest.Account, 5000)
	var want []string
	for i := range accounts {
		id := fmt.Sprintf("%012d", i)
		accounts[i] = idctest.Account{ID: id, Name: id, Email: id + "@example.com", Roles: []string{"Admin", "ReadOnly"}}
		want = append(want, id+"/Admin", id+"/ReadOnly")
	}
	server := idctest.NewServer(t, func(o *idctest.Options) { o.Accounts = accounts })
	network := &http.Client{}
	var sent atomic.Int32
	throttled := doFunc(func(r *http.Request) (*http.Response, error) {
		if sent.Add(1)%200 == 0 {
			server.Fail("", idctest.Fault{Code: "TooManyRequestsException", Header: http.Header{"Retry-After": {"0"}}, Times: 3})
		}
		return network.Do(r)
	})

	client := sso.New(sso.Options{Region: "us-east-1", BaseEndpoint: aws.String(server.URL()), HTTPClient: throttled})
	got := make([]string, 0, len(want))
	for role, err := range client.AllRoles(t.Context(), server.SignIn().AccessToken, pace(0, 20_000)) {
		if err != nil {
			t.Fatalf("after %d roles: %v", len(got), err)
		}
		got = append(got, *role.AccountId+"/"+*role.RoleName)
	}
	if !slices.Equal(got, want) {
		t.Errorf("%d roles, want %d", len(got), len(want))
	}
	statuses := map[int]int{}
	for _, r := range server.Requests() {
		if r.Operation == "ListAccountRoles" || r.Status == http.StatusTooManyRequests {
			statuses[r.Status]++
		}
	}
	if statuses[http.StatusOK] != 5000 || statuses[http.StatusTooManyRequests] < 70 || len(statuses) != 2 {
		t.Errorf("answers by status: %v; want 5000 with 200, and 75 or so with 429", statuses)
	}
}
