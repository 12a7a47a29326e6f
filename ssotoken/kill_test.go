package ssotoken_test

import (
	"flag"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/idctest"
	"github.com/latchkey-sso/latchkey/internal/atomicfile"
	"github.com/latchkey-sso/latchkey/ssotoken"
	"github.com/latchkey-sso/latchkey/tokencache"
)

var soak = flag.Duration("soak", 2*time.Second, "how long TestRandomKills runs")

// TestRandomKills repeatedly refreshes in many processes and kills some of them at random times.
func TestRandomKills(t *testing.T) {
	w := newWorld(t, func(o *idctest.Options) { o.Latency = 5 * time.Millisecond })
	front := newFront(w)
	stop, done := make(chan struct{}), make(chan struct{})
	go func() { // the file always holds a complete token
		defer close(done)
		for {
			select {
			case <-stop:
				return
			case <-time.After(time.Millisecond):
			}
			data, err := atomicfile.Read(w.T.Context(), w.Tokens.Path("corp"), 1<<20)
			if err == nil {
				_, err = tokencache.Parse(data)
			}
			if err != nil {
				t.Errorf("damaged token file: %v", err)
				return
			}
		}
	}()
	defer func() { close(stop); <-done }()

	rounds, kills, lost := 0, 0, 0
	for end := time.Now().Add(*soak); time.Now().Before(end) && !t.Failed(); rounds++ {
		w.expire()
		kills += front.round(2)
		front.settle()
		// A killed process may have lost a response, or its request may have arrived after
		// that of the next process. A refresh shows whether the sign-in was lost.
		w.expire()
		if err := front.signedIn(); err != nil {
			lost++
			w.writeWhole(w.Server.SignIn())
		}
		w.expire()
		w.Server.ResetRequests()
		front.round(0)
		w.Count("CreateToken", 1)
	}
	t.Logf("%d of %d sign-ins lost to %d kills", lost, rounds, kills)
	if rounds >= 20 && lost == rounds { // about one in six is lost
		t.Error("no sign-in survived the kills")
	}
	temps, err := filepath.Glob(filepath.Join(string(w.Tokens.Dir), ".*.tmp"))
	if err != nil || len(temps) > kills {
		t.Errorf("%d temporary files after %d kills, %v", len(temps), kills, err)
	}
}

// round starts some processes, kills some of them, and returns the number killed. The others must
// succeed, unless a killed process lost the response.
func (f *front) round(victims int) int {
	const processes = 6
	var wg sync.WaitGroup
	for i := range processes {
		c := f.w.child(childSettings{Profile: f.profile(), Arrive: 50 * time.Millisecond})
		wg.Go(func() {
			if i < victims {
				time.Sleep(rand.N(40 * time.Millisecond))
				c.kill()
				return
			}
			if code := c.exit(); code != 0 && (code != 3 || victims == 0) {
				f.w.T.Errorf("exit code %d\n%s", code, c.stderr.String())
			}
		})
	}
	wg.Wait()
	return victims
}

// signedIn refreshes the sign-in.
func (f *front) signedIn() error {
	_, err := f.w.source(f.profile(), func(o *ssotoken.Options) {
		o.HTTPClient = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	}).Token(f.w.T.Context())
	return err
}

// writeWhole stores a new sign-in in the cache atomically.
func (w *world) writeWhole(s idctest.SignIn) {
	w.T.Helper()
	tok, err := tokencache.Parse(s.TokenFile())
	if err != nil {
		w.T.Fatal(err)
	}
	if err := w.Tokens.Store(w.T.Context(), "corp", tok); err != nil {
		w.T.Fatal(err)
	}
}
