package redis

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"time"

	"github.com/redis/rueidis"
)

// header is the first line of the plaintext of a record. The content follows.
type header struct {
	Key     string `json:"key"`     // of the session
	WroteAt int64  `json:"wroteAt"` // the clock of the machine that wrote it, in microseconds
}

// record is an entry on the server: a hash with the encrypted "data" and the server's time "at" when
// it was encrypted, in microseconds. A token also has "tag", a keyed hash of its refresh token, and
// "fence", the fence of the lock that its writer held.
type record struct {
	key     string // of the session
	content []byte
	tag     string
	clocks
}

// clocks relates the time in a record to the clock of this machine.
type clocks struct {
	storedAt time.Time     // when the record was stored
	skew     time.Duration // how much the clock of this machine is ahead of the writer's
}

// maxSkew is how far clocks may be apart before times are corrected. A smaller skew cannot be told
// from a slow network.
const maxSkew = time.Second

// local returns a time that the writer's clock has told, as the clock of this machine would have.
func (c clocks) local(t time.Time) time.Time {
	if t.IsZero() || c.skew.Abs() < maxSkew {
		return t
	}
	return t.Add(c.skew)
}

var errMissing = errors.New("not found")

// damagedError is the error for a record that was not stored by a Client with one of the keys.
type damagedError struct{ reason string }

func (e *damagedError) Error() string { return e.reason }

// of returns the reason, with the name of the entry on the server.
func (e *damagedError) of(name string) string { return e.reason + " (the entry " + name + ")" }

// read returns the record with a name.
func (c *Client) read(ctx context.Context, name string) (*record, error) {
	var reply []string
	var began time.Time
	err := c.do(ctx, func(ctx context.Context, conn rueidis.Client) (err error) {
		began = c.now()
		reply, err = asStrings(readScript().Exec(ctx, conn, []string{name}, []string{"data", "at", "tag"}))
		return err
	})
	if err != nil {
		return nil, err
	}
	return c.opts.Keys.openRecord(name, reply, began, c.now())
}

// openRecord decrypts a response of the read script: the server's time in seconds and microseconds,
// then the fields, if the record exists.
func (k *Keys) openRecord(name string, reply []string, began, received time.Time) (*record, error) {
	switch {
	case len(reply) < 3:
		return nil, errMissing
	case len(reply) < 5:
		return nil, &damagedError{"it was not stored by Latchkey"}
	}
	plaintext, err := k.unseal(name, []byte(reply[2]))
	if err != nil {
		return nil, &damagedError{err.Error()}
	}
	first, content, _ := bytes.Cut(plaintext, []byte("\n"))
	var h header
	if err := json.Unmarshal(first, &h); err != nil {
		return nil, &damagedError{"its header is not JSON"}
	}
	served := time.UnixMicro(number(reply[0])*1e6 + number(reply[1]))
	stored := time.UnixMicro(number(reply[3]))
	return &record{key: h.Key, content: content, tag: reply[4], clocks: clocks{
		storedAt: received.Add(stored.Sub(served)),
		// Counted from the start of the request, so that a slow response makes a token expire too early, not too late.
		skew: began.Sub(served) - time.UnixMicro(h.WroteAt).Sub(stored),
	}}, nil
}

// sealed is an encrypted record.
type sealed struct {
	data string
	at   time.Time // when it was encrypted
}

// sealRecord encrypts the content of a record for the session with the given key.
func (c *Client) sealRecord(name, key string, content []byte) (sealed, error) {
	now := c.now()
	first, err := json.Marshal(header{Key: key, WroteAt: now.UnixMicro()})
	if err != nil {
		return sealed{}, err
	}
	return sealed{string(c.keys().seal(name, append(append(first, '\n'), content...))), now}, nil
}

// storeArgs returns the arguments of an attempt to store a record that expires after ttl. The age of the record is counted
// until this attempt: otherwise, an outage before it would look like a wrong clock.
func (c *Client) storeArgs(s sealed, ttl time.Duration, more ...string) []string {
	age := strconv.FormatInt(c.now().Sub(s.at).Microseconds(), 10)
	return append([]string{s.data, milliseconds(ttl), age}, more...)
}

// write stores a record, which expires after ttl.
func (c *Client) write(ctx context.Context, name, key string, content []byte, ttl time.Duration) error {
	s, err := c.sealRecord(name, key, content)
	if err != nil {
		return err
	}
	err = c.do(ctx, func(ctx context.Context, conn rueidis.Client) error {
		return storeScript().Exec(ctx, conn, []string{name}, c.storeArgs(s, ttl)).Error()
	})
	if err == nil {
		c.locks.done(name)
	}
	return err
}

// remove deletes entries with the same hash tag. It returns how many there were.
func (c *Client) remove(ctx context.Context, names ...string) (n int64, err error) {
	err = c.do(ctx, func(ctx context.Context, conn rueidis.Client) (err error) {
		n, err = conn.Do(ctx, conn.B().Del().Key(names...).Build()).AsInt64()
		return err
	})
	return n, err
}

// lifetime returns the time to live of a record whose content is useless after expiry. It is kept
// for a while longer, so that a user can see what has expired.
func (c *Client) lifetime(expiry time.Time, keep time.Duration) time.Duration {
	return max(expiry.Sub(c.now()), 0) + keep
}

func milliseconds(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }

// number returns the integer that s holds, or 0.
func number(s string) int64 {
	n, _ := strconv.ParseInt(s, 10, 64)
	return n
}

// asStrings returns the elements of an array. Missing elements are empty.
func asStrings(result rueidis.RedisResult) ([]string, error) {
	messages, err := result.ToArray()
	if err != nil {
		return nil, err
	}
	list := make([]string, len(messages))
	for i, m := range messages {
		if n, err := m.AsInt64(); err == nil && m.IsInt64() {
			list[i] = strconv.FormatInt(n, 10)
		} else {
			list[i], _ = m.ToString()
		}
	}
	return list, nil
}
