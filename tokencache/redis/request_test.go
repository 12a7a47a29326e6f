package redis

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

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
