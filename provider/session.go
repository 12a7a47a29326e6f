package provider

import (
	"context"
	"reflect"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"golang.org/x/sync/singleflight"

	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/rolecache"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// session is what all providers of one sign-in in this process share: the
// requests in flight, the role credentials in memory, and a token that could
// not be written to the cache.
type session struct {
	flights singleflight.Group

	mu      sync.Mutex
	unsaved *tokencache.Token // newer than the cache, which could not be written
	retryAt time.Time         // no early refresh of the token before
	roles   map[rolecache.Key]heldRole
	warned  map[string]bool
}

// heldRole are role credentials in memory.
type heldRole struct {
	creds   aws.Credentials
	ends    time.Time // creds.Expires, with a monotonic reading
	retryAt time.Time // no early renewal before
}

// left returns how long the credentials are valid yet, not more than zero if they
// have ended. Two clocks have a say: the wall clock may be set back, which must not
// bring dead credentials to life, and the monotonic one stands still while the
// machine sleeps.
func (h heldRole) left(now time.Time) time.Duration {
	return min(h.creds.Expires.Sub(now), h.ends.Sub(now))
}

// sessionID tells which providers may share: the same sign-in, in the same
// caches, at the same Identity Center.
type sessionID struct {
	tokens    tokencache.Cache
	roles     rolecache.Cache
	key       string
	startURL  string
	region    string
	endpoints profile.Endpoints
}

// sessions is the one piece of state that outlives a Provider. A process that
// makes fifty providers of one sign-in, in as many libraries that know nothing
// of each other, must still refresh it once. It holds one entry per sign-in.
var sessions sync.Map // sessionID -> *session

func sharedSession(p *profile.Profile, opts Options) *session {
	fresh := &session{roles: map[rolecache.Key]heldRole{}, warned: map[string]bool{}}
	if !sharable(opts.TokenCache) || !sharable(opts.RoleCache) {
		return fresh // nothing tells two such caches apart, so nothing is shared
	}
	s, _ := sessions.LoadOrStore(sessionID{
		tokens:    opts.TokenCache,
		roles:     opts.RoleCache,
		key:       p.Session.CacheKey(),
		startURL:  p.Session.StartURL,
		region:    p.Session.Region,
		endpoints: p.Endpoints,
	}, fresh)
	return s.(*session)
}

func sharable(v any) bool {
	return v == nil || reflect.TypeOf(v).Comparable()
}

// flightTimeout bounds a shared request and all it waits for. It is less than
// the minute after which the Go SDK kills a credential_process.
const flightTimeout = 55 * time.Second

// share runs fn once for all concurrent callers with the same key. Each waits
// only as long as its own ctx; fn runs on a context that none of them cancels,
// so that one who gives up does not take the others' result away.
func share[T any](ctx context.Context, s *session, key string, fn func(context.Context) (T, error)) (T, error) {
	ch := s.flights.DoChan(key, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), flightTimeout)
		defer cancel()
		return fn(ctx)
	})
	var zero T
	select {
	case <-ctx.Done():
		return zero, ctx.Err()
	case r := <-ch:
		if r.Err != nil {
			return zero, r.Err
		}
		return r.Val.(T), nil
	}
}

func flightOf(parts ...string) string { return strings.Join(parts, "\x00") }

// roleWindow is how long before their end role credentials are renewed.
const roleWindow = 5 * time.Minute

// freshRole returns the credentials in memory unless it is time to renew them.
func (s *session) freshRole(key rolecache.Key, now time.Time) (aws.Credentials, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	held, ok := s.roles[key]
	left := held.left(now)
	if !ok || left <= 0 {
		return aws.Credentials{}, false
	}
	return held.creds, left > roleWindow || now.Before(held.retryAt)
}

// validRole returns the credentials in memory if they have not ended.
func (s *session) validRole(key rolecache.Key, now time.Time) (aws.Credentials, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	held, ok := s.roles[key]
	return held.creds, ok && held.left(now) > 0
}

// holdRole keeps creds in memory, as of now. They are renewed in their last
// minutes, but not before retryAt.
func (s *session) holdRole(key rolecache.Key, creds aws.Credentials, now, retryAt time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.roles[key] = heldRole{creds: creds, ends: now.Add(creds.Expires.Sub(now)), retryAt: retryAt}
}

// newer returns the token that the cache could not take, if it outlives tok
// (which may be nil), else tok.
func (s *session) newer(tok *tokencache.Token) *tokencache.Token {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.unsaved != nil && (tok == nil || s.unsaved.ExpiresAt.After(tok.ExpiresAt)) {
		return s.unsaved
	}
	return tok
}

// keep holds a token that the cache did not take; nil forgets it.
func (s *session) keep(tok *tokencache.Token) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unsaved = tok
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
