package login_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/latchkey-sso/latchkey/idctest"
	"github.com/latchkey-sso/latchkey/internal/filetest"
	"github.com/latchkey-sso/latchkey/login"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/tokencache"
)

func (r *rig) logout(t *testing.T, p profile.SignIn) (bool, error) {
	return login.Logout(t.Context(), p, r.options)
}

func TestLogout(t *testing.T) {
	tests := []struct {
		name     string
		happens  func(r *rig)
		requests map[string]int
		warns    bool
	}{
		{name: "told", requests: map[string]int{"Logout": 1}},
		{
			name:     "over already",
			happens:  func(r *rig) { r.server.RevokeAll() },
			requests: map[string]int{"Logout": 1},
		},
		{
			name:     "server fails",
			happens:  func(r *rig) { r.fail("Logout", idctest.Fault{Status: 500}) },
			requests: map[string]int{"Logout": 2},
			warns:    true,
		},
		{
			name:     "server unreachable",
			happens:  func(r *rig) { r.server.Close() },
			requests: map[string]int{},
			warns:    true,
		},
		{
			name:     "server silent",
			happens:  func(r *rig) { r.net = hangs("/logout") },
			requests: map[string]int{},
			warns:    true,
		},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			run(t, nil, func(t *testing.T, r *rig) {
				signIn := r.server.SignIn()
				filetest.Write(t, r.dir.Path("corp"), signIn.TokenFile())
				if tc.happens != nil {
					tc.happens(r)
				}
				done, err := r.logout(t, r.session)
				if !done || err != nil {
					t.Errorf("got %v, %v", done, err)
				}
				if files := r.files(t); len(files) > 0 {
					t.Errorf("left: %v", files)
				}
				r.wantRequests(t, tc.requests)
				for _, req := range r.server.Requests() {
					if req.Header.Get("X-Amz-Sso_bearer_token") != signIn.AccessToken {
						t.Errorf("%s for another token", req)
					}
				}
				if warns := len(r.log.warnings()) > 0; warns != tc.warns {
					t.Errorf("warnings: %q", r.log.warnings())
				}
			})
		})
	}
}

func TestLogoutRefreshesFirst(t *testing.T) {
	// The portal does not take an expired access token, but ending the session has
	// to take the refresh token out of use.
	tests := []struct {
		name    string
		expires bool // at the server as well
		revoked bool
		logout  int // the status of its answer
	}{
		{name: "refreshable", logout: 200},
		{name: "over", revoked: true, logout: 401},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			run(t, nil, func(t *testing.T, r *rig) {
				filetest.Write(t, r.dir.Path("corp"), r.server.SignIn().TokenFile())
				time.Sleep(2 * time.Hour)
				if tc.revoked {
					r.server.RevokeAll()
				}
				done, err := r.logout(t, r.session)
				if !done || err != nil {
					t.Errorf("got %v, %v", done, err)
				}
				r.wantRequests(t, map[string]int{"CreateToken": 1, "Logout": 1})
				if got := r.server.Requests()[1].Status; got != tc.logout {
					t.Errorf("the server answered %d, want %d", got, tc.logout)
				}
				if got := r.log.warnings(); len(got) > 0 {
					t.Errorf("warnings: %q", got)
				}
			})
		})
	}
}

// TestLogoutSendsNothingTwice: while another process is sending the refresh token, a
// sign-out does not, and it uses the token that this process stores.
func TestLogoutSendsNothingTwice(t *testing.T) {
	for name, logout := range map[string]func(*testing.T, *rig) error{
		"one": func(t *testing.T, r *rig) error { _, err := r.logout(t, r.session); return err },
		"all": func(t *testing.T, r *rig) error {
			t.Setenv("AWS_ENDPOINT_URL", r.server.URL())
			_, err := login.LogoutAll(t.Context(), r.dir, r.options)
			return err
		},
	} {
		for _, stores := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, stores: %t", name, stores), func(t *testing.T) {
				run(t, nil, func(t *testing.T, r *rig) {
					filetest.Write(t, r.dir.Path("corp"), r.server.SignIn().TokenFile())
					time.Sleep(2 * time.Hour)
					unlock, err := r.dir.LockSending(t.Context(), "corp")
					if err != nil {
						t.Fatal(err)
					}
					defer unlock()
					if stores {
						time.AfterFunc(time.Second, func() {
							r.clock.Store(time.Now().UnixNano())
							filetest.Write(t, r.dir.Path("corp"), r.server.SignIn().TokenFile())
							unlock()
						})
					}
					if err := logout(t, r); err != nil {
						t.Error(err)
					}
					r.wantRequests(t, map[string]int{"Logout": 1})
					want := 401
					if stores {
						want = 200
					}
					if got := r.server.Requests()[0].Status; got != want {
						t.Errorf("the server answered %d, want %d", got, want)
					}
				})
			})
		}
	}
}

func TestLogoutExpired(t *testing.T) {
	run(t, autoApprove, func(t *testing.T, r *rig) {
		r.mustLogin(t, r.legacy) // has no refresh token
		time.Sleep(2 * time.Hour)
		r.server.ResetRequests()
		done, err := r.logout(t, r.legacy)
		if !done || err != nil {
			t.Errorf("got %v, %v", done, err)
		}
		r.wantRequests(t, map[string]int{"Logout": 1})
	})
}

func TestLogoutOfOneSession(t *testing.T) {
	run(t, autoApprove, func(t *testing.T, r *rig) {
		r.mustLogin(t, r.session)
		r.mustLogin(t, r.legacy)
		if done, err := r.logout(t, r.session); !done || err != nil {
			t.Errorf("got %v, %v", done, err)
		}
		if done, err := r.logout(t, r.session); done || err != nil {
			t.Errorf("a second time: got %v, %v", done, err)
		}
		if _, err := r.dir.Load(t.Context(), startURL); err != nil {
			t.Errorf("the other session: %v", err)
		}
		if _, ok := r.files(t)[registrationOfCorp]; !ok {
			t.Error("the client registration is gone")
		}
	})
}

func TestLogoutOfDamagedFile(t *testing.T) {
	run(t, nil, func(t *testing.T, r *rig) {
		filetest.Write(t, r.dir.Path("corp"), []byte(`{"accessToken": "cut off in the mid`))
		done, err := r.logout(t, r.session)
		if !done || err != nil {
			t.Errorf("got %v, %v", done, err)
		}
		if files := r.files(t); len(files) > 0 {
			t.Errorf("left: %v", files)
		}
		r.wantRequests(t, map[string]int{})
	})
}

func TestLogoutWaitsForRefresh(t *testing.T) {
	run(t, nil, func(t *testing.T, r *rig) {
		signIn := r.server.SignIn()
		filetest.Write(t, r.dir.Path("corp"), signIn.TokenFile())
		tok, err := tokencache.Parse(signIn.TokenFile())
		if err != nil {
			t.Fatal(err)
		}
		unlock, err := r.dir.Lock(t.Context(), "corp")
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			defer unlock()
			time.Sleep(5 * time.Second)
			if err := r.dir.Store(t.Context(), "corp", tok); err != nil {
				t.Error(err)
			}
		}()
		if done, err := r.logout(t, r.session); !done || err != nil {
			t.Errorf("got %v, %v", done, err)
		}
		if files := r.files(t); len(files) > 0 {
			t.Error("the refresh brought the token back")
		}
	})
}

func TestRefreshWaitsForLogout(t *testing.T) {
	run(t, nil, func(t *testing.T, r *rig) {
		filetest.Write(t, r.dir.Path("corp"), r.server.SignIn().TokenFile())
		r.net = roundTripper(func(req *http.Request) (*http.Response, error) {
			ctx, cancel := context.WithTimeout(req.Context(), time.Second)
			defer cancel()
			if _, err := r.dir.Lock(ctx, "corp"); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("locking during a logout: %v, want a timeout", err)
			}
			return direct.RoundTrip(req)
		})
		if done, err := r.logout(t, r.session); !done || err != nil {
			t.Errorf("got %v, %v", done, err)
		}
	})
}

// undeletable is a cache that keeps what it has.
type undeletable struct{ tokencache.Dir }

func (undeletable) Delete(context.Context, string) error { return errors.New("read-only") }

func TestLogoutCannotDelete(t *testing.T) {
	run(t, nil, func(t *testing.T, r *rig) {
		filetest.Write(t, r.dir.Path("corp"), r.server.SignIn().TokenFile())
		done, err := login.Logout(t.Context(), r.session, r.options, func(o *login.Options) { o.TokenCache = undeletable{r.dir} })
		wantError(t, err, "login: log out: read-only")
		if done {
			t.Error("says it is done")
		}
	})
}

func TestDefaultCache(t *testing.T) {
	run(t, autoApprove, func(t *testing.T, r *rig) {
		_, err := login.Login(t.Context(), r.session, login.UI{}, r.options, func(o *login.Options) { o.TokenCache = nil })
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(r.home, ".aws", "sso", "cache", tokenOfCorp)
		if !strings.Contains(filetest.Read(t, path), "accessToken") {
			t.Errorf("no token in %s", path)
		}
	})
}

// unreadable is a cache whose tokens cannot be read.
type unreadable struct{ tokencache.Dir }

func (unreadable) Load(context.Context, string) (*tokencache.Token, error) {
	return nil, os.ErrPermission
}

// TestLogoutOfUnreadableFile: what cannot be read may hold a token, and goes.
func TestLogoutOfUnreadableFile(t *testing.T) {
	run(t, nil, func(t *testing.T, r *rig) {
		filetest.Write(t, r.dir.Path("corp"), r.server.SignIn().TokenFile())
		done, err := login.Logout(t.Context(), r.session, r.options, func(o *login.Options) { o.TokenCache = unreadable{r.dir} })
		if !done || err != nil {
			t.Errorf("got %v, %v", done, err)
		}
		if files := r.files(t); len(files) > 0 {
			t.Errorf("left: %v", files)
		}
		if got := r.log.warnings(); len(got) != 1 || !strings.Contains(got[0], "may stay open until it expires") {
			t.Errorf("warnings %q", got)
		}
		r.wantRequests(t, map[string]int{})
	})
}

// TestLogoutAllOfUnreadableFile: so do the unreadable files that are under the name of
// a session of the config file, and what cannot be deleted is told.
func TestLogoutAllOfUnreadableFile(t *testing.T) {
	filetest.SkipUnderWine(t, "symbolic links")
	run(t, nil, func(t *testing.T, r *rig) {
		t.Setenv("AWS_ENDPOINT_URL", r.server.URL())
		r.writeConfig(t, "[profile dev]\nsso_session = corp\n[profile loop]\nsso_session = loop\n")
		filetest.Write(t, r.dir.Path("corp"), r.server.SignIn().TokenFile())
		if err := os.Chmod(r.dir.Path("corp"), 0); err != nil { // root reads it all the same
			t.Fatal(err)
		}
		if err := os.Symlink(filepath.Base(r.dir.Path("loop")), r.dir.Path("loop")); err != nil {
			t.Fatal(err)
		}
		r.logOutAllBut(t, r.dir.Path("loop"), "corp")
	})
}

// TestLogoutAllSendsNothingElsewhere: each token goes where the profiles of its session
// say, and never where another profile does.
func TestLogoutAllSendsNothingElsewhere(t *testing.T) {
	run(t, nil, func(t *testing.T, r *rig) {
		const emulator = "127.0.0.1:4566"
		r.writeConfig(t, strings.ReplaceAll(`
[default]
endpoint_url = EMULATOR
sso_session = local
[profile dev]
sso_session = corp
[profile mixed]
sso_session = mixed
endpoint_url = EMULATOR
[profile mixed-too]
sso_session = mixed
[profile old]
sso_start_url = `+startURL+`
sso_region = us-east-1
`, "EMULATOR", "http://"+emulator))
		keys := map[string]string{} // by access token
		for _, key := range []string{"local", "corp", "mixed", startURL, "unknown"} {
			signIn := r.server.SignIn()
			keys[signIn.AccessToken] = key
			filetest.Write(t, r.dir.Path(key), signIn.TokenFile())
		}
		var mu sync.Mutex
		hosts := map[string]string{} // by key
		r.net = roundTripper(func(req *http.Request) (*http.Response, error) {
			mu.Lock()
			defer mu.Unlock()
			hosts[keys[req.Header.Get("X-Amz-Sso_bearer_token")]] = req.URL.Host
			return nil, errors.New("that is all we want to know")
		})
		if n, err := login.LogoutAll(t.Context(), r.dir, r.options); n != 5 || err != nil {
			t.Errorf("got %d, %v", n, err)
		}
		const host = "portal.sso.us-east-1.amazonaws.com"
		want := map[string]string{
			"local": emulator,
			"corp":  host, "mixed": host, startURL: host, "unknown": host,
		}
		if diff := cmp.Diff(want, hosts); diff != "" {
			t.Errorf("hosts, -want +got:\n%s", diff)
		}
	})
}

func TestMistakesInProfile(t *testing.T) {
	session := func(change func(*profile.Session)) profile.SignIn {
		s := &profile.Session{Name: "corp", StartURL: startURL, Region: "us-east-1"}
		change(s)
		return profile.SignIn{Profile: "dev", Session: s}
	}
	for name, tt := range map[string]struct {
		profile profile.SignIn
		want    string
		logout  bool // is possible
	}{
		"no session":      {profile.SignIn{Profile: "keys"}, `profile "keys": no SSO settings`, false},
		"no start URL":    {session(func(s *profile.Session) { s.StartURL = "" }), "sso_start_url is missing", false},
		"no region":       {session(func(s *profile.Session) { s.Region = "" }), "sso_region is missing", false},
		"plain start URL": {session(func(s *profile.Session) { s.StartURL = "http://d-1.awsapps.com/start" }), "sso_start_url is not an https URL", true},
		"file":            {session(func(s *profile.Session) { s.StartURL = "file:///etc/passwd" }), "sso_start_url is not an https URL", true},
		"no host":         {session(func(s *profile.Session) { s.StartURL = "https:///start" }), "sso_start_url is not an https URL", true},
		"no URL":          {session(func(s *profile.Session) { s.StartURL = "d-1.awsapps.com" }), "sso_start_url is not an https URL", true},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, nil, func(t *testing.T, r *rig) {
				_, err := r.login(t.Context(), tt.profile, func(string) { t.Error("asked the user") })
				wantError(t, err, tt.want)
				_, err = r.logout(t, tt.profile)
				if tt.logout {
					if err != nil {
						t.Errorf("logout: %v", err)
					}
				} else {
					wantError(t, err, tt.want)
				}
				r.wantRequests(t, map[string]int{})
			})
		})
	}
}
