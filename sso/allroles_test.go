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
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/go-cmp/cmp"

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
