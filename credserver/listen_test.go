package credserver

import (
	"context"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// TestConnLimit: the connection that was quiet for longest goes, and never a busy one.
func TestConnLimit(t *testing.T) {
	limit := &connLimit{most: 3}
	conns := make([]*conn, 6)
	for i := range conns {
		conns[i] = &conn{}
	}
	for _, c := range conns[:3] {
		limit.note(c, http.StateNew)
	}
	limit.note(conns[0], http.StateActive)
	limit.note(conns[0], http.StateIdle)
	limit.note(conns[1], http.StateActive)
	limit.note(conns[3], http.StateNew) // 2 has been quiet for longest
	closed(t, limit, conns, 2)
	limit.note(conns[4], http.StateNew) // then 0
	closed(t, limit, conns, 0, 2)
	limit.note(conns[3], http.StateActive)
	limit.note(conns[4], http.StateActive)
	limit.note(conns[5], http.StateNew) // all others are busy
	closed(t, limit, conns, 0, 2, 5)
	for _, i := range []int{1, 3, 4} {
		limit.note(conns[i], http.StateClosed)
	}
	if limit.open != 0 || limit.quiet.Len() != 0 || len(limit.place) != 0 {
		t.Errorf("%d open, %d quiet, %d listed at the end", limit.open, limit.quiet.Len(), len(limit.place))
	}
}

// conn is a connection that can be closed.
type conn struct {
	net.Conn
	closed bool
	noted  bool
}

func (c *conn) Close() error {
	c.closed = true
	return nil
}

func closed(t *testing.T, limit *connLimit, conns []*conn, want ...int) {
	t.Helper()
	for i, c := range conns {
		if c.closed && !c.noted {
			c.noted = true
			limit.note(c, http.StateClosed)
		}
		wanted := false
		for _, w := range want {
			wanted = wanted || w == i
		}
		if c.closed != wanted {
			t.Errorf("connection %d: closed %t", i, c.closed)
		}
	}
}

// TestServerIsBounded: none of the bounds of net/http, which are all off by default, is off.
func TestServerIsBounded(t *testing.T) {
	s, err := New(Options{Profiles: []Profile{{Name: "x", Credentials: nothing{}}}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for name, d := range map[string]time.Duration{
		"header": s.http.ReadHeaderTimeout, "read": s.http.ReadTimeout, "write": s.http.WriteTimeout, "idle": s.http.IdleTimeout,
	} {
		if d <= 0 || d > 5*time.Minute {
			t.Errorf("%s timeout: %s", name, d)
		}
	}
	if s.http.WriteTimeout <= patience {
		t.Error("the response to a patient client is cut off")
	}
}

// nothing is a provider that has nothing.
type nothing struct{}

func (nothing) Retrieve(context.Context) (aws.Credentials, error) {
	return aws.Credentials{}, errClosed
}

// TestClockSetBack: the wall clock does not bring back to life what the monotonic clock knows has expired.
func TestClockSetBack(t *testing.T) {
	now := time.Now()
	c := &issued{creds: aws.Credentials{Expires: now.Add(time.Hour).Round(0)}, ends: now.Add(-time.Second)}
	if left := c.left(now); left > 0 {
		t.Errorf("%s left", left)
	}
}
