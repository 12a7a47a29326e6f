package provider

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// roleWindow is how long before their end role credentials are renewed.
const roleWindow = 5 * time.Minute

// role is what all providers of one role share: the renewal under way, and the
// credentials in memory.
type role struct {
	flights flights
	signIns *atomic.Uint64 // the session's: another number is another sign-in

	mu      sync.Mutex
	creds   aws.Credentials
	signIn  uint64    // what signIns was before creds were asked for
	ends    time.Time // creds.Expires, with a monotonic reading
	retryAt time.Time // no early renewal before
}

// left returns how long the credentials are valid yet, not more than zero if they
// have ended or are of an earlier sign-in. Two clocks have a say: the wall clock may be set back, which must not
// bring dead credentials to life, and the monotonic one stands still while the
// machine sleeps.
func (r *role) left(now time.Time) time.Duration {
	if r.signIn != r.signIns.Load() {
		return 0
	}
	return min(r.creds.Expires.Sub(now), r.ends.Sub(now))
}

// fresh returns the credentials in memory unless it is time to renew them.
func (r *role) fresh(now time.Time) (aws.Credentials, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	left := r.left(now)
	return r.creds, left > roleWindow || left > 0 && now.Before(r.retryAt)
}

// valid returns the credentials in memory if they have not ended.
func (r *role) valid(now time.Time) (aws.Credentials, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.creds, r.left(now) > 0
}

// hold keeps creds in memory, as of now. They are renewed in their last minutes,
// but not before retryAt. signIn is what signIns was before anything was looked up
// for them; when a new sign-in has come since, they are not kept.
func (r *role) hold(creds aws.Credentials, signIn uint64, now, retryAt time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if signIn != r.signIns.Load() {
		return
	}
	r.retryAt = retryAt
	if r.signIn == signIn && creds.SessionToken == r.creds.SessionToken && creds.Expires.Equal(r.creds.Expires) {
		return // the monotonic end of these is known already
	}
	r.creds, r.signIn = creds, signIn
	r.ends = now.Add(creds.Expires.Sub(now))
}
