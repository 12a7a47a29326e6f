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

// Logout signs out of p's session at Identity Center, and deletes its token and its role
// credentials (see Options.RoleCache). It returns false if there was no token. It first
// refreshes an expired access token, which cannot be used to sign out. Role credentials
// that programs already hold stay valid until they expire.
//
// If Identity Center returns an error or cannot be reached, or if the token cannot be read,
// Logout logs a warning and still deletes the token: the session may stay open until it expires.
// The error says what could not be deleted, or is a *profile.Error about the session's settings.
func Logout(ctx context.Context, p profile.SignIn, optFns ...func(*Options)) (bool, error) {
	if err := checkProfile(p); err != nil {
		return false, err
	}
	opts, err := newOptions(p.Session, optFns)
	if err != nil {
		return false, err
	}
	opts.reader, _ = keyOnce(opts.TokenCache)
	done, err := logout(ctx, p, opts)
	if err := errors.Join(err, opts.deleteRoles(ctx, p.Session)); err != nil {
		return false, fmt.Errorf("login: log out: %w", err)
	}
	return done, nil
}

// logout is Logout without deleting role credentials.
func logout(ctx context.Context, p profile.SignIn, opts Options) (bool, error) {
	tok, err := opts.reader.Load(ctx, p.Session.CacheKey())
	missing := errors.Is(err, tokencache.ErrNotFound)
	switch {
	case err == nil, missing:
	case ctx.Err() != nil:
		return false, err
	default:
		opts.warnf("the session at %s may stay open until it expires, because its token cannot be read: %v", p.Session.StartURL, err)
	}
	// Even without a token: related files may remain.
	if err := opts.endSignIn(ctx, p, tok); err != nil {
		return false, err
	}
	return !missing, nil
}

// LogoutAll is [Logout] for every sign-in in the cache, whichever tool stored it. It signs out of
// all of them concurrently and returns their number. Connection settings come from the shared
// config files (see profile.Sessions), or else from the environment and the token's region.
// LogoutAll also deletes all Identity Center role credentials, but leaves client registrations and
// invalid files, except encrypted ones and those of known sessions. If the key of encrypted files is
// not available, it logs a warning and deletes all of them. If tokens cannot be deleted, it continues
// and returns the joined errors. It ignores Options.TokenCache.
func LogoutAll(ctx context.Context, cache tokencache.Lister, optFns ...func(*Options)) (int, error) {
	opts, err := newOptions(nil, append(slices.Clip(optFns), func(o *Options) { o.TokenCache = cache }))
	if err != nil {
		return 0, err
	}
	reader, unavailable := keyOnce(cache)
	opts.reader = reader
	known := knownSessions(opts)
	entries, err := reader.Entries(ctx, slices.Collect(maps.Keys(known.byKey))...)
	withoutKey := unavailable() && ctx.Err() == nil
	if err != nil && !withoutKey {
		return 0, fmt.Errorf("login: log out: %w", err)
	}
	ended, failures := opts.endSignIns(ctx, entries, known)
	deleted, err2 := known.deleteUnreadable(ctx, opts)
	if withoutKey && deleted == 0 { // else deleteUnreadable has logged a warning
		opts.warnf("sessions may stay open until they expire, because their tokens cannot be read: %v", err)
	}
	failures = append(failures, err2)
	if sweeper, ok := tokencache.Cache(reader).(tokencache.Sweeper); ok {
		if _, err := sweeper.Sweep(ctx); err != nil {
			failures = append(failures, fmt.Errorf("login: log out: %w", err))
		}
	}
	if err := opts.deleteRoles(ctx, nil); err != nil {
		failures = append(failures, fmt.Errorf("login: log out: %w", err))
	}
	return ended + deleted, errors.Join(failures...)
}

// endSignIns signs out of the sign-ins in entries, and removes them from known. It returns their
// number, without those that failed.
func (o *Options) endSignIns(ctx context.Context, entries []tokencache.Entry, known sessions) (ended int, failures []error) {
	// Concurrently, since each may take its full timeout.
	var wg sync.WaitGroup
	errs := make([]error, len(entries))
	for i, entry := range entries {
		p := known.of(entry)
		delete(known.byKey, entry.Key)
		wg.Go(func() { errs[i] = logoutEntry(ctx, entry, p, *o) })
	}
	wg.Wait()
	failures = slices.DeleteFunc(errs, func(err error) bool { return err == nil })
	return len(entries) - len(failures), failures
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

// sessions holds the sessions in the shared config files.
type sessions struct {
	byKey map[string]profile.SignIn // by cache key
	rest  profile.SignIn            // for any other token, from the environment
}

func knownSessions(opts Options) sessions {
	known := sessions{byKey: map[string]profile.SignIn{}}
	all, err := profile.Sessions()
	if err != nil { // must not keep users signed in
		opts.debugf("look for sessions: %v", err)
	}
	for _, p := range all {
		known.byKey[p.Session.CacheKey()] = p
	}
	known.rest.Connection, _ = profile.EnvironmentConnection() // the error is the one of Sessions
	return known
}

// of returns the connection settings for an entry.
func (s sessions) of(entry tokencache.Entry) profile.SignIn {
	if p, ok := s.byKey[entry.Key]; ok {
		return p
	}
	return s.rest
}

// deleteUnreadable deletes the unreadable token files of known sessions, and returns their number.
func (s sessions) deleteUnreadable(ctx context.Context, opts Options) (int, error) {
	deleted := 0
	var failures []error
	for _, p := range s.byKey {
		_, err := opts.reader.Load(ctx, p.Session.CacheKey())
		if err == nil || errors.Is(err, tokencache.ErrNotFound) {
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
	// logoutTimeout limits the Logout request, since the user waits for it.
	logoutTimeout = 10 * time.Second

	// refreshTimeout limits the refresh before it.
	refreshTimeout = 5 * time.Second
)

// endSignIn signs out of p's session and deletes its token. tok was read without the lock; nil if
// there is no readable token.
func (o *Options) endSignIn(ctx context.Context, p profile.SignIn, tok *tokencache.Token) error {
	if o.settings.RetryMaxAttempts == 0 {
		retrying := *o
		retrying.settings.RetryMaxAttempts = 2 // the user is waiting, and the token is deleted anyway
		o = &retrying
	}
	tok = o.unexpired(ctx, p, tok) // takes the lock itself
	key := p.Session.CacheKey()
	at, cancel := context.WithTimeout(ctx, storeLockWait)
	defer cancel()
	if unlock, err := o.TokenCache.Lock(at, key); err == nil {
		defer unlock() // a refresh in progress must not store the token again
	}
	if now, err := o.reader.Load(ctx, key); err == nil && (tok == nil || !now.Expired(o.Now())) {
		tok = now // another process may have replaced it
	}
	if tok != nil && p.Session.Region != "" {
		o.revoke(ctx, p, tok)
	}
	return errors.Join(o.TokenCache.Delete(ctx, key), o.copy.Remove(ctx))
}

// unexpired returns tok, refreshed if it has expired: the portal does not sign out with an expired
// token, and its refresh token would stay valid. If the refresh fails, it returns tok.
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

// revoke signs out at Identity Center, and logs a warning if that fails.
func (o *Options) revoke(ctx context.Context, p profile.SignIn, tok *tokencache.Token) {
	ctx, cancel := context.WithTimeout(ctx, logoutTimeout)
	defer cancel()
	portal, err := ssoclient.Portal(p, o.settings)
	if err == nil {
		o.warnPlainHTTP(tok.StartURL, p.Endpoints.SSO, p.Endpoints.SSOOIDC)
		o.debugf("calling Logout for %s", tok.StartURL)
		_, err = portal.Logout(ctx, &sso.LogoutInput{AccessToken: aws.String(string(tok.AccessToken))})
	}
	var signedOut *sso.UnauthorizedException
	if err != nil && !errors.As(err, &signedOut) {
		o.warnf("the session at %s may still be open: %v", tok.StartURL, err)
	}
}
