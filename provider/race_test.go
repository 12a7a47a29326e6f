package provider_test

import (
	"errors"
	"testing"

	"github.com/latchkey-sso/latchkey/idctest"
	"github.com/latchkey-sso/latchkey/internal/ssotest"
	"github.com/latchkey-sso/latchkey/provider"
)

// TestRejectedAccessToken: the server revokes the access token before it expires, for example because
// another tool has signed in again.
func TestRejectedAccessToken(t *testing.T) {
	t.Run("is refreshed", func(t *testing.T) {
		w := newWorld(t)
		w.Server.ExpireAccessTokens()
		ssotest.Retrieve(t, w.provider(w.Profile()))
		w.Count("CreateToken", 1)
		w.Count("GetRoleCredentials", 2)
	})
	t.Run("is refreshed after an unknown error", func(t *testing.T) {
		w := newWorld(t)
		w.Server.Fail("GetRoleCredentials", idctest.Fault{Status: 401, Code: "ExpiredSessionException"})
		ssotest.Retrieve(t, w.provider(w.Profile()))
		w.Count("CreateToken", 1)
	})
	t.Run("cannot be refreshed through a firewall", func(t *testing.T) {
		w := newWorld(t)
		w.Server.ExpireAccessTokens()
		for _, status := range []int{401, 403} {
			w.Server.Fail("CreateToken", idctest.Fault{Status: status, Body: []byte("<html>blocked</html>")})
			_, err := w.provider(w.Profile()).Retrieve(t.Context())
			var login *provider.LoginRequiredError
			if err == nil || errors.As(err, &login) {
				t.Errorf("%d: got %v, want an error other than a LoginRequiredError", status, err)
			}
		}
	})
	t.Run("twice", func(t *testing.T) {
		w := newWorld(t)
		w.Server.Fail("GetRoleCredentials", idctest.Fault{Status: 401, Code: "UnauthorizedException", Times: -1})
		_, err := w.provider(w.Profile()).Retrieve(t.Context())
		ssotest.LoginRequired(t, err, "no longer accepts the sign-in")
		w.Count("CreateToken", 1)
		w.Count("GetRoleCredentials", 2)
	})
	t.Run("is replaced by a newer token in the cache", func(t *testing.T) {
		w := newWorld(t)
		w.Server.ExpireAccessTokens()
		p := w.provider(w.Profile(), func(o *provider.Options) {
			o.TokenCache = &ssotest.Hooked{Dir: w.Tokens, AfterLoad: func(n int) {
				if n == 1 {
					w.WriteToken(w.Server.SignIn().TokenFile())
				}
			}}
		})
		ssotest.Retrieve(t, p)
		w.Count("CreateToken", 0)
		w.Count("GetRoleCredentials", 2)
	})
}
