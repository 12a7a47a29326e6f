package sso_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/go-cmp/cmp"

	"github.com/latchkey-sso/latchkey/idctest"
	"github.com/latchkey-sso/latchkey/sso"
)

// directory is a portal in memory, for tests in a bubble: accounts 0, 1, 2 and so on, listed 100 to a
// page, each with the roles A and B on a page of their own.
type directory struct {
	accounts int

	// answer, if not nil, may answer in the portal's stead: nil means that it does not. n counts
	// requests from 0.
	answer func(r *http.Request, n int) *http.Response

	mu    sync.Mutex
	sent  []time.Time
	paths []string
	open  int // requests under way
	most  int // of them at once
}

func (d *directory) client(optFns ...func(*sso.Options)) *sso.Client {
	return sso.New(sso.Options{Region: "us-east-1", HTTPClient: doFunc(d.do)}, optFns...)
}

func (d *directory) do(r *http.Request) (*http.Response, error) {
	d.mu.Lock()
	n := len(d.sent)
	d.sent = append(d.sent, time.Now())
	d.paths = append(d.paths, r.URL.Path)
	d.open++
	d.most = max(d.most, d.open)
	d.mu.Unlock()
	defer func() {
		d.mu.Lock()
		d.open--
		d.mu.Unlock()
	}()
	if d.answer != nil {
		if resp := d.answer(r, n); resp != nil {
			return resp, r.Context().Err()
		}
	}
	return reply(200, d.page(r)), r.Context().Err()
}

func (d *directory) page(r *http.Request) string {
	from, next := 0, ""
	_, _ = fmt.Sscan(r.URL.Query().Get("next_token"), &from)
	if r.URL.Path == "/assignment/roles" {
		if from == 0 {
			next = "1"
		}
		return fmt.Sprintf(`{"nextToken":%q,"roleList":[{"roleName":%q}]}`, next, "AB"[from:from+1])
	}
	var list []string
	for i := from; i < min(from+100, d.accounts); i++ {
		list = append(list, fmt.Sprintf(`{"accountId":"%d"}`, i))
	}
	if from+100 < d.accounts {
		next = fmt.Sprint(from + 100)
	}
	return fmt.Sprintf(`{"nextToken":%q,"accountList":[%s]}`, next, strings.Join(list, ","))
}

func (d *directory) want() (all []string) {
	for i := range d.accounts {
		all = append(all, fmt.Sprint(i, "/A"), fmt.Sprint(i, "/B"))
	}
	return all
}

// gaps are the times between requests, each with the one before it.
func (d *directory) gaps() (gaps []time.Duration) {
	for i := 1; i < len(d.sent); i++ {
		gaps = append(gaps, d.sent[i].Sub(d.sent[i-1]))
	}
	return gaps
}

func reply(status int, body string, header ...string) *http.Response {
	resp := &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}
	for i := 0; i+1 < len(header); i += 2 {
		resp.Header.Set(header[i], header[i+1])
	}
	return resp
}

func tooMany(header ...string) *http.Response {
	return reply(429, `{"message":"Rate exceeded"}`, append(header, "X-Amzn-Errortype", "TooManyRequestsException")...)
}

// collect returns what AllRoles yields, as "account/role".
func collect(ctx context.Context, client *sso.Client, optFns ...func(*sso.AllRolesOptions)) (all []string, err error) {
	for role, err := range client.AllRoles(ctx, "token", optFns...) {
		if err != nil {
			return all, err
		}
		all = append(all, aws.ToString(role.AccountId)+"/"+aws.ToString(role.RoleName))
	}
	return all, nil
}

// pace returns an AllRolesOptions function with a new Pacer. 0 is the default.
func pace(concurrency int, perSecond float64) func(*sso.AllRolesOptions) {
	pacer := &sso.Pacer{RequestsPerSecond: perSecond}
	return func(o *sso.AllRolesOptions) { o.Concurrency, o.Pacer = concurrency, pacer }
}

// TestAllRolesOrder answers each request after a time of its own.
func TestAllRolesOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &directory{accounts: 250, answer: func(*http.Request, int) *http.Response {
			time.Sleep(rand.N(10 * time.Second))
			return nil
		}}
		client := d.client()
		for range 2 { // an iterator can be used again
			got, err := collect(t.Context(), client)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(d.want(), got); diff != "" {
				t.Errorf("roles (-want +got):\n%s", diff)
			}
		}
	})
}

func TestAllRolesPace(t *testing.T) {
	tests := map[string]struct {
		perSecond float64
		atOnce    int // at the beginning
		want      time.Duration
	}{
		"default":   {0, 8, time.Second / 18},
		"fast":      {100, 8, 10 * time.Millisecond},
		"five":      {5, 2, 200 * time.Millisecond},
		"slow":      {0.5, 1, 2 * time.Second},
		"very slow": {1e-12, 1, time.Hour},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := &directory{accounts: 20}
				if _, err := collect(t.Context(), d.client(), pace(0, test.perSecond)); err != nil {
					t.Fatal(err)
				}
				for i, gap := range d.gaps() {
					if i < test.atOnce-1 && gap != 0 || i >= test.atOnce-1 && gap != test.want {
						t.Errorf("%v before request %d, want %d requests at once and %v between the others", gap, i+1, test.atOnce, test.want)
					}
				}
			})
		})
	}
}

// TestAllRolesSharesPace runs three loops on one client.
func TestAllRolesSharesPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &directory{accounts: 20}
		client := d.client()
		start := time.Now()
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				if got, err := collect(t.Context(), client); err != nil || len(got) != 40 {
					t.Errorf("%d roles, error %v", len(got), err)
				}
			})
		}
		wg.Wait()
		// 41 requests each; all but the first eight wait for 1/18 of a second.
		if took, want := time.Since(start), 6*time.Second; took < want {
			t.Errorf("it took %v, want %v or more", took, want)
		}
	})
}

// TestAllRolesOfAccounts lists the roles of some accounts, in the order given.
func TestAllRolesOfAccounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &directory{accounts: 20}
		got, err := collect(t.Context(), d.client(), func(o *sso.AllRolesOptions) { o.AccountIDs = []string{"7", "3"} })
		if want := []string{"7/A", "7/B", "3/A", "3/B"}; err != nil || !slices.Equal(got, want) {
			t.Errorf("roles %v, error %v, want %v", got, err, want)
		}
		if slices.Contains(d.paths, "/assignment/accounts") {
			t.Error("the accounts were listed")
		}
	})
}

// TestAllRolesPacesRetries holds the attempts of the retryer to the pace too.
func TestAllRolesPacesRetries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &directory{accounts: 30, answer: func(_ *http.Request, n int) *http.Response {
			if n%3 == 1 {
				return reply(503, "")
			}
			return nil
		}}
		atOnce := func(o *sso.Options) {
			o.Retryer = immediately{o.Retryer}
			o.RetryMaxAttempts = 100
		}
		got, err := collect(t.Context(), d.client(atOnce), pace(5, 10))
		if err != nil || !slices.Equal(got, d.want()) {
			t.Errorf("%d roles, error %v", len(got), err)
		}
		for i, gap := range d.gaps() {
			if gap < 100*time.Millisecond && i >= 4 { // the first five go at once
				t.Errorf("%v between requests", gap)
			}
		}
	})
}

type immediately struct{ aws.Retryer }

func (immediately) RetryDelay(int, error) (time.Duration, error) { return 0, nil }
func (immediately) GetRetryToken(context.Context, error) (func(error) error, error) {
	return func(error) error { return nil }, nil
}

func TestAllRolesConcurrency(t *testing.T) {
	for concurrency, want := range map[int]int{0: 8, 1: 1, 3: 3, -1: 8} {
		synctest.Test(t, func(t *testing.T) {
			d := &directory{accounts: 100, answer: func(r *http.Request, _ int) *http.Response {
				if r.URL.Path == "/assignment/roles" {
					time.Sleep(time.Minute)
				}
				return nil
			}}
			if _, err := collect(t.Context(), d.client(), pace(concurrency, 1000)); err != nil {
				t.Fatal(err)
			}
			if d.most != want {
				t.Errorf("concurrency %d: %d requests at once, want %d", concurrency, d.most, want)
			}
		})
	}
}

// TestAllRolesContextInLoop ends the context where nothing is under way that could notice.
func TestAllRolesContextInLoop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &directory{accounts: 10}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		roles, last := 0, error(nil)
		for _, err := range d.client().AllRoles(ctx, "token", pace(1, 0)) {
			if err != nil {
				last = err
				continue
			}
			roles++
			cancel()
			synctest.Wait()
		}
		if roles != 2 || !errors.Is(last, context.Canceled) {
			t.Errorf("%d roles, error %v; want the two of the first account, and that the context ended", roles, last)
		}
	})
}

// TestAllRolesIsLazy checks that accounts are not asked about long before they are wanted.
func TestAllRolesIsLazy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &directory{accounts: 1000}
		for _, err := range d.client().AllRoles(t.Context(), "token", pace(4, 0)) {
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Hour)
			break
		}
		// A page of accounts, and for the one in hand and three more two pages of roles each.
		if n := len(d.sent); n != 9 {
			t.Errorf("%d requests were sent for the first role: %v", n, d.paths)
		}
	})
}

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
