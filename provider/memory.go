package provider

import (
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/latchkey-sso/latchkey/internal/flight"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/rolecache"
	"github.com/latchkey-sso/latchkey/sso"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// roleWindow is the default of Options.RenewBefore.
const roleWindow = 5 * time.Minute

// role is the state that all providers of a role share: the renewal in flight and the credentials
// in memory.
type role struct {
	flights flight.Group
	signIns *atomic.Uint64 // changes with each sign-in and sign-out

	mu       sync.Mutex
	creds    aws.Credentials
	signIn   uint64    // the value of signIns before creds were requested
	deadline time.Time // creds.Expires with a monotonic clock reading
	retryAt  time.Time // creds are not renewed early before this time
}

// left returns how long the credentials remain valid: zero or less if they have expired or belong
// to an earlier sign-in. It checks both clocks: setting the wall clock back must not revive expired
// credentials, and the monotonic clock may stop while the machine sleeps.
func (r *role) left(now time.Time) time.Duration {
	if r.signIn != r.signIns.Load() {
		return 0
	}
	return min(r.creds.Expires.Sub(now), r.deadline.Sub(now))
}

// fresh returns the credentials in memory. ok is false if they expire within renewBefore and may be
// renewed now.
func (r *role) fresh(now time.Time, renewBefore time.Duration) (creds aws.Credentials, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	left := r.left(now)
	return r.creds, left > renewBefore || left > 0 && now.Before(r.retryAt)
}

// valid returns the credentials in memory. ok is false if they have expired.
func (r *role) valid(now time.Time) (creds aws.Credentials, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.creds, r.left(now) > 0
}

// hold keeps creds in memory. They are not renewed early before retryAt. signIn is the value of
// signIns from before they were loaded or requested: hold does nothing if it has changed since.
func (r *role) hold(creds aws.Credentials, signIn uint64, now, retryAt time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if signIn != r.signIns.Load() {
		return
	}
	r.retryAt = retryAt
	if r.signIn == signIn && creds.SessionToken == r.creds.SessionToken && creds.Expires.Equal(r.creds.Expires) {
		return // keep their monotonic deadline
	}
	r.creds, r.signIn = creds, signIn
	r.deadline = now.Add(creds.Expires.Sub(now))
}

// signIn is the state that all providers of a sign-in share in this process.
type signIn struct {
	reads    *flight.Reader
	warned   atomic.Bool   // warned that the role cache cannot be written
	count    atomic.Uint64 // the number of calls of Forget; see role.signIns
	pacer    sso.Pacer
	inFlight chan struct{} // limits concurrent GetRoleCredentials calls

	mu    sync.Mutex
	roles map[roleID]*role
}

// signInID identifies a sign-in.
type signInID struct {
	tokens tokencache.Cache
	key    string
}

// roleID identifies role credentials that providers can share.
type roleID struct {
	cache     rolecache.Cache
	key       rolecache.Key
	region    string
	endpoints profile.Endpoints
	fips      bool
	dualStack bool
}

// signIns are global, so that independent libraries in a process share role credentials. Entries
// are never removed.
var signIns sync.Map // signInID -> *signIn

func sharedSignIn(p *profile.Profile, tokens tokencache.Cache) *signIn {
	fresh := &signIn{reads: flight.NewReader(), roles: map[roleID]*role{}, inFlight: make(chan struct{}, maxInFlight)}
	if !sharable(tokens) {
		return fresh // such caches cannot be map keys
	}
	s, _ := signIns.LoadOrStore(signInID{tokens, p.Session.CacheKey()}, fresh)
	return s.(*signIn)
}

// role returns the shared state of the profile's role.
func (s *signIn) role(p *profile.Profile, cache rolecache.Cache) *role {
	if !sharable(cache) {
		return &role{signIns: &s.count}
	}
	id := roleID{cache, roleKey(p), p.Session.Region, p.Endpoints, p.UseFIPS, p.UseDualStack}
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.roles[id]
	if r == nil {
		r = &role{signIns: &s.count}
		s.roles[id] = r
	}
	return r
}

// Forget drops the role credentials that this process has in memory for the given keys in tokens,
// or for all keys if none are given. From then on, providers use the current sign-in in the cache.
// login.Login, login.Logout and login.LogoutAll call Forget. A program that signs in or out by
// other means must call it after it has changed the cache. Forget does not clear an
// aws.CredentialsCache.
func Forget(tokens tokencache.Cache, keys ...string) {
	if !sharable(tokens) {
		return
	}
	signIns.Range(func(id, value any) bool {
		if id := id.(signInID); id.tokens == tokens && (len(keys) == 0 || slices.Contains(keys, id.key)) {
			value.(*signIn).forget()
		}
		return true
	})
}

// forget drops the role credentials in memory and those in flight.
func (s *signIn) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count.Add(1)
	for _, r := range s.roles {
		r.flights.Forget() // new callers must not join a request with the old token
	}
}

// sharable reports whether a cache can be a map key.
func sharable(cache any) bool {
	return cache == nil || reflect.ValueOf(cache).Comparable()
}
