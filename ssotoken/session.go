package ssotoken

import (
	"reflect"
	"sync"
	"time"

	"github.com/latchkey-sso/latchkey/internal/flight"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// session is the state that all Sources of a sign-in share in this process.
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
	last     *tokencache.Token // the last token that was loaded or refreshed
	retryAt  time.Time         // a valid token is not refreshed before this time
	warned   map[string]bool
}

// unsavedToken is a token that could not be stored.
type unsavedToken struct {
	token    *tokencache.Token
	base     tokencache.Secret // the access token in the cache that token replaces
	redeemed tokencache.Secret // the refresh token in the cache
	retryAt  time.Time         // when to try to store it again
}

// notedToken is the last refresh token that was sent, with the outcome.
type notedToken struct {
	refresh tokencache.Secret
	note    tokencache.RefreshNote
}

// obtainedToken is the access token from the last refresh of this process.
type obtainedToken struct {
	access tokencache.Secret
	at     time.Time
}

// seenToken is the expiry of the token that was last loaded.
type seenToken struct {
	access   tokencache.Secret
	expires  time.Time
	deadline time.Time // expires with a monotonic clock reading
}

// sessionID identifies a sign-in.
type sessionID struct {
	tokens tokencache.Cache
	key    string
}

// sessions are global, so that independent libraries in a process share refreshes. Entries are
// never removed: there is one per sign-in that the process has used.
var sessions sync.Map // sessionID -> *session

func sharedSession(of *profile.Session, tokens tokencache.Cache) *session {
	fresh := &session{reads: flight.NewReader(), logins: newLogins(), warned: map[string]bool{}}
	if !reflect.ValueOf(tokens).Comparable() {
		return fresh // such caches cannot be map keys
	}
	s, _ := sessions.LoadOrStore(sessionID{tokens, of.CacheKey()}, fresh)
	return s.(*session)
}

// newest returns the current token. stored is the token in the cache, or nil if there is none
// (missing) or the cache cannot be read. An unsaved token is current while the cache has the token
// that it replaces. A different token in the cache is a new sign-in or another tool's refresh; a
// missing token is a sign-out.
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

// keep keeps a token in memory that could not be stored in place of old.
func (s *session) keep(tok, old *tokencache.Token, retryAt time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	base, redeemed := s.cached(old)
	s.unsaved = &unsavedToken{token: tok, base: base, redeemed: redeemed, retryAt: retryAt}
}

// redeemed returns the refresh token in the cache when tok is refreshed.
func (s *session) redeemed(tok *tokencache.Token) tokencache.Secret {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, redeemed := s.cached(tok)
	return redeemed
}

// cached returns the access and refresh token in the cache when tok is refreshed: those that tok
// replaces if it could not be stored. The caller holds mu.
func (s *session) cached(tok *tokencache.Token) (access, refresh tokencache.Secret) {
	if s.unsaved != nil && s.unsaved.token.AccessToken == tok.AccessToken {
		return s.unsaved.base, s.unsaved.redeemed
	}
	return tok.AccessToken, tok.RefreshToken
}

// saved drops the unsaved token after it has been stored.
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

// toSave returns the unsaved token if it is time to try to store it again, or nil.
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

// obtain records an access token from a refresh.
func (s *session) obtain(token tokencache.Secret, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.obtained = obtainedToken{token, at}
}

// obtainedSince reports whether this process obtained the access token after the given time.
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

// lastNote returns the note that setNote recorded for a refresh token, or the zero value.
func (s *session) lastNote(refreshToken tokencache.Secret) tokencache.RefreshNote {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.noted.refresh != refreshToken {
		return tokencache.RefreshNote{}
	}
	return s.noted.note
}

// hasExpired reports whether the token has expired by the monotonic clock, which counts even if the
// wall clock was set back.
func (s *session) hasExpired(tok *tokencache.Token, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.seen.access != tok.AccessToken || !s.seen.expires.Equal(tok.ExpiresAt) {
		s.seen = seenToken{access: tok.AccessToken, expires: tok.ExpiresAt, deadline: now.Add(tok.ExpiresAt.Sub(now))}
	}
	return !s.seen.deadline.After(now)
}

// remember keeps a token that was loaded or refreshed; nil after a sign-out.
func (s *session) remember(tok *tokencache.Token) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = tok
}

// remembered returns the token of the last call of remember, or nil.
func (s *session) remembered() *tokencache.Token {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.last
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

// firstWarning reports whether this is the first call with this argument.
func (s *session) firstWarning(what string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	first := !s.warned[what]
	s.warned[what] = true
	return first
}
