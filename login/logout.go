package login

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/latchkey-sso/latchkey/internal/ssoclient"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/sso"
	"github.com/latchkey-sso/latchkey/ssotoken"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// Logout ends the sign-in of p's session at Identity Center, deletes its token, and
// deletes the role credentials of the session: see Options.RoleCache. It returns false
// if there was no token. An expired access token is refreshed first, since it cannot end
// the session. Role credentials that programs already hold stay valid until they expire.
//
// The token is deleted even if Identity Center returns an error or cannot be reached, or if
// the token cannot be read; then a warning is logged. An error says what could not be
// deleted, or is a *profile.Error about the session's settings.
func Logout(ctx context.Context, p profile.SignIn, optFns ...func(*Options)) (bool, error) {
	opts, err := newOptions(optFns)
	if err != nil {
		return false, err
	}
	if err := checkProfile(p); err != nil {
		return false, err
	}
	done, err := logout(ctx, p, opts)
	if err := errors.Join(err, opts.deleteRoles(ctx, p.Session)); err != nil {
		return false, fmt.Errorf("login: log out: %w", err)
	}
	return done, nil
}

// logout ends the sign-in of p's session and deletes its token. It returns false if there was
// no token.
func logout(ctx context.Context, p profile.SignIn, opts Options) (bool, error) {
	tok, err := opts.TokenCache.Load(ctx, p.Session.CacheKey())
	var invalid *tokencache.InvalidError
	missing := errors.Is(err, tokencache.ErrNotFound)
	switch {
	case err == nil, missing, errors.As(err, &invalid):
	case ctx.Err() != nil:
		return false, err
	default:
		opts.warnf("the session at %s may still be open: %v", p.Session.StartURL, err)
	}
	// Also without a token: something may be left beside it.
	if err := opts.endSignIn(ctx, p, tok); err != nil {
		return false, err
	}
	return !missing, nil
}

// LogoutAll does what [Logout] does for every sign-in in the cache, whichever tool stored it,
// all at the same time, and returns how many there were. The shared config files say how to
// reach Identity Center for each session (see profile.Sessions), or else the environment and
// the token's region. All role credentials of IAM Identity Center are deleted too. Damaged
// files and client registrations stay. It continues after a token that it cannot delete, and
// returns such errors joined. Options.TokenCache is not used.
func LogoutAll(ctx context.Context, cache tokencache.Lister, optFns ...func(*Options)) (int, error) {
	opts, err := newOptions(append(slices.Clip(optFns), func(o *Options) { o.TokenCache = cache }))
	if err != nil {
		return 0, err
	}
	known := knownSessions(opts)
	entries, err := cache.Entries(ctx, slices.Collect(maps.Keys(known.byKey))...)
	if err != nil {
		return 0, fmt.Errorf("login: log out: %w", err)
	}
	// All at once: where a server cannot be reached, each takes its full time.
	var wg sync.WaitGroup
	errs := make([]error, len(entries))
	for i, entry := range entries {
		p := known.of(entry)
		delete(known.byKey, entry.Key)
		wg.Go(func() { errs[i] = logoutEntry(ctx, entry, p, opts) })
	}
	wg.Wait()
	ended := 0
	for _, err := range errs {
		if err == nil {
			ended++
		}
	}
	n, err := known.deleteUnreadable(ctx, opts)
	errs = append(errs, err)
	if sweeper, ok := cache.(tokencache.Sweeper); ok {
		if _, err := sweeper.Sweep(ctx); err != nil {
			errs = append(errs, fmt.Errorf("login: log out: %w", err))
		}
	}
	if err := opts.deleteRoles(ctx, nil); err != nil {
		errs = append(errs, fmt.Errorf("login: log out: %w", err))
	}
	return ended + n, errors.Join(errs...)
}

func logoutEntry(ctx context.Context, entry tokencache.Entry, p profile.SignIn, opts Options) error {
	// The name makes entry.Key the key of the session.
	p.Session = &profile.Session{
		Name: entry.Key, StartURL: cmp.Or(entry.Token.StartURL, entry.Key), Region: entry.Token.Region,
	}
	if err := opts.endSignIn(ctx, p, entry.Token); err != nil {
		return fmt.Errorf("login: log out: %w", err)
	}
	return nil
}

// sessions are those that the shared config files know.
type sessions struct {
	byKey map[string]profile.SignIn // by the key of the token
	rest  profile.SignIn            // for any other token, as the environment says
}

func knownSessions(opts Options) sessions {
	known := sessions{byKey: map[string]profile.SignIn{}}
	all, err := profile.Sessions()
	if err != nil { // no reason to stay signed in
		opts.debugf("look for sessions: %v", err)
	}
	for _, p := range all {
		known.byKey[p.Session.CacheKey()] = p
	}
	known.rest.Connection, _ = profile.EnvironmentConnection() // the same mistake as that of Sessions
	return known
}

// of returns how Identity Center is reached to end the sign-in of an entry.
func (s sessions) of(entry tokencache.Entry) profile.SignIn {
	if p, ok := s.byKey[entry.Key]; ok {
		return p
	}
	return s.rest
}

// deleteUnreadable deletes the tokens of sessions that are known and whose files cannot
// be read, and returns how many.
func (s sessions) deleteUnreadable(ctx context.Context, opts Options) (int, error) {
	deleted := 0
	var failures []error
	for _, p := range s.byKey {
		_, err := opts.TokenCache.Load(ctx, p.Session.CacheKey())
		var invalid *tokencache.InvalidError
		if err == nil || errors.Is(err, tokencache.ErrNotFound) || errors.As(err, &invalid) {
			continue
		}
		if _, err := logout(ctx, p, opts); err != nil {
			failures = append(failures, fmt.Errorf("login: log out: %w", err))
			continue
		}
		deleted++
	}
	return deleted, errors.Join(failures...)
}

const (
	// logoutTimeout bounds the request that ends a session: the token is deleted in any
	// case, and the user waits.
	logoutTimeout = 10 * time.Second

	// refreshTimeout bounds the refresh before it.
	refreshTimeout = 5 * time.Second
)

// endSignIn ends the session of p at Identity Center and deletes its token. tok is the token,
// read without a lock; nil if there is none that can be read.
func (o *Options) endSignIn(ctx context.Context, p profile.SignIn, tok *tokencache.Token) error {
	if o.settings.RetryMaxAttempts == 0 {
		retrying := *o
		retrying.settings.RetryMaxAttempts = 2 // the user waits, and nothing depends on it
		o = &retrying
	}
	tok = o.unexpired(ctx, p, tok) // takes the lock itself
	key := p.Session.CacheKey()
	at, cancel := context.WithTimeout(ctx, storeLockWait)
	defer cancel()
	if unlock, err := o.TokenCache.Lock(at, key); err == nil {
		defer unlock() // a refresh in progress must not bring the token back
	}
	if now, err := o.TokenCache.Load(ctx, key); err == nil && (tok == nil || !now.Expired(o.Now())) {
		tok = now // another process may have replaced it
	}
	if tok != nil && p.Session.Region != "" {
		o.endSession(ctx, p, tok)
	}
	return o.TokenCache.Delete(ctx, key)
}

// unexpired returns the token of p's session, refreshed if tok has expired. With an expired
// token the portal would leave the session open, and its refresh token in force. If there is
// no other, it returns tok.
func (o *Options) unexpired(ctx context.Context, p profile.SignIn, tok *tokencache.Token) *tokencache.Token {
	if tok == nil || !tok.Expired(o.Now()) {
		return tok
	}
	ctx, cancel := context.WithTimeout(ctx, refreshTimeout)
	defer cancel()
	source, err := ssotoken.New(p, func(so *ssotoken.Options) {
		so.TokenCache, so.Now = o.TokenCache, o.Now
		so.ClientConfig = func() aws.Config { return o.settings }
	})
	if err == nil {
		var next *tokencache.Token
		if next, err = source.Token(ctx); err == nil {
			return next
		}
	}
	o.debugf("logging out with an expired token: %v", err)
	return tok
}

// endSession tells Identity Center that the sign-in is no longer in use.
func (o *Options) endSession(ctx context.Context, p profile.SignIn, tok *tokencache.Token) {
	ctx, cancel := context.WithTimeout(ctx, logoutTimeout)
	defer cancel()
	portal, err := ssoclient.Portal(p, o.settings)
	if err == nil {
		o.warnPlainHTTP(tok.StartURL, p.Endpoints.SSO, p.Endpoints.SSOOIDC)
		o.debugf("calling Logout for %s", tok.StartURL)
		_, err = portal.Logout(ctx, &sso.LogoutInput{AccessToken: aws.String(string(tok.AccessToken))})
	}
	var over *sso.UnauthorizedException
	if err != nil && !errors.As(err, &over) {
		o.warnf("the session at %s may still be open: %v", tok.StartURL, err)
	}
}
