package login_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/internal/filetest"
	"github.com/latchkey-sso/latchkey/login"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// secondLogin begins one more sign-in, a second after the user was shown the
// code of the first.
type secondLogin struct {
	waited time.Duration // that Login said it would at most
	tok    *tokencache.Token
	err    error
	done   chan struct{}
}

func (r *rig) beginSecond(ctx context.Context, showCode func(login.DeviceCode)) *secondLogin {
	s := &secondLogin{done: make(chan struct{})}
	go func() {
		defer close(s.done)
		time.Sleep(time.Second)
		ui := login.UI{Waiting: func(atMost time.Duration) { s.waited = atMost }, ShowCode: showCode}
		s.tok, s.err = login.Login(ctx, r.session, ui, r.options)
	}()
	return s
}

func TestSecondLoginUsesTheFirst(t *testing.T) {
	run(t, nil, func(t *testing.T, r *rig) {
		var second *secondLogin
		tok, err := r.login(t.Context(), r.session, func(code string) {
			second = r.beginSecond(t.Context(), func(login.DeviceCode) { t.Error("asked the user twice") })
			go func() {
				time.Sleep(10 * time.Second)
				r.approve(t, code)
			}()
		})
		if err != nil {
			t.Fatal(err)
		}
		<-second.done
		if second.err != nil {
			t.Fatal(second.err)
		}
		// The first has had the lock for 1.1 s when the second finds it busy.
		if want := 12*time.Minute - 1100*time.Millisecond; second.waited != want {
			t.Errorf("told to wait %s, want %s", second.waited, want)
		}
		if second.tok.AccessToken != tok.AccessToken {
			t.Error("two tokens")
		}
		if got := r.server.Count("StartDeviceAuthorization"); got != 1 {
			t.Errorf("%d device authorizations, want 1", got)
		}
	})
}

func TestSecondLoginTakesOver(t *testing.T) {
	// The first is denied, and yesterday's token is not its result.
	run(t, nil, func(t *testing.T, r *rig) {
		filetest.Write(t, r.dir.Path("corp"), r.server.SignIn().TokenFile())
		var second *secondLogin
		_, err := r.login(t.Context(), r.session, func(code string) {
			second = r.beginSecond(t.Context(), func(c login.DeviceCode) { r.approve(t, c.UserCode) })
			go func() {
				time.Sleep(10 * time.Second)
				deny(t, r, code)
			}()
		})
		if !errors.Is(err, login.ErrDenied) {
			t.Errorf("error %v, want ErrDenied", err)
		}
		<-second.done
		if second.err != nil {
			t.Fatal(second.err)
		}
		if got := r.server.Count("StartDeviceAuthorization"); got != 2 {
			t.Errorf("%d device authorizations, want 2", got)
		}
		if stored, err := r.dir.Load(t.Context(), "corp"); err != nil || stored.AccessToken != second.tok.AccessToken {
			t.Errorf("stored: %v, %v", stored, err)
		}
	})
}

// TestLoginPassesStuckLogin: a login that was stopped is not waited for longer than a
// sign-in can take, counted from its start if the cache knows that.
func TestLoginPassesStuckLogin(t *testing.T) {
	filetest.SkipUnderWine(t, "way to close a file while it is locked, and this polls a lock for hours")
	for name, tt := range map[string]struct {
		ago   time.Duration // that it began
		cache func(d tokencache.Dir) tokencache.Cache
		told  time.Duration // to wait; 0: nothing
	}{
		"just begun":               {0, nil, 12*time.Minute - 100*time.Millisecond},
		"an hour old":              {time.Hour, nil, 0},
		"by a clock that is ahead": {-time.Hour, nil, 12 * time.Minute},
		"of unknown age":           {time.Hour, func(d tokencache.Dir) tokencache.Cache { return ageless{tokencache.Cache(d)} }, 12 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, autoApprove, func(t *testing.T, r *rig) {
				stop, err := r.dir.Lock(t.Context(), "login corp")
				if err != nil {
					t.Fatal(err)
				}
				defer stop()
				lock := strings.TrimSuffix(r.dir.Path("login corp"), ".json") + ".lock"
				began := time.Now()
				if err := os.Chtimes(lock, began.Add(-tt.ago), began.Add(-tt.ago)); err != nil {
					t.Fatal(err)
				}
				var told time.Duration
				ui := login.UI{Waiting: func(atMost time.Duration) { told = atMost }}
				tok, err := login.Login(t.Context(), r.session, ui, r.options, func(o *login.Options) {
					if tt.cache != nil {
						o.TokenCache = tt.cache(r.dir)
					}
				})
				if err != nil {
					t.Fatal(err)
				}
				if stored, err := r.dir.Load(t.Context(), "corp"); err != nil || stored.AccessToken != tok.AccessToken {
					t.Errorf("stored: %v, %v", stored, err)
				}
				if told != tt.told {
					t.Errorf("told to wait %s, want %s", told, tt.told)
				}
				if got := r.log.warnings(); len(got) != 1 || !strings.Contains(got[0], "seems to be stuck") {
					t.Errorf("warnings %q", got)
				}
			})
		})
	}
}

// late is a cache that does not acquire the first lock in time, as on a busy machine.
type late struct {
	tokencache.Dir
	locks *int
}

func (l late) Lock(ctx context.Context, key string) (func(), error) {
	if *l.locks++; *l.locks == 1 {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return l.Dir.Lock(ctx, key)
}

// TestLateLockNotStuck: a lock that is free is acquired, even if a login held it long ago.
func TestLateLockNotStuck(t *testing.T) {
	run(t, autoApprove, func(t *testing.T, r *rig) {
		unlock, err := r.dir.Lock(t.Context(), "login corp")
		if err != nil {
			t.Fatal(err)
		}
		unlock()
		lock := strings.TrimSuffix(r.dir.Path("login corp"), ".json") + ".lock"
		long := time.Now().Add(-time.Hour)
		if err := os.Chtimes(lock, long, long); err != nil {
			t.Fatal(err)
		}
		ui := login.UI{Waiting: func(time.Duration) { t.Error("told to wait") }}
		_, err = login.Login(t.Context(), r.session, ui, r.options, func(o *login.Options) { o.TokenCache = late{r.dir, new(int)} })
		if err != nil {
			t.Fatal(err)
		}
		if got := r.log.warnings(); len(got) > 0 {
			t.Errorf("warnings %q", got)
		}
	})
}

// ageless is a cache that cannot tell how old a lock is.
type ageless struct{ tokencache.Cache }

// TestLoginWaitsForEachLogin: each process that takes its turn gets its own
// time.
func TestLoginWaitsForEachLogin(t *testing.T) {
	filetest.SkipUnderWine(t, "way to close a file while it is locked, and this polls a lock for hours")
	run(t, autoApprove, func(t *testing.T, r *rig) {
		first, err := r.dir.Lock(t.Context(), "login corp")
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		ui := login.UI{Waiting: func(time.Duration) {
			go func() {
				time.Sleep(9 * time.Minute)
				lock := strings.TrimSuffix(r.dir.Path("login corp"), ".json") + ".lock"
				now := time.Now()
				if err := os.Chtimes(lock, now, now); err != nil { // as another that takes the lock
					t.Error(err)
				}
				time.Sleep(9 * time.Minute)
				first()
			}()
		}}
		if _, err := login.Login(t.Context(), r.session, ui, r.options); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began).Round(time.Minute); took != 18*time.Minute {
			t.Errorf("took %s, want 18m", took)
		}
		if got := r.log.warnings(); len(got) > 0 {
			t.Errorf("warnings %q", got)
		}
	})
}

func TestSecondLoginGivesUp(t *testing.T) {
	run(t, nil, func(t *testing.T, r *rig) {
		var second *secondLogin
		_, err := r.login(t.Context(), r.session, func(code string) {
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			t.Cleanup(cancel)
			second = r.beginSecond(ctx, nil)
			go func() {
				time.Sleep(10 * time.Second)
				r.approve(t, code)
			}()
		})
		if err != nil {
			t.Errorf("the first: %v", err)
		}
		<-second.done
		if !errors.Is(second.err, context.DeadlineExceeded) {
			t.Errorf("the second: error %v, want the context's", second.err)
		}
	})
}

func TestRefreshDoesNotWaitForUser(t *testing.T) {
	run(t, nil, func(t *testing.T, r *rig) {
		_, err := r.login(t.Context(), r.session, func(code string) {
			unlock, err := r.dir.Lock(t.Context(), "corp") // as a refresh does
			if err != nil {
				t.Error(err)
				return
			}
			unlock()
			r.approve(t, code)
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestLoginWaitsForRefreshToStore(t *testing.T) {
	run(t, nil, func(t *testing.T, r *rig) {
		old, err := tokencache.Parse(r.server.SignIn().TokenFile())
		if err != nil {
			t.Fatal(err)
		}
		tok, err := r.login(t.Context(), r.session, func(code string) {
			unlock, err := r.dir.Lock(t.Context(), "corp")
			if err != nil {
				t.Error(err)
				return
			}
			go func() {
				defer unlock()
				time.Sleep(2 * time.Second)
				if err := r.dir.Store(t.Context(), "corp", old); err != nil { // the end of the refresh
					t.Error(err)
				}
			}()
			r.approve(t, code)
		})
		if err != nil {
			t.Fatal(err)
		}
		if stored, err := r.dir.Load(t.Context(), "corp"); err != nil || stored.AccessToken != tok.AccessToken {
			t.Errorf("the refresh of the old sign-in came out on top: %v", err)
		}
	})
}

func TestLoginPassesStuckRefresh(t *testing.T) {
	run(t, nil, func(t *testing.T, r *rig) {
		unlock, err := r.dir.Lock(t.Context(), "corp")
		if err != nil {
			t.Fatal(err)
		}
		defer unlock()
		_, err = r.login(t.Context(), r.session, func(code string) { r.approve(t, code) })
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.dir.Load(t.Context(), "corp"); err != nil {
			t.Error(err)
		}
	})
}

// lockless is a cache on a file system without locks.
type lockless struct{ tokencache.Dir }

func (lockless) Lock(context.Context, string) (func(), error) {
	return nil, errors.New("locks are not supported")
}

func TestLoginWithoutLocks(t *testing.T) {
	run(t, autoApprove, func(t *testing.T, r *rig) {
		_, err := login.Login(t.Context(), r.session, login.UI{}, r.options, func(o *login.Options) { o.TokenCache = lockless{r.dir} })
		if err != nil {
			t.Fatal(err)
		}
		if got := r.log.warnings(); len(got) != 1 {
			t.Errorf("warnings %q, want one", got)
		}
	})
}
