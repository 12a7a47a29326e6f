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

// role is what all providers of one role share: the renewal in flight, and the credentials in
// memory.
type role struct {
	flights flight.Group
	signIns *atomic.Uint64 // of the sign-in: it changes with each sign-in and sign-out

	mu       sync.Mutex
	creds    aws.Credentials
	signIn   uint64    // the value of signIns before creds were requested
	deadline time.Time // creds.Expires, with a monotonic reading
	retryAt  time.Time // when creds may be renewed early again
}

// left returns how long the credentials are still valid: zero or less if they have expired or
// belong to an earlier sign-in. Both clocks count. The wall clock may be set back, which must
// not revive expired credentials, and the monotonic clock stands still while the machine
// sleeps.
func (r *role) left(now time.Time) time.Duration {
	if r.signIn != r.signIns.Load() {
		return 0
	}
	return min(r.creds.Expires.Sub(now), r.deadline.Sub(now))
}

// fresh returns the credentials in memory unless they are due for renewal, that long before
// they expire.
func (r *role) fresh(now time.Time, renewBefore time.Duration) (aws.Credentials, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	left := r.left(now)
	return r.creds, left > renewBefore || left > 0 && now.Before(r.retryAt)
}

// valid returns the credentials in memory unless they have expired.
func (r *role) valid(now time.Time) (aws.Credentials, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.creds, r.left(now) > 0
}

// hold keeps creds in memory, as of now. They are not renewed before retryAt. signIn is the
// value of signIns before anything was looked up for them; after a new sign-in they are not
// kept.
func (r *role) hold(creds aws.Credentials, signIn uint64, now, retryAt time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if signIn != r.signIns.Load() {
		return
	}
	r.retryAt = retryAt
	if r.signIn == signIn && creds.SessionToken == r.creds.SessionToken && creds.Expires.Equal(r.creds.Expires) {
		return // their monotonic expiry is known
	}
	r.creds, r.signIn = creds, signIn
	r.deadline = now.Add(creds.Expires.Sub(now))
}

// signIn is what all providers of one sign-in in this process share.
type signIn struct {
	reads    *flight.Reader
	warned   atomic.Bool   // about a role cache that cannot be written
	count    atomic.Uint64 // how often Forget was called: see role
	pacer    sso.Pacer
	inFlight chan struct{} // has an element for each GetRoleCredentials in flight

	mu    sync.Mutex
	roles map[roleID]*role
}

// signInID identifies a sign-in as on disk: by cache and key.
type signInID struct {
	tokens tokencache.Cache
	key    string
}

// roleID identifies role credentials that may be shared: of one role of one Identity Center,
// in one cache.
type roleID struct {
	cache     rolecache.Cache
	key       rolecache.Key
	region    string
	endpoints profile.Endpoints
	fips      bool
	dualStack bool
}

// signIns outlive their providers, as the sessions of package ssotoken do: a process with fifty
// providers of one role must request its credentials once.
var signIns sync.Map // signInID -> *signIn

func sharedSignIn(p *profile.Profile, tokens tokencache.Cache) *signIn {
	fresh := &signIn{reads: flight.NewReader(), roles: map[roleID]*role{}, inFlight: make(chan struct{}, maxInFlight)}
	if !sharable(tokens) {
		return fresh // nothing tells two such caches apart
	}
	s, _ := signIns.LoadOrStore(signInID{tokens, p.Session.CacheKey()}, fresh)
	return s.(*signIn)
}

// role returns what is shared about the profile's role.
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

// Forget drops the role credentials that this process holds in memory for the sign-ins in
// tokens with these keys, or for all sign-ins there if no key is given. From then on, providers
// use the sign-in that the cache holds. login.Login, login.Logout and login.LogoutAll call it;
// a program that signs in or out by other means calls it once the cache has changed. It does
// not reach what an aws.CredentialsCache holds.
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
		r.flights.Forget() // nobody joins a request with the previous token
	}
}

// sharable reports whether a cache can be told from another one.
func sharable(cache any) bool {
	return cache == nil || reflect.ValueOf(cache).Comparable()
}
