package redis

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/redis/rueidis"
)

// ages remembers when locks were acquired. The server's clock says how long ago that was. This
// machine's clock, from which that is subtracted, must give the same time on every call.
type ages struct {
	mu    sync.Mutex
	since map[string]acquisition // by name of the lock
}

type acquisition struct {
	serverTime string
	at         time.Time
}

var errNotHeld = errors.New("nobody holds the lock")

// lockedSince returns when the holder of a lock acquired it, in this machine's time.
func (c *Client) lockedSince(ctx context.Context, name lockName) (time.Time, error) {
	var reply []string
	err := c.do(ctx, func(ctx context.Context, conn rueidis.Client) (err error) {
		reply, err = asStrings(readScript().Exec(ctx, conn, []string{name.lock}, []string{"at"}))
		return err
	})
	if err == nil && (len(reply) < 3 || reply[2] == "") {
		err = errNotHeld
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("redis: find holder of lock: %w", err)
	}
	age := time.Duration(number(reply[0])*1e6+number(reply[1])-number(reply[2])) * time.Microsecond
	return c.ages.first(name.lock, acquisition{serverTime: reply[2], at: c.now().Add(-age)}), nil
}

// first returns the time that was first recorded for an acquisition.
func (a *ages) first(name string, seen acquisition) time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.since == nil {
		a.since = map[string]acquisition{}
	}
	if known := a.since[name]; known.serverTime == seen.serverTime {
		return known.at
	}
	a.since[name] = seen
	return seen.at
}
