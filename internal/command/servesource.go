package command

import (
	"context"
	"errors"
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
	"github.com/latchkey-sso/latchkey/tokenstore"
)

// renewBefore is when a provider renews credentials: no later than credserver asks for new ones.
const renewBefore = 25 * time.Minute

// leastStored is how long credentials from the role cache must be valid to be served at the start. If they
// expire sooner, botocore asks again on every call.
const leastStored = 15 * time.Minute

// source gives the credentials of one profile to the server.
type source struct {
	*profileCredentials

	store *tokenstore.Store // of the sign-in
	now   func() time.Time

	mu     sync.Mutex
	called bool // renew has been called
	state  signInState
}

// signInState is the state of a sign-in in the caches. Signing in and signing out delete the role
// credentials of the session; the AWS CLI does so when signing out.
type signInState struct {
	token     bool
	accessKey string // of the role credentials; empty if there are none
}

// served returns the profile for credserver.
func (a *app) served(p *profile.Profile) (credserver.Profile, error) {
	credentials, err := a.credentialsOf(p, func(o *provider.Options, role *assumerole.Options) {
		o.RenewBefore, role.RenewBefore = renewBefore, renewBefore
		role.MFACode = func(_ context.Context, serial string) (redact.Secret, error) {
			return "", &mfaRequiredError{p.Name, serial}
		}
	})
	if err != nil {
		return credserver.Profile{}, err
	}
	store, err := a.store(credentials.signIn.Session)
	if err != nil {
		return credserver.Profile{}, err
	}
	s := &source{profileCredentials: credentials, store: store, now: a.now}
	return credserver.Profile{Name: p.Name, Role: roleOf(p), Credentials: aws.CredentialsProviderFunc(s.renew), Check: s.check}, nil
}

// renew returns new credentials. The first call may return those in the role cache, so that clients
// need not wait for a request. The server renews credentials that expire soon at once.
func (s *source) renew(ctx context.Context) (aws.Credentials, error) {
	before := s.load(ctx)
	creds, stored := s.stored(ctx)
	var err error
	if !stored {
		creds, err = s.Retrieve(ctx)
	}
	if err != nil {
		return creds, err
	}
	after := s.load(ctx)
	after.token = after.token || before.token // check notices a sign-out in between
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state = after
	return creds, nil
}

// check returns an error if the user has signed out, or in again, since the credentials were
// obtained: they may belong to another user. Other role credentials on disk mean the same, or that
// another process has renewed them.
func (s *source) check(ctx context.Context) error {
	now := s.load(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	if now == s.state {
		return nil
	}
	provider.Forget(s.store.Tokens, s.signIn.Session.CacheKey())
	return errors.New("the sign-in has changed")
}

// load reads the caches. A cache that cannot be read counts as unchanged.
func (s *source) load(ctx context.Context) signInState {
	s.mu.Lock()
	now := s.state
	s.mu.Unlock()
	if _, err := s.store.Tokens.Load(ctx, s.signIn.Session.CacheKey()); err == nil || errors.Is(err, tokencache.ErrNotFound) {
		now.token = err == nil
	}
	creds, err := s.store.Roles.Load(ctx, roleKey(s.signIn))
	switch {
	case err == nil:
		now.accessKey = creds.AccessKeyID
	case errors.Is(err, rolecache.ErrNotFound):
		now.accessKey = ""
	}
	return now
}

// stored returns credentials from the role cache, in its first call only.
func (s *source) stored(ctx context.Context) (aws.Credentials, bool) {
	s.mu.Lock()
	called := s.called
	s.called = true
	s.mu.Unlock()
	if called || s.profile.RoleARN != "" { // assumed roles have files of another format
		return aws.Credentials{}, false
	}
	found, err := s.store.Roles.Load(ctx, roleKey(s.profile))
	if err != nil || found.Expires.Sub(s.now()) < leastStored {
		return aws.Credentials{}, false
	}
	return aws.Credentials{
		AccessKeyID: found.AccessKeyID, SecretAccessKey: string(found.SecretAccessKey), SessionToken: string(found.SessionToken),
		CanExpire: true, Expires: found.Expires, AccountID: s.profile.AccountID, Source: provider.Name,
	}, true
}

func roleKey(p *profile.Profile) rolecache.Key {
	return rolecache.Key{Session: p.Session.Name, StartURL: p.Session.StartURL, AccountID: p.AccountID, RoleName: p.RoleName}
}

// mfaRequiredError is the error about a role that needs an MFA code, which a server cannot ask for.
type mfaRequiredError struct{ profile, serial string }

func (e *mfaRequiredError) Error() string { return "the role needs a code from MFA device " + e.serial }
