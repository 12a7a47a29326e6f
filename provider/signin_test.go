package provider_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/idctest"
	"github.com/latchkey-sso/latchkey/internal/ssotest"
	"github.com/latchkey-sso/latchkey/provider"
	"github.com/latchkey-sso/latchkey/rolecache"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// hookedRoles is a role cache that calls hooks around Store.
type hookedRoles struct {
	ssotest.Roles
	before, after func()
}

func (h *hookedRoles) Store(ctx context.Context, key rolecache.Key, c *rolecache.Credentials) error {
	call(h.before)
	defer call(h.after)
	return h.Roles.Store(ctx, key, c)
}

// roundTripper is a function that implements http.RoundTripper.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func call(f func()) {
	if f != nil {
		f()
	}
}

// TestRoleOfAnotherSignIn: if the user signs out, or another user signs in, during a request for role
// credentials, they are kept neither on disk nor in memory.
func TestRoleOfAnotherSignIn(t *testing.T) {
	for changed, change := range map[string]func(w *world){
		"signed out": func(w *world) {
			if err := w.Tokens.Delete(w.T.Context(), "corp"); err != nil {
				w.T.Error(err)
			}
		},
		"another user": func(w *world) { w.WriteToken(w.Server.SignIn().TokenFile()) },
	} {
		for when, hook := range map[string]func(h *hookedRoles, change func()){
			"during the request":                nil,
			"during the request, without cache": nil,
			"before the store":                  func(h *hookedRoles, change func()) { h.before = change },
			// Like login.Login: store the token, then delete the role credentials, which
			// are not stored yet.
			"before the store, and deletes": func(h *hookedRoles, change func()) {
				h.before = func() { change(); _, _ = h.Clear(context.Background()) }
			},
			"after the store": func(h *hookedRoles, change func()) { h.after = change },
		} {
			t.Run(changed+" "+when, func(t *testing.T) {
				w := newWorld(t)
				changes := func() { change(w) }
				roles := &hookedRoles{Roles: w.Roles}
				transport := roundTripper(func(r *http.Request) (*http.Response, error) {
					if hook == nil && strings.Contains(r.URL.Path, "/federation/credentials") {
						changes()
					}
					return http.DefaultTransport.RoundTrip(r)
				})
				if hook != nil {
					hook(roles, changes)
				}
				p := w.provider(w.Profile(), func(o *provider.Options) {
					if o.RoleCache = roles; strings.HasSuffix(when, "without cache") {
						o.RoleCache = nil
					}
					o.HTTPClient = &http.Client{Transport: transport}
				})
				first := ssotest.Retrieve(t, p)
				if _, err := w.Roles.Load(t.Context(), roleKey(w.Profile())); !errors.Is(err, rolecache.ErrNotFound) {
					t.Errorf("on disk: %v, want ErrNotFound", err)
				}
				roles.before, roles.after = nil, nil
				changes = func() {}
				second, err := p.Retrieve(t.Context())
				if changed == "signed out" {
					ssotest.LoginRequired(t, err, "not signed in")
					return
				}
				if err != nil || second.AccessKeyID == first.AccessKeyID {
					t.Errorf("got the credentials of the previous user, %v", err)
				}
			})
		}
	}
}

// unreadable is a token cache that can be read only once.
type unreadable struct {
	ssotest.Dir
	read bool
}

func (u *unreadable) Load(ctx context.Context, key string) (*tokencache.Token, error) {
	if u.read {
		return nil, errors.New("input/output error")
	}
	u.read = true
	return u.Dir.Load(ctx, key)
}

// TestUnreadableTokenKeepsRole: an unreadable token cache does not count as a sign-out.
func TestUnreadableTokenKeepsRole(t *testing.T) {
	w := newWorld(t)
	p := w.provider(w.Profile(), w.withRoleCache, func(o *provider.Options) {
		o.TokenCache = &unreadable{Dir: w.Tokens}
	})
	ssotest.Retrieve(t, p)
	ssotest.Retrieve(t, p)
	w.Count("GetRoleCredentials", 1)
	if _, err := w.Roles.Load(t.Context(), roleKey(w.Profile())); err != nil {
		t.Error(err)
	}
}

// TestForget: a new sign-in in this process drops the role credentials in memory and in flight.
func TestForget(t *testing.T) {
	t.Run("in memory", func(t *testing.T) {
		w := newWorld(t)
		p := w.provider(w.Profile())
		first := ssotest.Retrieve(t, p)
		provider.Forget(w.Tokens, "another")
		provider.Forget(tokencache.Dir(t.TempDir()), "corp")
		if again := ssotest.Retrieve(t, p); again != first {
			t.Error("dropped the credentials of another session's sign-in")
		}
		provider.Forget(w.Tokens, "corp")
		second := ssotest.Retrieve(t, p)
		if second.AccessKeyID == first.AccessKeyID {
			t.Error("got the first user's credentials")
		}
		provider.Forget(w.Tokens)
		if third := ssotest.Retrieve(t, p); third.AccessKeyID == second.AccessKeyID {
			t.Error("got the second user's credentials")
		}
		w.Count("GetRoleCredentials", 3)
	})
	t.Run("signed out", func(t *testing.T) {
		w := newWorld(t)
		p := w.provider(w.Profile())
		held := ssotest.Retrieve(t, p)
		if err := w.Tokens.Delete(t.Context(), "corp"); err != nil {
			t.Fatal(err)
		}
		provider.Forget(w.Tokens, "corp")
		_, err := p.Retrieve(t.Context())
		ssotest.LoginRequired(t, err, "not signed in")
		if _, err := p.HandleFailToRefresh(t.Context(), held, err); err == nil {
			t.Error("got credentials after the sign-out")
		}
	})
	t.Run("in flight", func(t *testing.T) {
		w := newWorld(t)
		release, asked := make(chan struct{}), make(chan struct{}, 2)
		var held atomic.Bool
		p := w.provider(w.Profile(), func(o *provider.Options) {
			o.HTTPClient = &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
				response, err := http.DefaultTransport.RoundTrip(r)
				asked <- struct{}{}
				if !held.Swap(true) {
					<-release
				}
				return response, err
			})}
		})
		keys := make(chan string, 1)
		go func() {
			creds, err := p.Retrieve(context.Background())
			if err != nil {
				t.Error(err)
			}
			keys <- creds.AccessKeyID
		}()
		<-asked
		provider.Forget(w.Tokens, "corp")
		second := ssotest.Retrieve(t, p) // does not join the previous call
		close(release)
		if first := <-keys; first == second.AccessKeyID {
			t.Error("one request for two sign-ins")
		}
		if again := ssotest.Retrieve(t, p); again.AccessKeyID != second.AccessKeyID {
			t.Error("the credentials of the previous call were kept")
		}
	})
}

func proxyPage() idctest.Fault {
	return idctest.Fault{
		Status: http.StatusUnauthorized, Times: -1, Body: []byte("<html>Sign in to the network</html>"),
		Header: http.Header{"Content-Type": {"text/html"}},
	}
}

// TestProxyUnauthorized: a 401 from a proxy does not reject the token.
func TestProxyUnauthorized(t *testing.T) {
	for name, fault := range map[string]idctest.Fault{
		"page":               proxyPage(),
		"empty":              {Status: 401, Body: []byte{}, Times: -1},
		"JSON without code":  {Status: 401, Body: []byte(`{"message":"who are you?"}`), Times: -1},
		"JSON with its code": {Status: 401, Body: []byte(`{"code":"NoTicket"}`), Times: -1},
		"AWS gateway":        {Status: 401, Code: "MissingAuthenticationTokenException", Times: -1},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.Server.Fail("GetRoleCredentials", fault)
			p, audit := w.provider(w.Profile()), w.Profile()
			audit.RoleName = "Auditor"
			for range 10 {
				_, err := p.Retrieve(t.Context())
				var login *provider.LoginRequiredError
				if err == nil || errors.As(err, &login) || !strings.Contains(err.Error(), "the response is not from Identity Center") {
					t.Fatalf("got %v", err)
				}
			}
			w.Server.ClearFaults()
			ssotest.Retrieve(t, w.provider(audit))
			ssotest.Retrieve(t, p)
			w.Count("CreateToken", 0)
			w.Count("GetRoleCredentials", 12)
		})
	}
}

// TestRejectedAgain: if the portal rejects even new tokens, the token is refreshed every 30 seconds.
func TestRejectedAgain(t *testing.T) {
	w := newWorld(t)
	w.Server.Fail("GetRoleCredentials", idctest.Fault{Code: "UnauthorizedException", Times: -1})
	audit := w.Profile()
	audit.RoleName = "Auditor"
	for want := 1; want < 3; want++ {
		for range 10 {
			for _, p := range []*provider.Provider{w.provider(w.Profile()), w.provider(audit)} {
				_, err := p.Retrieve(t.Context())
				ssotest.LoginRequired(t, err, "no longer accepts the sign-in")
			}
		}
		w.Count("CreateToken", want)
		w.Pass(31 * time.Second)
	}
	// A token from another process is tried at once.
	w.Server.ClearFaults()
	w.Server.Fail("GetRoleCredentials", idctest.Fault{Code: "UnauthorizedException"})
	w.WriteToken(w.Server.SignIn().TokenFile())
	w.Server.ResetRequests()
	ssotest.Retrieve(t, w.provider(w.Profile()))
	w.Count("CreateToken", 1)
}

// TestPlainHTTPWarning: there is one warning if tokens are sent unencrypted.
func TestPlainHTTPWarning(t *testing.T) {
	for host, warnings := range map[string]int{"idc.example": 1, "localhost:1": 0, "127.0.0.1:1": 0, "[::1]:1": 0} {
		t.Run(host, func(t *testing.T) {
			w := newWorld(t)
			plain, audit := w.Profile(), w.Profile()
			plain.Endpoints.SSO, plain.Endpoints.SSOOIDC = "http://"+host, "http://"+host
			audit.Endpoints, audit.RoleName = plain.Endpoints, "Auditor"
			there := func(o *provider.Options) {
				o.HTTPClient = &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
					r.URL.Host = strings.TrimPrefix(w.Server.URL(), "http://")
					return http.DefaultTransport.RoundTrip(r)
				})}
			}
			w.Server.ExpireAccessTokens()
			ssotest.Retrieve(t, w.provider(plain, there))
			ssotest.Retrieve(t, w.provider(audit, there))
			if got := strings.Count(w.Log.String(), "unencrypted"); got != warnings {
				t.Errorf("%d warnings, want %d:\n%s", got, warnings, w.Log.String())
			}
		})
	}
}
