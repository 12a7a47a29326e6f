package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/latchkey-sso/latchkey/credserver"
	"github.com/latchkey-sso/latchkey/internal/assumerole"
	"github.com/latchkey-sso/latchkey/internal/redact"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/provider"
	"github.com/latchkey-sso/latchkey/rolecache"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// source gives the credentials of one profile to the server.
type source struct {
	app     *app
	profile *profile.Profile
	signIn  *profile.Profile // the profile itself, or the one at the end of its source_profile chain
	tokens  tokencache.Cache
	roles   rolecache.Cache

	mu    sync.Mutex
	had   bool // the server has had credentials
	state signInState
}

// signInState is what the caches hold of a sign-in. Signing in and signing out delete the role
// credentials of the session; the AWS CLI does so when signing out.
type signInState struct {
	token     bool
	accessKey string // of the role credentials; empty if there are none
}

// served returns what credserver needs of a profile.
func (a *app) served(p *profile.Profile, tokens tokencache.Cache, roles rolecache.Cache) credserver.Profile {
	s := &source{app: a, profile: p, signIn: p.Origin(), tokens: tokens, roles: roles}
	return credserver.Profile{Name: p.Name, Role: roleOf(p), Credentials: aws.CredentialsProviderFunc(s.retrieve), Check: s.check}
}

func (s *source) retrieve(ctx context.Context) (aws.Credentials, error) {
	creds, err := s.longLived(ctx)
	signedIn := err == nil
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil && !s.had {
		if old, ok := s.stored(ctx); ok {
			creds, err = old, nil
		}
	}
	if err == nil {
		s.had, s.state = true, s.load(ctx)
		s.state.token = s.state.token || signedIn // by now the user may have signed out again
	}
	return creds, err
}

// check returns an error if the user has signed out, or in again, since the credentials were
// obtained: they may belong to another user. Other role credentials on disk mean the same, or that
// another process has renewed them.
func (s *source) check(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.load(ctx) == s.state {
		return nil
	}
	return errors.New("the sign-in has changed")
}

// load reads the caches. A cache that cannot be read counts as unchanged.
func (s *source) load(ctx context.Context) signInState {
	now := s.state
	if _, err := s.tokens.Load(ctx, s.signIn.Session.CacheKey()); err == nil || errors.Is(err, tokencache.ErrNotFound) {
		now.token = err == nil
	}
	creds, err := s.roles.Load(ctx, roleKey(s.signIn))
	switch {
	case err == nil:
		now.accessKey = creds.AccessKeyID
	case errors.Is(err, rolecache.ErrNotFound):
		now.accessKey = ""
	}
	return now
}

func roleKey(p *profile.Profile) rolecache.Key {
	return rolecache.Key{Session: p.Session.Name, StartURL: p.Session.StartURL, AccountID: p.AccountID, RoleName: p.RoleName}
}

// leastLeft is how long credentials from a cache must be valid. It is longer than credserver waits
// before it renews them.
const leastLeft = 25 * time.Minute

// longLived gets credentials that need no renewal soon. A provider keeps its credentials in memory
// until their last five minutes, which is too long here. A new one, with a cache that it cannot share,
// has none.
func (s *source) longLived(ctx context.Context) (aws.Credentials, error) {
	c, err := s.app.credentialsOf(s.profile, func(o *provider.Options, role *assumerole.Options) {
		o.RoleCache = longLivedCache{Cache: s.roles, now: s.app.now}
		role.RenewBefore = leastLeft
		role.MFACode = func(_ context.Context, serial string) (redact.Secret, error) {
			return "", &mfaRequiredError{s.profile.Name, serial}
		}
	})
	if err != nil {
		return aws.Credentials{}, err
	}
	return c.Retrieve(ctx)
}

// mfaRequiredError is the error about a role that needs an MFA code: a server cannot ask for it.
type mfaRequiredError struct{ profile, serial string }

func (e *mfaRequiredError) Error() string { return "the role needs a code from MFA device " + e.serial }

// stored returns valid credentials from the role cache, however soon they expire.
func (s *source) stored(ctx context.Context) (aws.Credentials, bool) {
	if s.profile.RoleARN != "" {
		return aws.Credentials{}, false // assumerole returns them itself
	}
	stored, err := s.roles.Load(ctx, roleKey(s.signIn))
	if err != nil || !stored.Expires.After(s.app.now()) {
		return aws.Credentials{}, false
	}
	return aws.Credentials{
		AccessKeyID: stored.AccessKeyID, SecretAccessKey: string(stored.SecretAccessKey), SessionToken: string(stored.SessionToken),
		CanExpire: true, Expires: stored.Expires, AccountID: s.profile.AccountID, Source: provider.Name,
	}, true
}

// longLivedCache is a role cache that hides credentials that expire soon. It cannot be compared, so
// providers do not share what they hold in memory.
type longLivedCache struct {
	rolecache.Cache
	now func() time.Time
	_   [0]func()
}

// Load implements rolecache.Cache.
func (c longLivedCache) Load(ctx context.Context, key rolecache.Key) (*rolecache.Credentials, error) {
	creds, err := c.Cache.Load(ctx, key)
	if err == nil && creds.Expires.Sub(c.now()) < leastLeft {
		return nil, fmt.Errorf("%w: the credentials expire soon", rolecache.ErrNotFound)
	}
	return creds, err
}
