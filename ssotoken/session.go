package ssotoken

import (
	"reflect"
	"sync"
	"time"

	"github.com/latchkey-sso/latchkey/internal/flight"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// session is what all Sources of one sign-in in this process share.
type session struct {
	flights flight.Group // the refresh in flight
	reads   *flight.Reader
	logins  *logins

	mu       sync.Mutex
	unsaved  *unsavedToken
	rejected tokencache.Secret // an access token that the server has rejected
	obtained obtainedToken
	noted    notedToken
	seen     seenToken
	retryAt  time.Time // when a valid token may be refreshed again
	warned   map[string]bool
}

// unsavedToken is a token that the cache could not take.
type unsavedToken struct {
	token   *tokencache.Token
	base    tokencache.Secret // the access token in the cache that it was refreshed from
	retryAt time.Time         // when to try to store it again
}

// notedToken is the last refresh token that was sent, with the outcome.
type notedToken struct {
	refresh tokencache.Secret
	note    tokencache.RefreshNote
}

// obtainedToken is the access token that this process last got from a refresh.
type obtainedToken struct {
	access tokencache.Secret
	at     time.Time
}

// seenToken is the token last loaded, and its expiry with a monotonic reading.
type seenToken struct {
	access  tokencache.Secret
	expires time.Time
	ends    time.Time
}

// sessionID identifies a sign-in as on disk: by cache and key.
type sessionID struct {
	tokens tokencache.Cache
	key    string
}

// sessions outlive their Sources. A process that makes fifty Sources of one sign-in, in
// libraries that know nothing of each other, must still refresh it once. There is one entry
// for each sign-in that the process has used, as many as in the token cache.
var sessions sync.Map // sessionID -> *session

func sharedSession(of *profile.Session, tokens tokencache.Cache) *session {
	fresh := &session{reads: flight.NewReader(), logins: newLogins(), warned: map[string]bool{}}
	if !reflect.ValueOf(tokens).Comparable() {
		return fresh // nothing tells two such caches apart
	}
	s, _ := sessions.LoadOrStore(sessionID{tokens, of.CacheKey()}, fresh)
	return s.(*session)
}

// newest returns the token that counts, given the one in the cache: nil, and missing, if
// there is none; nil if it cannot be read. A token that could not be stored counts while the
// cache holds the one it came from. Any other token in the cache is a new sign-in or another
// tool's refresh; none is a sign-out.
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

// keep holds a token that the cache did not take. base is the access token that the cache
// holds instead.
func (s *session) keep(tok *tokencache.Token, base tokencache.Secret, retryAt time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.unsaved != nil && s.unsaved.token.AccessToken == base {
		base = s.unsaved.base // refreshed again, from memory
	}
	s.unsaved = &unsavedToken{token: tok, base: base, retryAt: retryAt}
}

// saved drops the token in memory, now that the cache has it.
func (s *session) saved() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unsaved = nil
}

func (s *session) hasUnsaved() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.unsaved != nil
}

// toSave returns the token in memory if it is time to try to store it again, else nil.
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

// reject records that the server has rejected an access token.
func (s *session) reject(token tokencache.Secret) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rejected = token
}

func (s *session) isRejected(token tokencache.Secret) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return token == s.rejected
}

// obtain records that a refresh brought an access token.
func (s *session) obtain(token tokencache.Secret, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.obtained = obtainedToken{token, at}
}

// obtainedSince reports whether a refresh of this process brought the access token after that
// time.
func (s *session) obtainedSince(token tokencache.Secret, after time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return token == s.obtained.access && s.obtained.at.After(after)
}

// setNote records the outcome of a request with a refresh token.
func (s *session) setNote(refreshToken tokencache.Secret, note tokencache.RefreshNote) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.noted = notedToken{refreshToken, note}
}

// lastNote returns what setNote recorded about a refresh token, the zero value if nothing.
func (s *session) lastNote(refreshToken tokencache.Secret) tokencache.RefreshNote {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.noted.refresh != refreshToken {
		return tokencache.RefreshNote{}
	}
	return s.noted.note
}

// hasExpired reports whether the token has expired since this process first saw it, even if
// the wall clock was set back.
func (s *session) hasExpired(tok *tokencache.Token, now time.Time) bool {
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

func (s *session) isPaused(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return now.Before(s.retryAt)
}

// firstWarning reports whether this is the first call with what.
func (s *session) firstWarning(what string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	first := !s.warned[what]
	s.warned[what] = true
	return first
}
