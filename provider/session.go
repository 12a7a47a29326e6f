package provider

import (
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/rolecache"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// session is what all providers of one sign-in in this process share.
type session struct {
	flights flights       // the refresh that is under way
	reads   chan struct{} // has an element for each read of a cache outside of flights

	mu       sync.Mutex
	unsaved  *unsavedToken
	refused  tokencache.Secret // an access token that the server has turned down
	obtained obtainedToken
	noted    notedToken
	seen     seenToken
	retryAt  time.Time // no early refresh of the token before
	roles    map[roleID]*role
	warned   map[string]bool

	signIns atomic.Uint64 // how often Forget was called: see role
}

// unsavedToken is a token that the cache could not take.
type unsavedToken struct {
	token   *tokencache.Token
	base    tokencache.Secret // the access token in the cache that it was refreshed from
	retryAt time.Time         // no attempt to store it before
}

// notedToken is the refresh token of the last request, and what became of it.
type notedToken struct {
	refresh tokencache.Secret
	note    tokencache.RefreshNote
}

// obtainedToken is the access token that this process got last from a refresh.
type obtainedToken struct {
	access tokencache.Secret
	at     time.Time
}

// seenToken is the token last looked at, and its end with a monotonic reading.
type seenToken struct {
	access  tokencache.Secret
	expires time.Time
	ends    time.Time
}

// sessionID tells sign-ins apart: as on disk, by where and under which key.
type sessionID struct {
	tokens tokencache.Cache
	key    string
}

// roleID tells apart what role credentials may be shared: those of one role, of
// one Identity Center, in one cache.
type roleID struct {
	cache     rolecache.Cache
	key       rolecache.Key
	region    string
	endpoints profile.Endpoints
	fips      bool
	dualStack bool
}

// sessions is the one piece of state that outlives a Provider. A process that
// makes fifty providers of one sign-in, in as many libraries that know nothing
// of each other, must still refresh it once. It keeps one entry for each sign-in
// that was ever used, and its size is that of the token cache.
var sessions sync.Map // sessionID -> *session

func sharedSession(p *profile.Profile, opts Options) *session {
	fresh := &session{reads: make(chan struct{}, maxReads), roles: map[roleID]*role{}, warned: map[string]bool{}}
	if !sharable(opts.TokenCache) {
		return fresh // nothing tells two such caches apart
	}
	s, _ := sessions.LoadOrStore(sessionID{opts.TokenCache, p.Session.CacheKey()}, fresh)
	return s.(*session)
}

// role returns what is shared about the profile's role.
func (s *session) role(p *profile.Profile, opts Options) *role {
	if !sharable(opts.RoleCache) {
		return &role{signIns: &s.signIns}
	}
	id := roleID{opts.RoleCache, roleKey(p), p.Session.Region, p.Endpoints, p.UseFIPS, p.UseDualStack}
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.roles[id]
	if r == nil {
		r = &role{signIns: &s.signIns}
		s.roles[id] = r
	}
	return r
}

// Forget drops the role credentials that this process holds of the sign-ins in tokens
// under these keys, of all sign-ins there without one: what is asked for from now on
// comes of the sign-in that the cache then holds. login.Login, login.Logout and
// login.LogoutAll call it; a program that signs in or out by other means does, once
// the cache has changed. What an aws.CredentialsCache holds is beyond its reach.
func Forget(tokens tokencache.Cache, keys ...string) {
	if !sharable(tokens) {
		return
	}
	sessions.Range(func(id, value any) bool {
		if id := id.(sessionID); id.tokens == tokens && (len(keys) == 0 || slices.Contains(keys, id.key)) {
			value.(*session).forget()
		}
		return true
	})
}

// forget drops the role credentials in memory, and those that are on their way.
func (s *session) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.signIns.Add(1)
	for _, r := range s.roles {
		r.flights.forget() // nobody joins a request made with the previous token
	}
}

// sharable tells whether a cache can be told from another one.
func sharable(cache any) bool {
	return cache == nil || reflect.ValueOf(cache).Comparable()
}

// newest returns the token that counts, given the one in the cache: nil, and
// missing, where there is none; nil where it cannot be read. A token that could
// not be stored counts for as long as the cache holds the one it came from. Any
// other token there is a new sign-in, or another tool's refresh; none is a
// sign-out.
func (s *session) newest(stored *tokencache.Token, missing bool) *tokencache.Token {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.unsaved == nil:
		return stored
	case !missing && (stored == nil || stored.AccessToken == s.unsaved.base):
		return s.unsaved.token
	}
	s.unsaved = nil
	return stored
}

// keep holds a token that the cache did not take. base is the access token that
// the cache holds instead.
func (s *session) keep(tok *tokencache.Token, base tokencache.Secret, retryAt time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.unsaved != nil && s.unsaved.token.AccessToken == base {
		base = s.unsaved.base // refreshed once more, from memory
	}
	s.unsaved = &unsavedToken{token: tok, base: base, retryAt: retryAt}
}

// saved forgets the token held in memory, now that the cache has it.
func (s *session) saved() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unsaved = nil
}

// toSave returns the token held in memory when it is time to try to store it
// again, else nil.
func (s *session) toSave(now time.Time) *unsavedToken {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.unsaved == nil || now.Before(s.unsaved.retryAt) {
		return nil
	}
	s.unsaved.retryAt = now.Add(retryPause)
	u := *s.unsaved
	return &u
}

// refuse notes that the server has turned an access token down.
func (s *session) refuse(token tokencache.Secret) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refused = token
}

func (s *session) isRefused(token tokencache.Secret) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return token == s.refused
}

// obtain notes that a refresh brought an access token at that time.
func (s *session) obtain(token tokencache.Secret, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.obtained = obtainedToken{token, at}
}

// obtainedSince reports whether a refresh of this process brought the access token
// after that time.
func (s *session) obtainedSince(token tokencache.Secret, after time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return token == s.obtained.access && s.obtained.at.After(after)
}

// setNote keeps what became of a request with a refresh token.
func (s *session) setNote(refreshToken tokencache.Secret, note tokencache.RefreshNote) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.noted = notedToken{refreshToken, note}
}

// lastNote returns what setNote kept of a refresh token, the zero value if nothing.
func (s *session) lastNote(refreshToken tokencache.Secret) tokencache.RefreshNote {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.noted.refresh != refreshToken {
		return tokencache.RefreshNote{}
	}
	return s.noted.note
}

// ended tells whether the token's time has run out since it was first seen, though
// the wall clock, set back, may say otherwise.
func (s *session) ended(tok *tokencache.Token, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.seen.access != tok.AccessToken || !s.seen.expires.Equal(tok.ExpiresAt) {
		s.seen = seenToken{tok.AccessToken, tok.ExpiresAt, now.Add(tok.ExpiresAt.Sub(now))}
	}
	return !s.seen.ends.After(now)
}

func (s *session) pause(until time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.retryAt = until
}

func (s *session) pausedAt(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return now.Before(s.retryAt)
}

// firstWarning tells whether nothing was yet said about what.
func (s *session) firstWarning(what string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	first := !s.warned[what]
	s.warned[what] = true
	return first
}
