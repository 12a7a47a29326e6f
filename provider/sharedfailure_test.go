package provider_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/latchkey-sso/latchkey/idctest"
	"github.com/latchkey-sso/latchkey/internal/ssotest"
	"github.com/latchkey-sso/latchkey/provider"
	"github.com/latchkey-sso/latchkey/rolecache"
	"github.com/latchkey-sso/latchkey/sso"
)

// process returns a provider as in another process: it shares the caches, but no memory.
func (w *world) process(role string, optFns ...func(*provider.Options)) *provider.Provider {
	p := w.Profile()
	p.RoleName = role
	return w.provider(p, append([]func(*provider.Options){w.withRoleCache, func(o *provider.Options) {
		o.TokenCache = &ssotest.Hooked{Dir: w.Tokens}
		o.ClientConfig = func() aws.Config { return aws.Config{RetryMaxAttempts: 2} }
	}}, optFns...)...)
}

// crowdedRoles is a role cache that counts the processes that wait for its lock.
type crowdedRoles struct {
	ssotest.Roles
	waiting *sync.WaitGroup
}

func (c *crowdedRoles) Lock(ctx context.Context, key rolecache.Key) (func(), error) {
	c.waiting.Done()
	return c.Roles.Lock(ctx, key)
}

// TestFailureShared: all processes that wait for the role get the error of a failed request.
func TestFailureShared(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]idctest.Fault{
		"server error": {Status: 500, Code: "InternalServerException", Message: "no luck"},
		"no such role": {Status: 404, Code: "ResourceNotFoundException", Message: "no luck"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			fault.Times = -1
			w.Server.Fail("GetRoleCredentials", fault)
			var wg, waiting sync.WaitGroup
			errs := make([]error, 10)
			waiting.Add(len(errs))
			for i := range errs {
				p := w.process("Developer", func(o *provider.Options) {
					o.RoleCache = &crowdedRoles{w.Roles, &waiting}
					o.HTTPClient = &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
						waiting.Wait()
						return http.DefaultTransport.RoundTrip(r)
					})}
				})
				wg.Go(func() { _, errs[i] = p.Retrieve(t.Context()) })
			}
			wg.Wait()
			shared := 0
			for _, err := range errs {
				var missing *sso.ResourceNotFoundException
				if err == nil || !strings.Contains(err.Error(), "no luck") || errors.As(err, &missing) != (fault.Status == 404) {
					t.Errorf("got %v", err)
				} else if strings.Contains(err.Error(), "the request of another process failed at 2") {
					shared++
				}
			}
			if shared != len(errs)-1 {
				t.Errorf("%d shared the failure, want %d", shared, len(errs)-1)
			}
			if n := w.Server.Count("GetRoleCredentials"); n > 2 { // the client retries a server error
				t.Errorf("%d requests", n)
			}
			w.Server.ClearFaults()
			ssotest.Retrieve(t, w.process("Developer")) // started after the failure
		})
	}
}

// TestThrottlingShared: a process delays its requests if another process was throttled.
func TestThrottlingShared(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	session := rolecache.Key{Session: "corp"}
	w.Server.Fail("GetRoleCredentials", idctest.Fault{
		Status: 429, Code: "TooManyRequestsException", Header: http.Header{"Retry-After": {"2"}}, Times: 1,
	})
	ssotest.Retrieve(t, w.process("Developer")) // it retries
	note, err := w.Roles.LoadNote(t.Context(), session)
	if err != nil || note.RetryAt.Sub(note.At) != 2*time.Second {
		t.Fatalf("note %+v, %v", note, err)
	}

	now := w.Now()
	note.At, note.RetryAt = now, now.Add(300*time.Millisecond)
	if err := w.Roles.StoreNote(t.Context(), session, note); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	ssotest.Retrieve(t, w.process("Auditor", func(o *provider.Options) { o.Now = func() time.Time { return now } }))
	if time.Since(start) < note.RetryAt.Sub(now) || !strings.Contains(w.Log.String(), "the portal throttles requests") {
		t.Errorf("the request was not delayed:\n%s", w.Log.String())
	}

	w.Pass(50 * time.Minute) // the credentials have to be renewed
	note.Server, note.At = "another", w.Now()
	note.RetryAt = note.At.Add(9 * time.Second)
	if err := w.Roles.StoreNote(t.Context(), session, note); err != nil {
		t.Fatal(err)
	}
	before := strings.Count(w.Log.String(), "throttles")
	ssotest.Retrieve(t, w.process("Auditor"))
	w.Count("GetRoleCredentials", 4)
	if strings.Count(w.Log.String(), "throttles") != before {
		t.Error("a note about another server delayed the request")
	}
}
