package redis

import (
	"context"
	"encoding/base64"
	"errors"
	"net"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redis/rueidis"

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

// TestLastError: the error says why the server cannot be reached, even if the time limit cuts the last attempt short.
func TestLastError(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		connected := &dial{done: make(chan struct{})}
		close(connected.done)
		c := &Client{opts: Options{Addrs: []string{"h:1"}, Timeout: 5 * time.Second}, dial: connected}
		attempts := 0
		err := c.do(t.Context(), func(ctx context.Context, _ rueidis.Client) error {
			if attempts++; attempts == 1 {
				return &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
			}
			time.Sleep(c.opts.Timeout)
			return ctx.Err()
		})
		if !errors.Is(err, syscall.ECONNREFUSED) || attempts != 2 {
			t.Errorf("got %v after %d attempts, want that of the first", err, attempts)
		}
	})
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

// TestSlowResponse: a response that takes long does not look like a clock that is ahead, which would make a token expire
// later.
func TestSlowResponse(t *testing.T) {
	t.Parallel()
	keys, err := ParseKeys([]byte(base64.StdEncoding.EncodeToString(make([]byte, keySize))))
	if err != nil {
		t.Fatal(err)
	}
	at := time.Unix(1e9, 0)
	c := &Client{opts: Options{Keys: keys}, now: func() time.Time { return at }}
	s, err := c.sealRecord("name", "key", []byte("content"))
	if err != nil {
		t.Fatal(err)
	}
	reply := []string{strconv.FormatInt(at.Unix()+5, 10), "0", s.data, strconv.FormatInt(at.UnixMicro(), 10), ""}
	r, err := keys.openRecord("name", reply, at.Add(5*time.Second), at.Add(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	if expires := at.Add(time.Hour); r.local(expires).After(expires) {
		t.Errorf("expires at %v, want %v", r.local(expires), expires)
	}
}
