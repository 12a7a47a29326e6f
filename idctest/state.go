package idctest

import (
	"slices"
	"time"
)

// state is guarded by Server.mu. It only grows: test servers are short-lived.
type state struct {
	clients map[string]*client        // by client ID
	devices map[string]*device        // by device code
	forms   map[string]*authorization // open consent pages, by form ID
	codes   map[string]*authorization // by authorization code
	access  map[string]*accessToken
	refresh map[string]*refreshToken
	callers map[string]*caller // by access key ID

	signInTokens map[string]bool // for the console
	portal       bucket          // rate limit
}

func newState() state {
	return state{
		clients: make(map[string]*client),
		devices: make(map[string]*device),
		forms:   make(map[string]*authorization),
		codes:   make(map[string]*authorization),
		access:  make(map[string]*accessToken),
		refresh: make(map[string]*refreshToken),
		callers: make(map[string]*caller),

		signInTokens: make(map[string]bool),
	}
}

// client is a client registration.
type client struct {
	id, secret   string
	name         string
	scopes       []string
	redirectURIs []string
	grantTypes   []string // empty means all
	expires      time.Time
}

func (c *client) live(now time.Time) bool { return now.Before(c.expires) }

func (c *client) mayUse(grantType string) bool {
	return len(c.grantTypes) == 0 || slices.Contains(c.grantTypes, grantType)
}

// session is a sign-in with its access and refresh tokens.
type session struct {
	clientID string
	scopes   []string
	ended    bool // all tokens are revoked
	stolen   bool // a refresh token was used twice: all refresh tokens are revoked
}

// reachesPortal reports whether the portal accepts the session's access tokens. It accepts those without scopes, from
// profiles without an sso-session.
func (s *session) reachesPortal() bool {
	return len(s.scopes) == 0 || slices.Contains(s.scopes, scopeAccountAccess)
}

type accessToken struct {
	session *session
	expires time.Time
}

type refreshToken struct {
	session *session
	used    bool
}

// tokens is the result of a successful grant.
type tokens struct {
	session *session
	access  string
	refresh string // may be empty
}

// newSession creates a sign-in and its first tokens. There is a refresh token only if the client has a scope and may
// use the grant.
func (s *Server) newSession(cl *client, scopes []string, now time.Time) tokens {
	ses := &session{clientID: cl.id, scopes: scopes}
	t := tokens{session: ses, access: s.newAccess(ses, now)}
	if len(scopes) > 0 && cl.mayUse(grantRefreshToken) {
		t.refresh = s.newRefresh(ses)
	}
	return t
}

func (s *Server) newAccess(ses *session, now time.Time) string {
	token := newAccessToken()
	s.state.access[token] = &accessToken{session: ses, expires: now.Add(s.opts.AccessTokenTTL)}
	return token
}

func (s *Server) newRefresh(ses *session) string {
	token := newRefreshToken()
	s.state.refresh[token] = &refreshToken{session: ses}
	return token
}

// liveAccess returns the session of a valid access token, or nil.
func (s *Server) liveAccess(token string, now time.Time) *session {
	t, ok := s.state.access[token]
	if !ok || t.session.ended || !now.Before(t.expires) {
		return nil
	}
	return t.session
}

// useRefresh uses up a refresh token and returns the new tokens. ok is false if the token is invalid. Reuse of a token
// revokes all refresh tokens of its sign-in.
func (s *Server) useRefresh(token, clientID string, now time.Time) (next tokens, ok bool) {
	t, ok := s.state.refresh[token]
	if !ok || t.session.clientID != clientID || t.session.ended {
		return tokens{}, false
	}
	if t.used {
		t.session.stolen = true
	}
	if t.session.stolen {
		return tokens{}, false
	}

	next = tokens{session: t.session, access: s.newAccess(t.session, now), refresh: token}
	if !s.opts.KeepRefreshTokens {
		t.used = true
		next.refresh = s.newRefresh(t.session)
	}
	return next, true
}

// ExpireAccessTokens expires all access tokens issued so far. Refresh tokens, and access tokens issued for them later,
// are valid.
func (s *Server) ExpireAccessTokens() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.state.access {
		t.expires = time.Time{}
	}
}

// RevokeAll revokes all access tokens and refresh tokens issued so far, as an administrator can. Client registrations
// stay valid, and sign-ins in progress can complete.
func (s *Server) RevokeAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.state.access {
		t.session.ended = true
	}
}
