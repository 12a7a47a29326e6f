package login_test

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/latchkey-sso/latchkey/idctest"
	"github.com/latchkey-sso/latchkey/internal/filetest"
	"github.com/latchkey-sso/latchkey/login"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/provider"
	"github.com/latchkey-sso/latchkey/rolecache"
	"github.com/latchkey-sso/latchkey/tokencache"
)

const rolesConfig = `
[profile dev]
sso_session = corp
sso_account_id = 123456789012
sso_role_name = Developer
[profile other]
sso_session = other
sso_account_id = 123456789012
sso_role_name = Developer
[profile old]
sso_start_url = ` + startURL + `
sso_region = us-east-1
sso_account_id = 123456789012
sso_role_name = Developer
`

// fillRoles stores role credentials of each kind, and returns their files by what they
// are of.
func fillRoles(t *testing.T, dir rolecache.Dir) map[string]string {
	t.Helper()
	files := map[string]string{}
	for name, key := range map[string]rolecache.Key{
		"named":          {Session: "corp", AccountID: "123456789012", RoleName: "Developer"},
		"not named":      {Session: "corp", AccountID: "123456789012", RoleName: "Gone"},
		"of nobody":      {Session: "gone", AccountID: "123456789012", RoleName: "Developer"},
		"other session":  {Session: "other", AccountID: "123456789012", RoleName: "Developer"},
		"legacy session": {StartURL: startURL, AccountID: "123456789012", RoleName: "Developer"},
	} {
		files[name] = dir.Path(key)
		err := dir.Store(t.Context(), key, &rolecache.Credentials{
			AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "s", SessionToken: "t", Expires: time.Now().Add(time.Hour), AccountID: "123456789012",
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	files["unmarked"] = dir.Path(rolecache.Key{Session: "corp", AccountID: "123456789012", RoleName: "Developer"})
	unmarked := strings.Replace(filetest.Read(t, files["unmarked"]), `"ProviderType": "sso", `, "", 1)
	filetest.Write(t, files["unmarked"], []byte(unmarked))
	files["assumed"] = filepath.Join(string(dir), "assumed.json")
	filetest.Write(t, files["assumed"], []byte(`{"Credentials": {"AccessKeyId": "a"}, "AssumedRoleUser": {}}`))
	return files
}

// TestRolesGo: signing in and signing out delete every role of the session, also those
// that no config file names any more, and none that one names for another session.
func TestRolesGo(t *testing.T) {
	others := []string{"assumed", "legacy session", "other session"}
	for name, tt := range map[string]struct {
		act  func(t *testing.T, r *rig)
		left []string
	}{
		"login":          {func(t *testing.T, r *rig) { r.mustLogin(t, r.session) }, others},
		"legacy login":   {func(t *testing.T, r *rig) { r.mustLogin(t, r.legacy) }, []string{"assumed", "named", "other session", "unmarked"}},
		"logout":         {func(t *testing.T, r *rig) { r.mustLogout(t) }, others},
		"logout of none": {func(t *testing.T, r *rig) { _, _ = r.logout(t, r.session) }, others},
		"logout of all": {func(t *testing.T, r *rig) {
			if _, err := login.LogoutAll(t.Context(), r.dir, r.options, r.withRoles); err != nil {
				t.Error(err)
			}
		}, []string{"assumed"}},
		"failed login": {func(t *testing.T, r *rig) {
			r.fail("StartDeviceAuthorization", idctest.Fault{Status: 400, Code: "InvalidRequestException"})
			_, err := login.Login(t.Context(), r.session, login.UI{}, r.options, r.withRoles)
			wantError(t, err, "login: start device authorization")
		}, []string{"assumed", "legacy session", "named", "not named", "of nobody", "other session", "unmarked"}},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, autoApprove, func(t *testing.T, r *rig) {
				r.dir = tokencache.Dir(filepath.Join(r.home, ".aws", "sso", "cache")) // the default: the roles' is too
				r.writeConfig(t, rolesConfig)
				files := fillRoles(t, r.roles())
				tt.act(t, r)
				var left []string
				for _, name := range slices.Sorted(maps.Keys(files)) {
					if _, err := os.Stat(files[name]); err == nil {
						left = append(left, name)
					}
				}
				if diff := cmp.Diff(tt.left, left); diff != "" {
					t.Errorf("left, -want +got:\n%s", diff)
				}
			})
		})
	}
}

// TestRolesStayWithAnotherCache: a program that keeps its sign-in elsewhere has nothing
// deleted that it has not named.
func TestRolesStayWithAnotherCache(t *testing.T) {
	run(t, autoApprove, func(t *testing.T, r *rig) {
		r.writeConfig(t, rolesConfig)
		files := fillRoles(t, r.roles())
		r.mustLogin(t, r.session)
		if _, err := r.logout(t, r.session); err != nil {
			t.Error(err)
		}
		for name, file := range files {
			if _, err := os.Stat(file); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// plainRoles is a role cache that does not list what it holds, and may fail.
type plainRoles struct {
	rolecache.Cache
	deleted []string
	err     error
}

func (p *plainRoles) Delete(_ context.Context, key rolecache.Key) error {
	p.deleted = append(p.deleted, key.Session+key.StartURL+"/"+key.RoleName)
	return p.err
}

func TestRolesOfPlainCache(t *testing.T) {
	run(t, autoApprove, func(t *testing.T, r *rig) {
		r.writeConfig(t, rolesConfig)
		roles := &plainRoles{}
		use := func(o *login.Options) { o.RoleCache = roles }
		check := func(want ...string) {
			t.Helper()
			if !slices.Equal(roles.deleted, want) {
				t.Errorf("deleted %q, want %q", roles.deleted, want)
			}
			roles.deleted = nil
		}
		p := r.session
		if _, err := login.Login(t.Context(), p, login.UI{}, r.options, use); err != nil {
			t.Fatal(err)
		}
		check("corp/Developer")
		if _, err := login.Logout(t.Context(), p, r.options, use); err != nil {
			t.Fatal(err)
		}
		check("corp/Developer")
		if _, err := login.LogoutAll(t.Context(), r.dir, r.options, use); err != nil {
			t.Fatal(err)
		}
		check("corp/Developer", "other/Developer", startURL+"/Developer")

		// What cannot be deleted: a sign-in has succeeded, a sign-out has not.
		roles.err = errors.New("read-only")
		if _, err := login.Login(t.Context(), p, login.UI{}, r.options, use); err != nil {
			t.Error(err)
		}
		if got := r.log.warnings(); len(got) != 1 || !strings.Contains(got[0], "could not be deleted: read-only") {
			t.Errorf("warnings %q", got)
		}
		_, err := login.Logout(t.Context(), p, r.options, use)
		wantError(t, err, "login: log out: read-only")
		if files := r.files(t); files[tokenOfCorp] != "" {
			t.Error("the token is still there")
		}
		_, err = login.LogoutAll(t.Context(), r.dir, r.options, use)
		wantError(t, err, "login: log out: read-only")
	})
}

// TestProvidersForget: the providers of this process hold nothing of another sign-in.
func TestProvidersForget(t *testing.T) {
	run(t, autoApprove, func(t *testing.T, r *rig) {
		p := &profile.Profile{
			Name: "dev", Session: r.session.Session, Connection: r.session.Connection, AccountID: "123456789012", RoleName: "Developer",
		}
		creds, err := provider.New(p, func(o *provider.Options) {
			o.TokenCache, o.HTTPClient = r.dir, &http.Client{Transport: r}
		})
		if err != nil {
			t.Fatal(err)
		}
		r.mustLogin(t, r.session)
		seen := map[string]bool{}
		retrieve := func(want int) {
			t.Helper()
			for range 2 {
				got, err := creds.Retrieve(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				seen[got.AccessKeyID] = true
			}
			if len(seen) != want {
				t.Errorf("%d different keys, want %d", len(seen), want)
			}
		}
		retrieve(1)
		r.mustLogin(t, r.session)
		retrieve(2)
		for name, out := range map[string]func() error{
			"Logout":    func() error { _, err := r.logout(t, r.session); return err },
			"LogoutAll": func() error { _, err := login.LogoutAll(t.Context(), r.dir, r.options); return err },
		} {
			t.Setenv("AWS_ENDPOINT_URL", r.server.URL())
			if err := out(); err != nil {
				t.Fatal(err)
			}
			var required *provider.LoginRequiredError
			if _, err := creds.Retrieve(t.Context()); !errors.As(err, &required) {
				t.Errorf("%s: %v, want a LoginRequiredError", name, err)
			}
			seen = map[string]bool{}
			r.mustLogin(t, r.session)
			retrieve(1)
		}

		// Another process's sign-in that Login waited for counts as well.
		r.server.ResetRequests()
		unlock, err := r.dir.Lock(t.Context(), "login corp")
		if err != nil {
			t.Fatal(err)
		}
		theirs, err := tokencache.Parse(r.server.SignIn().TokenFile())
		if err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(time.Minute, func() {
			defer unlock()
			if err := r.dir.Store(t.Context(), "corp", theirs); err != nil {
				t.Error(err)
			}
		})
		r.mustLogin(t, r.session)
		retrieve(2)
		r.wantRequests(t, map[string]int{"GetRoleCredentials": 1})
	})
}

// TestRefusedNoteGoes: a note about the refresh token of before goes with a sign-in and
// with a sign-out.
func TestRefusedNoteGoes(t *testing.T) {
	for name, act := range map[string]func(t *testing.T, r *rig){
		"login":  func(t *testing.T, r *rig) { r.mustLogin(t, r.session) },
		"logout": func(t *testing.T, r *rig) { r.mustLogout(t) },
		"logout of all": func(t *testing.T, r *rig) {
			if _, err := login.LogoutAll(t.Context(), r.dir, r.options); err != nil {
				t.Error(err)
			}
		},
		"logout of none": func(t *testing.T, r *rig) {
			if err := os.Remove(r.dir.Path("corp")); err != nil {
				t.Error(err)
			}
			_, _ = r.logout(t, r.session)
		},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, autoApprove, func(t *testing.T, r *rig) {
				t.Setenv("AWS_ENDPOINT_URL", r.server.URL())
				filetest.Write(t, r.dir.Path("corp"), r.server.SignIn().TokenFile())
				if err := r.dir.StoreNote(t.Context(), "corp", "t", tokencache.RefreshNote{At: time.Now(), Outcome: tokencache.RefreshRejected}); err != nil {
					t.Fatal(err)
				}
				act(t, r)
				if notes, err := filepath.Glob(filepath.Join(string(r.dir), "*.refresh")); len(notes) > 0 || err != nil {
					t.Errorf("left: %v, %v", notes, err)
				}
			})
		})
	}
}

// TestPlainHTTPWarning: a token that any host on the way can read is worth one
// line for each sign-in and sign-out.
func TestPlainHTTPWarning(t *testing.T) {
	run(t, autoApprove, func(t *testing.T, r *rig) {
		r.net = roundTripper(func(req *http.Request) (*http.Response, error) {
			req.URL.Host = strings.TrimPrefix(r.server.URL(), "http://")
			return direct.RoundTrip(req)
		})
		r.session.Endpoints.SSO, r.session.Endpoints.SSOOIDC = "http://idc.example", "http://idc.example"
		for i, act := range []func(){
			func() { r.mustLogin(t, r.session) },
			func() { r.mustLogout(t) },
			func() {
				r.mustLogin(t, r.session)
				t.Setenv("AWS_ENDPOINT_URL", "http://idc.example")
				if _, err := login.LogoutAll(t.Context(), r.dir, r.options); err != nil {
					t.Error(err)
				}
			},
		} {
			act()
			got := r.log.warnings()
			if want := []int{1, 2, 4}[i]; len(got) != want || !strings.Contains(got[len(got)-1], "sent to idc.example unencrypted") {
				t.Errorf("warnings %q, want %d", got, want)
			}
		}
	})
}

func (r *rig) mustLogout(t *testing.T) {
	t.Helper()
	if _, err := r.logout(t, r.session); err != nil {
		t.Error(err)
	}
}

func (r *rig) roles() rolecache.Dir {
	return rolecache.Dir(filepath.Join(r.home, ".aws", "cli", "cache"))
}

func (r *rig) withRoles(o *login.Options) { o.RoleCache = r.roles() }
