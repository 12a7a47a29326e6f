package sso_test

import (
	"errors"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"

	"github.com/latchkey-sso/latchkey/sso"
)

// TestPacer gets credentials of many roles at once from a service that takes 20 requests a second.
func TestPacer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limit := ratelimit.NewTokenRateLimit(20)
		throttled := 0
		d := &directory{answer: func(*http.Request, int) *http.Response {
			if _, err := limit.GetToken(t.Context(), 1); err != nil {
				throttled++
				return tooMany()
			}
			time.AfterFunc(time.Second, func() { _ = limit.AddTokens(1) })
			return reply(200, `{"roleCredentials":{"accessKeyId":"A","secretAccessKey":"s","sessionToken":"t","expiration":1}}`)
		}}
		client, pacer := d.client(), &sso.Pacer{}
		var wg sync.WaitGroup
		for range 300 {
			wg.Go(func() {
				if _, err := client.GetRoleCredentials(t.Context(), roleCredentialsInput(), pacer.Pace); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if most := 8; throttled > most {
			t.Errorf("%d requests were throttled, want %d or fewer", throttled, most)
		}
	})
}

// TestAllRolesPause answers 429 once, while several requests are under way.
func TestAllRolesPause(t *testing.T) {
	// At 10 requests a second the first pause is 2 seconds, up to half of it left to chance.
	tests := map[string]struct {
		header    []string
		low, high time.Duration
	}{
		"by itself":         {nil, time.Second, 2 * time.Second},
		"seconds":           {[]string{"Retry-After", "7"}, 7 * time.Second, 8 * time.Second},
		"fewer seconds":     {[]string{"Retry-After", "0"}, time.Second, 2 * time.Second},
		"negative":          {[]string{"Retry-After", "-7"}, time.Second, 2 * time.Second},
		"too many seconds":  {[]string{"Retry-After", "86400"}, time.Minute, 61 * time.Second},
		"overflow":          {[]string{"Retry-After", "9223372036854775807"}, time.Minute, 61 * time.Second},
		"no number":         {[]string{"Retry-After", "soon"}, time.Second, 2 * time.Second},
		"date":              {[]string{"Retry-After", "Sun, 06 Nov 1994 08:49:47 GMT", "Date", "Sun, 06 Nov 1994 08:49:37 GMT"}, 10 * time.Second, 11 * time.Second},
		"date long over":    {[]string{"Retry-After", "Sun, 06 Nov 1994 08:49:37 GMT", "Date", "Mon, 07 Nov 1994 08:49:37 GMT"}, time.Second, 2 * time.Second},
		"date far away":     {[]string{"Retry-After", "Sun, 06 Nov 2094 08:49:37 GMT", "Date", "Sun, 06 Nov 1994 08:49:37 GMT"}, time.Minute, 61 * time.Second},
		"date without Date": {[]string{"Retry-After", "Sun, 06 Nov 2094 08:49:37 GMT"}, time.Second, 2 * time.Second},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := &directory{accounts: 40}
				var refusedAt time.Time
				d.answer = func(_ *http.Request, n int) *http.Response {
					time.Sleep(250 * time.Millisecond) // so that others are under way
					if n == 20 {
						refusedAt = time.Now()
						return tooMany(test.header...)
					}
					return nil
				}
				got, err := collect(t.Context(), d.client(), pace(10, 10))
				if err != nil || !slices.Equal(got, d.want()) {
					t.Fatalf("%d roles, error %v", len(got), err)
				}
				next := slices.IndexFunc(d.sent, func(sent time.Time) bool { return sent.After(refusedAt) })
				if next < 0 || d.open > 0 {
					t.Fatalf("request %d of %d came after the refusal", next, len(d.sent))
				}
				if pause := d.sent[next].Sub(refusedAt); pause < test.low || pause > test.high {
					t.Errorf("the pause was %v, want %v to %v", pause, test.low, test.high)
				}
				for i, gap := range d.gaps() {
					if i+1 != next && gap > 500*time.Millisecond { // a refusal makes one pause, not many
						t.Errorf("another pause, of %v", gap)
					}
				}
			})
		})
	}
}

// TestAllRolesOnePause refuses all that was sent in half a second: together they make one pause.
func TestAllRolesOnePause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		d := &directory{accounts: 60}
		d.answer = func(*http.Request, int) *http.Response {
			sent := time.Since(begin)
			time.Sleep(time.Second)
			if sent > 4*time.Second && sent < 4500*time.Millisecond {
				return tooMany()
			}
			return nil
		}
		if _, err := collect(t.Context(), d.client(), pace(30, 10)); err != nil {
			t.Fatal(err)
		}
		pauses := 0
		for _, gap := range d.gaps() {
			if gap > time.Second {
				pauses++
			}
			if gap > 2100*time.Millisecond {
				t.Errorf("a pause of %v", gap)
			}
		}
		if pauses != 1 {
			t.Errorf("%d pauses, want 1: %v", pauses, d.gaps())
		}
	})
}

// TestAllRolesBackoff refuses requests in a row.
func TestAllRolesBackoff(t *testing.T) {
	const second = time.Second
	want := []time.Duration{second, 2 * second, 4 * second, 8 * second, 16 * second, 20 * second, 20 * second, 20 * second, 20 * second, 20 * second}
	run := func(t *testing.T, refusals int, optFns ...func(*sso.Options)) (*directory, error) {
		d := &directory{accounts: 3}
		d.answer = func(_ *http.Request, n int) *http.Response {
			if n >= 2 && n < 2+refusals {
				return tooMany()
			}
			return nil
		}
		got, err := collect(t.Context(), d.client(optFns...), pace(1, 20))
		if err == nil && !slices.Equal(got, d.want()) {
			t.Errorf("roles %v", got)
		}
		for i, gap := range d.gaps()[2:min(2+refusals, len(d.sent)-1)] {
			longest := want[min(i, len(want)-1)]
			if gap < longest/2 || gap > longest {
				t.Errorf("pause %d of %v, want %v to %v", i+1, gap, longest/2, longest)
			}
		}
		return d, err
	}
	t.Run("ten", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			if _, err := run(t, 10); err != nil {
				t.Error(err)
			}
		})
	})
	t.Run("a retryer that would not wait", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			option := func(o *sso.Options) { o.Retryer = immediately{o.Retryer} }
			if _, err := run(t, 10, option); err != nil {
				t.Error(err)
			}
		})
	})
	t.Run("a retryer out of tokens", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			standard := retry.NewStandard(func(o *retry.StandardOptions) { o.RateLimiter = ratelimit.NewTokenRateLimit(10) })
			if _, err := run(t, 10, func(o *sso.Options) { o.Retryer = standard }); err != nil {
				t.Error(err)
			}
			if _, err := standard.GetRetryToken(t.Context(), errors.New("any")); err != nil {
				t.Errorf("the pauses took the retryer's tokens: %v", err)
			}
		})
	})
	t.Run("eleven", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			d, err := run(t, 11)
			var tooMany *sso.TooManyRequestsException
			if !errors.As(err, &tooMany) || len(d.sent) != 13 {
				t.Errorf("%d requests, error %v", len(d.sent), err)
			}
		})
	})
}

// TestAllRolesLongPauses: a service that asks for pauses of an hour gets a few requests, and then the listing fails.
func TestAllRolesLongPauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &directory{accounts: 1, answer: func(*http.Request, int) *http.Response { return tooMany("Retry-After", "3600") }}
		_, err := collect(t.Context(), d.client(), pace(1, 20))
		var tooMany *sso.TooManyRequestsException
		if !errors.As(err, &tooMany) || len(d.sent) < 3 || len(d.sent) > 4 {
			t.Errorf("%d requests, error %v", len(d.sent), err)
		}
	})
}

// TestAllRolesWithoutRetryer: the backoff does not need the Retryer of the client.
func TestAllRolesWithoutRetryer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &directory{accounts: 1, answer: func(_ *http.Request, n int) *http.Response {
			if n == 0 {
				return tooMany()
			}
			return nil
		}}
		option := func(o *sso.AllRolesOptions) {
			o.ClientOptions = append(o.ClientOptions, func(o *sso.Options) { o.Retryer = nil })
		}
		if got, err := collect(t.Context(), d.client(), option); err != nil || len(got) != 2 {
			t.Errorf("roles %v, error %v", got, err)
		}
	})
}

// TestAllRolesBackoffEnds throttles every other request: a response in between resets the backoff.
func TestAllRolesBackoffEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &directory{accounts: 30, answer: func(_ *http.Request, n int) *http.Response {
			if n%2 == 0 {
				return tooMany()
			}
			return nil
		}}
		got, err := collect(t.Context(), d.client(), pace(1, 20))
		if err != nil || !slices.Equal(got, d.want()) {
			t.Errorf("%d roles, error %v", len(got), err)
		}
		for _, gap := range d.gaps() {
			if gap > time.Second {
				t.Errorf("a pause of %v", gap)
			}
		}
	})
}
