package main

import (
	"context"
	"errors"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/latchkey-sso/latchkey/credserver"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/rolecache"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// source gives the credentials of one profile to the server.
type source struct {
	app     *app
	profile *profile.Profile
	tokens  tokencache.Cache
	roles   rolecache.Cache

	mu   sync.Mutex
	had  bool     // the server has got credentials
	last presence // when it did
}

// presence is what the caches hold of a sign-in. Signing in and out both delete the role credentials of
// the session, and so does the AWS CLI, but for its sign-in.
type presence struct {
	token     bool
	accessKey string // of the role credentials; empty if there are none
}

// served returns what credserver needs of a profile.
func (a *app) served(p *profile.Profile, tokens tokencache.Cache, roles rolecache.Cache) credserver.Profile {
	s := &source{app: a, profile: p, tokens: tokens, roles: roles}
	return credserver.Profile{Name: p.Name, Role: roleOf(p), Credentials: aws.CredentialsProviderFunc(s.retrieve), Check: s.check}
}

func (s *source) retrieve(ctx context.Context) (aws.Credentials, error) {
	creds, err := s.app.longLivedCredentials(ctx, s.profile, s.roles)
	signedIn := err == nil
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil && !s.had {
		if old, ok := s.app.storedCredentials(ctx, s.profile, s.roles); ok {
			creds, err = old, nil
		}
	}
	if err == nil {
		s.had, s.last = true, s.presence(ctx)
		s.last.token = s.last.token || signedIn // by now the user may have signed out again
	}
	return creds, err
}

// check returns an error if the user has signed out, or in again, since the credentials were obtained:
// they may be those of another user. Other credentials of the role on disk mean the same, or that another
// process has renewed them.
func (s *source) check(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.presence(ctx) == s.last {
		return nil
	}
	return errors.New("the sign-in has changed")
}

// presence looks at the caches. What cannot be read counts as unchanged.
func (s *source) presence(ctx context.Context) presence {
	now := s.last
	if _, err := s.tokens.Load(ctx, s.profile.Session.CacheKey()); err == nil || errors.Is(err, tokencache.ErrNotFound) {
		now.token = err == nil
	}
	creds, err := s.roles.Load(ctx, roleKey(s.profile))
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
