package login_test

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/idctest"
	"github.com/latchkey-sso/latchkey/internal/filetest"
	"github.com/latchkey-sso/latchkey/login"
	"github.com/latchkey-sso/latchkey/tokencache"
)

func TestLogoutAll(t *testing.T) {
	for name, cache := range map[string]func(tokencache.Dir) tokencache.Lister{
		"directory": func(d tokencache.Dir) tokencache.Lister { return d },
		"any cache": func(d tokencache.Dir) tokencache.Lister { return struct{ tokencache.Lister }{d} },
	} {
		t.Run(name, func(t *testing.T) { testLogoutAll(t, cache) })
	}
}

func testLogoutAll(t *testing.T, cache func(tokencache.Dir) tokencache.Lister) {
	run(t, nil, func(t *testing.T, r *rig) {
		tokens := map[string]bool{}
		for _, key := range []string{"corp", "other", startURL} {
			signIn := r.server.SignIn()
			tokens[signIn.AccessToken] = true
			filetest.Write(t, r.dir.Path(key), signIn.TokenFile())
		}
		stays := map[string]string{
			"registration.json": `{"clientId": "c", "clientSecret": "s", "expiresAt": "2001-01-01T00:00:00Z"}`,
			"damaged.json":      `{"accessToken": "cut off in the mid`,
			"notes.json":        `[]`,
		}
		for name, text := range stays {
			filetest.Write(t, filepath.Join(string(r.dir), name), []byte(text))
		}
		r.server.Fail("Logout", idctest.Fault{Status: 401, Code: "UnauthorizedException"})

		t.Setenv("AWS_ENDPOINT_URL", r.server.URL())
		n, err := login.LogoutAll(t.Context(), cache(r.dir), r.options)
		if n != 3 || err != nil {
			t.Errorf("got %d, %v; want 3", n, err)
		}
		if left := r.files(t); len(left) != len(stays) {
			t.Errorf("left: %v", left)
		}
		for _, req := range r.server.Requests() {
			delete(tokens, req.Header.Get("X-Amz-Sso_bearer_token"))
		}
		if len(tokens) > 0 {
			t.Errorf("the server was not told of %d tokens", len(tokens))
		}
		if got := r.log.warnings(); len(got) > 0 {
			t.Errorf("warnings: %q", got)
		}
	})
}

func TestLogoutAllOffline(t *testing.T) {
	run(t, nil, func(t *testing.T, r *rig) {
		for _, key := range []string{"corp", "other", startURL} {
			filetest.Write(t, r.dir.Path(key), r.server.SignIn().TokenFile())
		}
		r.net = hangs("/logout")
		t.Setenv("AWS_ENDPOINT_URL", r.server.URL())
		began := time.Now()
		n, err := login.LogoutAll(t.Context(), r.dir, r.options)
		if n != 3 || err != nil {
			t.Errorf("got %d, %v; want 3", n, err)
		}
		if took := time.Since(began); took != 10*time.Second {
			t.Errorf("took %s, want 10s for all of them", took)
		}
		if files := r.files(t); len(files) > 0 {
			t.Errorf("left: %v", files)
		}
		if got := r.log.warnings(); len(got) != 3 {
			t.Errorf("warnings: %q", got)
		}
	})
}

func TestLogoutAllWithoutRegion(t *testing.T) {
	// There is no telling which server to tell.
	run(t, nil, func(t *testing.T, r *rig) {
		filetest.Write(t, r.dir.Path("corp"), []byte(`{"accessToken": "idctest-access-token-0", "expiresAt": "2000-01-01T01:00:00Z"}`))
		r.net = roundTripper(func(req *http.Request) (*http.Response, error) {
			t.Errorf("request to %s", req.URL)
			return nil, errors.New("no")
		})
		n, err := login.LogoutAll(t.Context(), r.dir, r.options)
		if n != 1 || err != nil {
			t.Errorf("got %d, %v; want 1", n, err)
		}
		if got := r.log.warnings(); len(got) > 0 {
			t.Errorf("warnings: %q", got)
		}
	})
}

func TestLogoutAllGoesOn(t *testing.T) {
	run(t, nil, func(t *testing.T, r *rig) {
		filetest.Write(t, r.dir.Path("corp"), r.server.SignIn().TokenFile())
		filetest.Write(t, r.dir.Path("other"), r.server.SignIn().TokenFile())
		// A token that is gone into a directory of its name by the time it is deleted.
		replace := sync.OnceFunc(func() {
			path := r.dir.Path("corp")
			if err := os.Remove(path); err != nil {
				t.Error(err)
			}
			filetest.Write(t, filepath.Join(path, "file"), "")
		})
		r.net = roundTripper(func(req *http.Request) (*http.Response, error) {
			replace()
			return direct.RoundTrip(req)
		})
		t.Setenv("AWS_ENDPOINT_URL", r.server.URL())
		r.logOutAllBut(t, tokenOfCorp, "other")
	})
}

// logOutAllBut logs out of a session that works and of one that fails, with an error that names the file.
func (r *rig) logOutAllBut(t *testing.T, failed, works string) {
	t.Helper()
	n, err := login.LogoutAll(t.Context(), r.dir, r.options)
	wantError(t, err, "login: log out: ", failed)
	if n != 1 {
		t.Errorf("got %d, want 1", n)
	}
	if _, err := os.Stat(r.dir.Path(works)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the token of %s: %v", works, err)
	}
}

func TestLogoutAllOfNothing(t *testing.T) {
	run(t, nil, func(t *testing.T, r *rig) {
		n, err := login.LogoutAll(t.Context(), r.dir, r.options)
		if n != 0 || err != nil {
			t.Errorf("got %d, %v", n, err)
		}
	})
}
