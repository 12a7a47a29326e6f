package redis

import (
	"encoding/base64"
	"errors"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/latchkey-sso/latchkey/internal/filetest"
	"github.com/latchkey-sso/latchkey/tokenstore"
)

// TestTimeoutSetting: the parameter timeout is the time limit of calls. The default is that of the documentation.
func TestTimeoutSetting(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "key")
	filetest.Write(t, path, base64.StdEncoding.EncodeToString(make([]byte, keySize)))
	for params, want := range map[string]time.Duration{"": 5 * time.Second, "&timeout=300ms": 300 * time.Millisecond, "&timeout=1m": time.Minute} {
		store, err := tokenstore.Open("redis://h?key_file="+path+params, Driver)
		if err != nil {
			t.Fatal(err)
		}
		if got := store.Tokens.(TokenCache).client.opts.Timeout; got != want {
			t.Errorf("with %q, the time limit is %v, want %v", params, got, want)
		}
	}
}

// TestOutage: after each failure, requests fail at once for a while.
func TestOutage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var o outage
		down := errors.New("down")
		for _, pause := range []time.Duration{maxPause, maxOutagePause, maxOutagePause} {
			if err := o.check(); err != nil {
				t.Errorf("check when it is time to try again: %v", err)
			}
			o.begin(down)
			time.Sleep(pause - 1)
			if err := o.check(); !errors.Is(err, down) {
				t.Errorf("check %v after a failure: %v", pause-1, err)
			}
			time.Sleep(time.Nanosecond)
		}
		o.begin(down)
		o.end()
		if err := o.check(); err != nil {
			t.Errorf("check after a response: %v", err)
		}
	})
}
