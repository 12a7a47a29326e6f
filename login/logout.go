package login

import (
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
	"github.com/latchkey-sso/latchkey/ssooidc"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// Logout ends the sign-in of p's session at Identity Center, deletes its token, and
// deletes the role credentials of the session: see Options.RoleCache. It returns false
// when there was no token. An expired access token is refreshed first, as nobody could
// end the session with it. Role credentials that are in use elsewhere stay valid until
// they expire.
//
// The token is deleted whatever Identity Center answers, also when it cannot be
// reached, and when the token cannot be read; a warning is logged then. An error says
// what could not be deleted, or is a *profile.Error about the session's settings.
func Logout(ctx context.Context, p *profile.Profile, optFns ...func(*Options)) (bool, error) {
	opts, err := newOptions(optFns)
	if err != nil {
		return false, err
	}
	if err := checkProfile(p); err != nil {
		return false, err
	}
	done, err := logout(ctx, p, opts)
	if err := errors.Join(err, opts.deleteRoles(ctx, p)); err != nil {
		return false, fmt.Errorf("login: log out: %w", err)
	}
	return done, nil
}

// logout ends the sign-in of p's session and deletes its token. It returns false when
// there was none.
func logout(ctx context.Context, p *profile.Profile, opts Options) (bool, error) {
	key := p.Session.CacheKey()
	at, cancel := context.WithTimeout(ctx, storeLockWait)
	defer cancel()
	if unlock, err := opts.Cache.Lock(at, key); err == nil {
		defer unlock() // a refresh under way must not bring the token back
	}
	tok, err := opts.Cache.Load(ctx, key)
	var invalid *tokencache.InvalidError
	switch {
	case err == nil:
		endSession(ctx, p, key, tok, opts)
	case ctx.Err() != nil:
		return false, err
	case errors.Is(err, tokencache.ErrNotFound), errors.As(err, &invalid): // nothing to tell the server
	default:
		opts.warnf("the session at %s may still be open: %v", p.Session.StartURL, err)
	}
	missing := errors.Is(err, tokencache.ErrNotFound)
	if err := opts.Cache.Delete(ctx, key); err != nil { // also what was left beside a token that is gone
		return false, err
	}
	return !missing, nil
}

// LogoutAll ends every sign-in in the cache, whichever tool made it, in the way of
// [Logout], all at the same time, and returns how many there were. Identity Center is
// reached as the shared config files say for the session of each: see profile.Sessions.
// Where they do not know it, the environment does, else the token's region. All role
// credentials of IAM Identity Center are deleted too. Damaged files and client
// registrations stay. It continues after a token that it cannot delete, and returns such
// errors joined. Options.Cache is not used.
func LogoutAll(ctx context.Context, cache tokencache.Lister, optFns ...func(*Options)) (int, error) {
	opts, err := newOptions(append(slices.Clip(optFns), func(o *Options) { o.Cache = cache }))
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

func logoutEntry(ctx context.Context, entry tokencache.Entry, p profile.Profile, opts Options) error {
	at, cancel := context.WithTimeout(ctx, storeLockWait)
	defer cancel()
	if unlock, err := opts.Cache.Lock(at, entry.Key); err == nil {
		defer unlock() // a refresh under way must not bring the token back
	}
	if entry.Token.Region != "" {
		p.Session = &profile.Session{Region: entry.Token.Region}
		endSession(ctx, &p, entry.Key, entry.Token, opts)
	}
	if err := opts.Cache.Delete(ctx, entry.Key); err != nil {
		return fmt.Errorf("login: log out: %w", err)
	}
	return nil
}

// sessions are those that the shared config files know.
type sessions struct {
	byKey map[string]*profile.Profile // by the key of the token
	rest  *profile.Profile            // for any other token
}

func knownSessions(opts Options) sessions {
	known := sessions{byKey: map[string]*profile.Profile{}, rest: &profile.Profile{}}
	all, err := profile.Sessions()
	if err != nil { // no reason to stay signed in
		opts.debugf("look for sessions: %v", err)
	}
	for _, p := range all {
		if p.Session == nil {
			known.rest = p
		} else {
			known.byKey[p.Session.CacheKey()] = p
		}
	}
	return known
}

// of returns how Identity Center is reached to end the sign-in of an entry.
func (s sessions) of(entry tokencache.Entry) profile.Profile {
	if p := s.byKey[entry.Key]; p != nil {
		return *p
	}
	return *s.rest
}

// deleteUnreadable deletes the tokens of sessions that are known and whose files cannot
// be read, and returns how many.
func (s sessions) deleteUnreadable(ctx context.Context, opts Options) (int, error) {
	deleted := 0
	var failures []error
	for _, p := range s.byKey {
		_, err := opts.Cache.Load(ctx, p.Session.CacheKey())
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

// logoutTimeout bounds the request that ends one session: the token is deleted
// in any case, and the user waits.
const logoutTimeout = 10 * time.Second

// lockSending takes the lock of a cache that is held while a refresh token is sent, if
// the cache has one.
func lockSending(ctx context.Context, cache tokencache.Cache, key string) (unlock func(), err error) {
	if cache, ok := cache.(tokencache.SendLocker); ok {
		return cache.LockSending(ctx, key)
	}
	return func() {}, nil
}

// endSession tells Identity Center that the sign-in is no longer in use.
func endSession(ctx context.Context, p *profile.Profile, key string, tok *tokencache.Token, opts Options) {
	ctx, cancel := context.WithTimeout(ctx, logoutTimeout)
	defer cancel()
	if opts.ClientConfig.RetryMaxAttempts == 0 {
		opts.ClientConfig.RetryMaxAttempts = 2 // the user waits, and nothing depends on it
	}
	portal, err := ssoclient.Portal(p, opts.ClientConfig)
	if err == nil {
		opts.warnPlainHTTP(tok.StartURL, p.Endpoints.SSO, p.Endpoints.SSOOIDC)
		access := aliveToken(ctx, p, key, tok, opts)
		opts.debugf("calling Logout for %s", tok.StartURL)
		_, err = portal.Logout(ctx, &sso.LogoutInput{AccessToken: aws.String(string(access))})
	}
	var ended *sso.UnauthorizedException
	if err != nil && !errors.As(err, &ended) {
		opts.warnf("the session at %s may still be open: %v", tok.StartURL, err)
	}
}

// sendingWait bounds the wait for a refresh that another process is sending.
const sendingWait = 5 * time.Second

// aliveToken returns an access token of the sign-in that the portal takes, if one
// can be had: with an expired one it would leave the session open, and its
// refresh token in force. A refresh token that another process may have sent is not
// sent again.
func aliveToken(ctx context.Context, p *profile.Profile, key string, tok *tokencache.Token, opts Options) tokencache.Secret {
	now := opts.Now()
	if !tok.Expired(now) || !tok.Refreshable(now) {
		return tok.AccessToken
	}
	oidc, err := ssoclient.OIDC(p, opts.ClientConfig)
	if err != nil {
		return tok.AccessToken
	}
	wait, cancel := context.WithTimeout(ctx, sendingWait)
	defer cancel()
	unlock, err := lockSending(wait, opts.Cache, key)
	switch {
	case err == nil:
		defer unlock()
	case errors.Is(err, context.DeadlineExceeded):
		opts.debugf("not refreshing the token to log out: another process is refreshing it")
		return tok.AccessToken
	}
	if newer, err := opts.Cache.Load(ctx, key); err == nil && newer.RefreshToken != tok.RefreshToken {
		return newer.AccessToken
	}
	opts.debugf("calling CreateToken, to log out with a token that has not expired")
	out, err := oidc.CreateToken(ctx, &ssooidc.CreateTokenInput{
		GrantType:    aws.String("refresh_token"),
		ClientId:     aws.String(tok.ClientID),
		ClientSecret: aws.String(string(tok.ClientSecret)),
		RefreshToken: aws.String(string(tok.RefreshToken)),
	})
	if err != nil || aws.ToString(out.AccessToken) == "" {
		return tok.AccessToken // what is wrong, Logout will find out too
	}
	return tokencache.Secret(*out.AccessToken)
}
