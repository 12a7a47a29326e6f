package provider_test

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/latchkey-sso/latchkey/idctest"
	"github.com/latchkey-sso/latchkey/internal/ssotest"
	"github.com/latchkey-sso/latchkey/provider"
	"github.com/latchkey-sso/latchkey/sso"
)

// organization has five accounts with two roles each.
func organization(o *idctest.Options) {
	o.Accounts = nil
	for i := range 5 {
		o.Accounts = append(o.Accounts, idctest.Account{ID: fmt.Sprintf("%012d", i), Roles: []string{"Admin", "ReadOnly"}})
	}
}

func allRoles(t *testing.T, p *provider.Provider) (names []string, err error) {
	t.Helper()
	for role, err := range p.AllRoles(t.Context()) {
		if err != nil {
			return names, err
		}
		names = append(names, role.AccountID+"/"+role.RoleName)
	}
	return names, nil
}

func wantRoles() (names []string) {
	for i := range 5 {
		names = append(names, fmt.Sprintf("%012d/Admin", i), fmt.Sprintf("%012d/ReadOnly", i))
	}
	return names
}

// TestAllRoles gets credentials of ten roles at once from a service that would throttle them all at once.
func TestAllRoles(t *testing.T) {
	var clock atomic.Int64 // of the server, which is outside of the bubble
	clock.Store(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).UnixNano())
	w := newWorld(t, organization, func(o *idctest.Options) {
		o.RequestsPerSecond, o.Now = 12, func() time.Time { return time.Unix(0, clock.Load()) }
	})
	direct := &http.Transport{DisableKeepAlives: true} // the bubble's clock stands still while a connection is read
	synctest.Test(t, func(t *testing.T) {
		p := w.provider(w.Profile(), func(o *provider.Options) {
			o.HTTPClient = &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
				clock.Store(time.Now().UnixNano())
				return direct.RoundTrip(r)
			})}
		})
		var wg sync.WaitGroup
		for role, err := range p.AllRoles(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			wg.Go(func() {
				if creds, err := role.Retrieve(t.Context()); err != nil || creds.AccountID != role.AccountID {
					t.Errorf("%s in %s: credentials for %q, error %v", role.RoleName, role.AccountID, creds.AccountID, err)
				}
			})
		}
		wg.Wait()
	})
	w.Count("GetRoleCredentials", 10)
	for _, r := range w.Server.Requests() {
		if r.Status == http.StatusTooManyRequests {
			t.Errorf("%s was throttled", r.Operation)
		}
	}
}

// TestAllRolesWithRejectedToken loses the sign-in's access token in the middle of the listing.
func TestAllRolesWithRejectedToken(t *testing.T) {
	w := newWorld(t, organization)
	p := w.provider(w.Profile())
	var names []string
	for role, err := range p.AllRoles(t.Context(), func(o *sso.AllRolesOptions) { o.Concurrency = 1 }) {
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, role.AccountID+"/"+role.RoleName)
		if len(names) == 3 {
			w.Server.ExpireAccessTokens()
		}
	}
	if !slices.Equal(names, wantRoles()) {
		t.Errorf("roles %v, want each once", names)
	}
	w.Count("CreateToken", 1)
}

func TestAllRolesStops(t *testing.T) {
	w := newWorld(t, organization)
	for role, err := range w.provider(w.Profile()).AllRoles(t.Context()) {
		if err != nil || role.RoleName != "Admin" {
			t.Errorf("role %q, error %v", role.RoleName, err)
		}
		break
	}
}

func TestAllRolesErrors(t *testing.T) {
	if _, err := allRoles(t, nil); err == nil {
		t.Error("a nil Provider lists roles")
	}
	w := newWorld(t, organization)
	p := w.provider(w.Profile())
	w.Server.Fail("ListAccountRoles", idctest.Fault{Code: "ResourceNotFoundException"})
	if names, err := allRoles(t, p); err == nil || len(names) == 10 {
		t.Errorf("%d roles, error %v; want an error", len(names), err)
	}
	if err := w.Tokens.Delete(t.Context(), "corp"); err != nil {
		t.Fatal(err)
	}
	_, err := allRoles(t, p)
	ssotest.LoginRequired(t, err, "")
}
