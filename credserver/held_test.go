package credserver_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/latchkey-sso/latchkey/credserver"
	"github.com/latchkey-sso/latchkey/provider"
)

// TestOneRequestForManyClients: a thousand requests at once cause one call of the provider.
func TestOneRequestForManyClients(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dev := newSource(time.Hour)
		dev.hang = make(chan struct{})
		s := newServer(t, dev)
		var clients sync.WaitGroup
		for range 1000 {
			clients.Go(func() {
				if id := keyID(t, ask(s, "dev")); id != "ASIA1" {
					t.Errorf("got %s", id)
				}
			})
		}
		synctest.Wait()
		close(dev.hang)
		clients.Wait()
		if n := dev.count(); n != 1 {
			t.Errorf("%d calls, want 1", n)
		}
	})
}

// TestQuarterOfAnHourLeft: for a week of requests every minute, each gets credentials from memory that
// are valid for at least 15 minutes.
func TestQuarterOfAnHourLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dev := newSource(time.Hour)
		s := newServer(t, dev)
		for range 7 * 24 * 60 {
			start := time.Now()
			if left := timeLeft(t, s); left < 15*time.Minute {
				t.Fatalf("%s left", left)
			}
			if waited := time.Since(start); waited != 0 {
				t.Fatalf("waited %s", waited)
			}
			time.Sleep(time.Minute)
		}
		if n := dev.count(); n < 7*24 || n > 7*24*2 {
			t.Errorf("%d calls in a week", n)
		}
	})
}

// TestRenewsWithoutClients: credentials are renewed between requests.
func TestRenewsWithoutClients(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, newSource(time.Hour))
		timeLeft(t, s)
		for range 24 {
			time.Sleep(time.Hour)
			if left := timeLeft(t, s); left < 15*time.Minute {
				t.Fatalf("%s left", left)
			}
		}
	})
}

func timeLeft(t *testing.T, s *credserver.Server) time.Duration {
	t.Helper()
	w := ask(s, "dev")
	var got struct{ Expiration time.Time }
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != http.StatusOK {
		t.Fatalf("%d, %v: %s", w.Code, err, w.Body)
	}
	return time.Until(got.Expiration)
}

// newHanging returns a server with the credentials of a provider that hangs from now on.
func newHanging(t *testing.T) (*source, *credserver.Server) {
	t.Helper()
	dev := newSource(time.Hour)
	s := newServer(t, dev)
	keyID(t, ask(s, "dev"))
	dev.set(func(d *source) { d.hang = make(chan struct{}) })
	return dev, s
}

// TestOldServedDuringRenewal: while the old credentials are valid, a provider that hangs delays no request.
func TestOldServedDuringRenewal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dev, s := newHanging(t)
		time.Sleep(45 * time.Minute)
		if n := dev.count(); n < 2 {
			t.Fatal("no renewal in progress")
		}
		start := time.Now()
		if id := keyID(t, ask(s, "dev")); id != "ASIA1" || time.Since(start) != 0 {
			t.Errorf("got %s after %s", id, time.Since(start))
		}
		close(dev.hang)
		time.Sleep(time.Minute)
		if id := keyID(t, ask(s, "dev")); id == "ASIA1" {
			t.Error("still the old credentials")
		}
	})
}

// TestCheck: rejected credentials are dropped within a heartbeat, with or without requests, and replaced
// once the provider has new ones.
func TestCheck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dev := newSource(time.Hour)
		var signedOut atomic.Bool
		s := newServer(t, dev, func(o *credserver.Options) {
			o.Profiles[0].Check = func(context.Context) error {
				if signedOut.Load() {
					return errors.New("signed out")
				}
				return nil
			}
		})
		keyID(t, ask(s, "dev"))
		time.Sleep(10 * time.Minute)
		if n := dev.count(); n != 1 {
			t.Fatalf("%d calls, want 1", n)
		}
		signedOut.Store(true)
		dev.set(func(d *source) { d.err = &provider.LoginRequiredError{Session: "corp", Reason: "not signed in"} })
		time.Sleep(31 * time.Second)
		if w := ask(s, "dev"); w.Code == http.StatusOK || !strings.Contains(w.Body.String(), credserver.CodeLoginRequired) {
			t.Errorf("%d: %s", w.Code, w.Body)
		}
		signedOut.Store(false)
		dev.set(func(d *source) { d.err = nil })
		time.Sleep(31 * time.Second)
		if id := keyID(t, ask(s, "dev")); id == "ASIA1" {
			t.Error("the old credentials are back")
		}
	})
}

// TestFailedRenewal: the server retries with growing pauses and serves the old credentials until they
// expire.
func TestFailedRenewal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dev := newSource(time.Hour)
		s := newServer(t, dev)
		keyID(t, ask(s, "dev"))
		dev.set(func(d *source) { d.err = errors.New("no network") })
		for range 59 {
			time.Sleep(time.Minute)
			if id := keyID(t, ask(s, "dev")); id != "ASIA1" {
				t.Fatalf("got %s", id)
			}
		}
		if n := dev.count(); n < 20 || n > 70 {
			t.Errorf("%d calls in a failing hour", n)
		}
		time.Sleep(time.Minute)
		before := dev.count()
		for range 100 {
			if w := ask(s, "dev"); w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "no network") {
				t.Fatalf("%d: %s", w.Code, w.Body)
			}
		}
		if n := dev.count() - before; n > 1 {
			t.Errorf("%d calls for 100 clients after a failure, want 1 at most", n)
		}
		dev.set(func(d *source) { d.err = nil })
		time.Sleep(30 * time.Second)
		keyID(t, ask(s, "dev"))
	})
}

// TestOldAtStart: credentials that expire soon are served at the start, and renewed at once.
func TestOldAtStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dev := newSource(16 * time.Minute)
		s := newServer(t, dev)
		keyID(t, ask(s, "dev"))
		dev.set(func(d *source) { d.ttl = time.Hour })
		time.Sleep(2 * time.Second)
		if id := keyID(t, ask(s, "dev")); id != "ASIA2" {
			t.Errorf("got %s two seconds after the start", id)
		}
	})
}

// TestSameCredentials: credentials that the provider returns again do not count as renewed.
func TestSameCredentials(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		expires := time.Now().Add(time.Hour)
		var id atomic.Int64
		s := newServer(t, aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{
				AccessKeyID: fmt.Sprint("ASIA", id.Load()), SecretAccessKey: "very-secret", CanExpire: true,
				Expires: expires.Add(time.Duration(id.Load()) * time.Hour),
			}, nil
		}))
		keyID(t, ask(s, "dev"))
		time.Sleep(45 * time.Minute)
		id.Store(1)
		time.Sleep(31 * time.Second)
		if got := keyID(t, ask(s, "dev")); got != "ASIA1" {
			t.Errorf("got %s half a minute after there were new credentials", got)
		}
	})
}

// TestLoginRequired: the response says what to do, and the server notices the sign-in by itself.
func TestLoginRequired(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dev := newSource(time.Hour)
		dev.err = &provider.LoginRequiredError{Profile: "dev", Session: "corp", Reason: "not signed in"}
		s := newServer(t, dev, func(o *credserver.Options) {
			o.Describe = func(err error) string { return err.Error() + "; run latchkey login" }
		})
		w := ask(s, "dev")
		var got struct{ Code, Message string }
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		if w.Code != http.StatusForbidden || got.Code != credserver.CodeLoginRequired ||
			!strings.HasSuffix(got.Message, "not signed in; run latchkey login") {
			t.Errorf("%d: %s", w.Code, w.Body)
		}
		dev.set(func(d *source) { d.err = nil })
		time.Sleep(time.Second)
		keyID(t, ask(s, "dev"))

		// Without requests too.
		dev.set(func(d *source) { d.err = &provider.LoginRequiredError{Reason: "expired"} })
		time.Sleep(2 * time.Hour)
		dev.set(func(d *source) { d.err, d.calls = nil, 0 })
		time.Sleep(30 * time.Second)
		if n := dev.count(); n != 1 {
			t.Errorf("%d successful calls within 30 s of the sign-in, want 1", n)
		}
	})
}

// TestClockJumps: after a suspend, no request gets expired credentials.
func TestClockJumps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var wall atomic.Int64
		dev := newSource(time.Hour)
		// A time.Time with a made-up monotonic clock cannot be constructed: only the wall clock
		// jumps, and the timers do not.
		dev.now = func() time.Time { return time.Now().Round(0).Add(time.Duration(wall.Load())) }
		s := newServer(t, dev, func(o *credserver.Options) { o.Now = dev.now })
		keyID(t, ask(s, "dev"))
		wall.Add(int64(8 * time.Hour)) // suspended overnight
		if id := keyID(t, ask(s, "dev")); id != "ASIA2" {
			t.Errorf("after the suspend: %s", id)
		}
		wall.Add(int64(50 * time.Minute)) // a short suspend without requests
		time.Sleep(31 * time.Second)
		if n := dev.count(); n != 3 {
			t.Errorf("%d calls half a minute after a resume, want 3", n)
		}
	})
}

// TestShortLived: credentials with a lifetime below RenewBefore are renewed in time, and not constantly.
func TestShortLived(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, ttl := range []time.Duration{2 * time.Second, time.Minute, 15 * time.Minute, 26 * time.Minute} {
			dev := newSource(ttl)
			s := newServer(t, dev)
			for range 100 {
				keyID(t, ask(s, "dev"))
				time.Sleep(ttl / 10)
			}
			if n := dev.count(); n < 10 || n > 100 {
				t.Errorf("%s: %d calls in ten times that", ttl, n)
			}
			s.Close()
		}
	})
}

// TestUndated: keys that do not expire get an expiry, which botocore and the JavaScript SDK require.
func TestUndated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "AKIA", SecretAccessKey: "very-secret"}, nil
		}))
		for range 48 {
			if left := timeLeft(t, s); left < 15*time.Minute || left > time.Hour {
				t.Errorf("%s left", left)
			}
			time.Sleep(time.Hour / 2)
		}
	})
}

// TestUseless: empty and expired credentials are an error.
func TestUseless(t *testing.T) {
	for name, creds := range map[string]aws.Credentials{
		"empty":   {},
		"expired": {AccessKeyID: "A", SecretAccessKey: "very-secret", CanExpire: true, Expires: time.Now().Add(-time.Second)},
	} {
		s := newServer(t, aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return creds, nil }))
		if w := ask(s, "dev"); w.Code != http.StatusServiceUnavailable || strings.Contains(w.Body.String(), "very-secret") {
			t.Errorf("%s: %d: %s", name, w.Code, w.Body)
		}
	}
}

// TestClose: a closed server neither renews nor serves.
func TestClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dev, s := newHanging(t)
		time.Sleep(50 * time.Minute) // a renewal hangs
		s.Close()
		calls := dev.count()
		time.Sleep(24 * time.Hour)
		if n := dev.count(); n != calls {
			t.Errorf("%d calls after Close", n-calls)
		}
		if w := ask(s, "dev"); w.Code == http.StatusOK {
			t.Error("a closed server serves credentials")
		}
		s.Close()
	})
}

// TestImpatientClient: a client that leaves does not cancel the call for the others.
func TestImpatientClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dev := newSource(time.Hour)
		dev.hang = make(chan struct{})
		s := newServer(t, dev)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if w := ask(s, "dev", func(r *http.Request) { *r = *r.WithContext(ctx) }); w.Code != http.StatusServiceUnavailable {
			t.Errorf("status %d", w.Code)
		}
		go func() {
			time.Sleep(time.Second)
			close(dev.hang)
		}()
		if id := keyID(t, ask(s, "dev")); id != "ASIA1" {
			t.Errorf("got %s", id)
		}
	})
}
