package credserver

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

const (
	// maxRenewals limits concurrent provider calls. After a start or a suspend, all profiles are due
	// at the same time.
	maxRenewals = 8

	// renewalTimeout limits one provider call.
	renewalTimeout = time.Minute

	// minPause and maxPause limit the time between a failed attempt and the next. The server notices
	// a new sign-in within maxPause.
	minPause = time.Second
	maxPause = 30 * time.Second

	// heartbeat is how often the clock is checked: timers stop while the machine sleeps.
	heartbeat = 30 * time.Second

	// staticLifetime is the lifetime reported for credentials that do not expire. Botocore and the
	// JavaScript SDK require an expiration.
	staticLifetime = time.Hour
)

// held keeps the credentials of one profile fresh.
type held struct {
	server  *Server
	profile Profile
	ctx     context.Context // done when the server is closed
	slots   chan struct{}

	state atomic.Pointer[state] // replaced under mu

	mu     sync.Mutex
	flight *flight // the attempt in progress, if any
	timer  *time.Timer
}

// state is the result of the attempts so far.
type state struct {
	issued   *issued   // nil until the first success
	err      error     // of the last attempt
	failures int       // since the last success
	next     time.Time // when the next attempt is due
}

// issued is one set of credentials.
type issued struct {
	creds  aws.Credentials // with an expiration
	ends   time.Time       // creds.Expires, with a monotonic clock reading
	body   []byte
	expiry string // RFC 3339
}

// flight is an attempt to get credentials. err is valid once done is closed.
type flight struct {
	done chan struct{}
	err  error
}

func newHeld(ctx context.Context, s *Server, p Profile, slots chan struct{}) *held {
	h := &held{server: s, profile: p, ctx: ctx, slots: slots}
	h.state.Store(&state{})
	return h
}

// left returns how long the credentials remain valid, by the earlier of two clocks: the wall clock may
// be set back, and the monotonic clock stops while the machine sleeps.
func (c *issued) left(now time.Time) time.Duration {
	if c == nil {
		return 0
	}
	return min(c.creds.Expires.Sub(now), c.ends.Sub(now))
}

// due reports whether the next attempt is due by either clock.
func (st *state) due(now time.Time) bool {
	return !now.Before(st.next) || !now.Round(0).Before(st.next.Round(0))
}

// valid returns the credentials in memory, or nil if they are missing or expired. It starts a renewal
// if one is due.
func (h *held) valid() *issued {
	now := h.server.opts.Now()
	st := h.state.Load()
	if st.issued.left(now) <= 0 {
		return nil
	}
	if st.due(now) {
		_, _ = h.attempt(now) // failures are stored and logged
	}
	return st.issued
}

// get returns the credentials in memory if they are valid. Otherwise it waits for an attempt. The error
// is the provider's, or wraps ctx's.
func (h *held) get(ctx context.Context) (*issued, error) {
	if c := h.valid(); c != nil { //nolint:contextcheck // a renewal outlives the request
		return c, nil
	}
	f, err := h.attempt(h.server.opts.Now()) //nolint:contextcheck // it outlives the request
	switch {
	case err != nil:
		return nil, err
	case f == nil:
		return h.get(ctx)
	}
	select {
	case <-f.done:
	case <-ctx.Done():
		return nil, fmt.Errorf("credserver: the credentials are not ready yet: %w", ctx.Err())
	}
	if st := h.state.Load(); st.issued.left(h.server.opts.Now()) > 0 {
		return st.issued, nil
	}
	return nil, f.err
}

// attempt returns the attempt in progress, or starts one if it is due. Otherwise it returns the error
// of the last attempt, or nil if that has succeeded since the caller checked.
func (h *held) attempt(now time.Time) (*flight, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch st := h.state.Load(); {
	case h.ctx.Err() != nil:
		return nil, errClosed
	case h.flight != nil:
		return h.flight, nil
	case st.err != nil && !st.due(now):
		return nil, st.err
	case st.issued.left(now) > 0 && !st.due(now):
		return nil, nil
	}
	f := &flight{done: make(chan struct{}), err: errClosed}
	h.flight = f
	h.server.renewals.Go(func() { h.fetch(f) })
	return f, nil
}

// is reports whether creds are the same credentials: a provider may return the old ones if it cannot
// get new ones.
func (c *issued) is(creds aws.Credentials) bool {
	return c != nil && creds.CanExpire && creds.AccessKeyID == c.creds.AccessKeyID && creds.Expires.Equal(c.creds.Expires)
}

var errNotRenewed = errors.New("credserver: the provider returned the old credentials")

var errClosed = errors.New("credserver: the server is closed")

// fetch calls the provider once and stores the result.
func (h *held) fetch(f *flight) {
	creds, err := h.retrieve()
	now := h.server.opts.Now()
	if err == nil && creds.CanExpire && !creds.Expires.After(now) {
		err = errors.New("credserver: the provider returned expired credentials")
	}

	h.mu.Lock()
	defer h.mu.Unlock()
	old := h.state.Load()
	if err == nil && old.issued.is(creds) {
		err = errNotRenewed
	}
	next := &state{issued: old.issued, err: err}
	if err == nil {
		next.issued = newIssued(creds, now)
		next.next = now.Add(h.renewIn(next.issued.left(now), old.issued == nil))
	} else {
		next.failures = old.failures + 1
		next.next = now.Add(pause(next.failures, err))
	}
	h.state.Store(next)
	f.err = err
	h.flight = nil
	if h.ctx.Err() == nil {
		h.log(old, next)
		h.schedule(now, next)
	}
	close(f.done)
}

func (h *held) retrieve() (aws.Credentials, error) {
	select {
	case h.slots <- struct{}{}:
	case <-h.ctx.Done():
		return aws.Credentials{}, errClosed
	}
	defer func() { <-h.slots }()
	ctx, cancel := context.WithTimeout(h.ctx, renewalTimeout)
	defer cancel()
	creds, err := h.profile.Credentials.Retrieve(ctx)
	if err == nil && !creds.HasKeys() {
		err = errors.New("credserver: the provider returned no keys")
	}
	return creds, err
}

func newIssued(creds aws.Credentials, now time.Time) *issued {
	if !creds.CanExpire {
		creds.CanExpire, creds.Expires = true, now.Add(staticLifetime).Round(0)
	}
	c := &issued{
		creds:  creds,
		ends:   now.Add(creds.Expires.Sub(now)),
		expiry: creds.Expires.UTC().Format(time.RFC3339),
	}
	c.body = credentialsBody(c)
	return c
}

// renewIn returns when to renew credentials that remain valid for left. It adds jitter for servers that
// started together. The first credentials may come from a cache, so they are renewed soon if they expire
// soon.
func (h *held) renewIn(left time.Duration, first bool) time.Duration {
	early := h.server.opts.RenewBefore
	if first && left < early {
		return minPause
	}
	wait := max(left-early, left/4)
	return max(wait-rand.N(min(wait, early)/4+1), minPause) //nolint:gosec // G404: no secret
}

// pause returns how long after a failure a request may start the next attempt. Without a sign-in the
// provider only reads a file, so the pause is short, to notice a new sign-in quickly.
func pause(failures int, err error) time.Duration {
	if isLoginRequired(err) {
		return minPause
	}
	return backoff(failures)
}

func backoff(failures int) time.Duration {
	return min(minPause<<min(failures-1, 10), maxPause)
}

// schedule sets the timer for the next attempt or clock check.
func (h *held) schedule(now time.Time, st *state) {
	wait := min(st.next.Sub(now), heartbeat)
	if st.err != nil {
		wait = backoff(st.failures)
	}
	if h.timer == nil {
		h.timer = time.AfterFunc(wait, h.tick)
		return
	}
	h.timer.Reset(wait)
}

func (h *held) tick() {
	h.check()
	now := h.server.opts.Now()
	if st := h.state.Load(); st.due(now) {
		_, _ = h.attempt(now) // a failure is stored and logged
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.ctx.Err() == nil && h.flight == nil {
		h.schedule(now, h.state.Load())
	}
}

// check drops the credentials if Profile.Check rejects them.
func (h *held) check() {
	st := h.state.Load()
	if h.profile.Check == nil || st.issued == nil {
		return
	}
	ctx, cancel := context.WithTimeout(h.ctx, heartbeat)
	defer cancel()
	err := h.profile.Check(ctx)
	h.mu.Lock()
	defer h.mu.Unlock()
	if err == nil || ctx.Err() != nil || h.flight != nil || h.state.Load() != st {
		return
	}
	h.state.Store(&state{err: err, next: h.server.opts.Now()})
	h.server.opts.Logger.Warn("credentials dropped", "profile", h.profile.Name, "role", h.profile.Role,
		"reason", h.server.opts.Describe(err))
}

// close stops the timer. The server's context is already done.
func (h *held) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.timer != nil {
		h.timer.Stop()
	}
}

// log logs the result of an attempt. It logs a repeated failure only once.
func (h *held) log(old, next *state) {
	log := h.server.opts.Logger.With("profile", h.profile.Name, "role", h.profile.Role)
	if next.err == nil {
		log.Info("credentials renewed", "expires", next.issued.expiry)
		return
	}
	if old.err != nil && old.err.Error() == next.err.Error() {
		return
	}
	_, code := classify(next.err)
	log.Warn("credentials not renewed", "outcome", code, "reason", h.server.opts.Describe(next.err),
		"valid", next.issued.left(h.server.opts.Now()) > 0)
}
