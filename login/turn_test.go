package login_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/login"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// secondLogin begins one more sign-in, a second after the person was shown the
// code of the first.
type secondLogin struct {
	waited bool
	tok    *tokencache.Token
	err    error
	done   chan struct{}
}

func (r *rig) beginSecond(ctx context.Context, showCode func(login.DeviceCode)) *secondLogin {
	s := &secondLogin{done: make(chan struct{})}
	go func() {
		defer close(s.done)
		time.Sleep(time.Second)
		ui := login.UI{Waiting: func() { s.waited = true }, ShowCode: showCode}
		s.tok, s.err = login.Login(ctx, r.session, ui, r.options)
	}()
	return s
}

func TestSecondLoginUsesTheFirst(t *testing.T) {
	run(t, nil, func(t *testing.T, r *rig) {
		var second *secondLogin
		tok, err := r.login(t.Context(), r.session, func(code string) {
			second = r.beginSecond(t.Context(), func(login.DeviceCode) { t.Error("asked a person twice") })
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
		if !second.waited {
			t.Error("the person was not told to wait")
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
	// The first is denied, and the token of yesterday's sign-in is not its answer.
	run(t, nil, func(t *testing.T, r *rig) {
		write(t, r.dir.Path("corp"), r.server.SignIn().TokenFile())
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

func TestRefreshDoesNotWaitForPerson(t *testing.T) {
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
		_, err := login.Login(t.Context(), r.session, login.UI{}, r.options, func(o *login.Options) { o.Cache = lockless{r.dir} })
		if err != nil {
			t.Fatal(err)
		}
		if got := r.log.warnings(); len(got) != 1 {
			t.Errorf("warnings %q, want one", got)
		}
	})
}
