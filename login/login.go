// Package login signs users in to and out of IAM Identity Center.
//
// [Login] runs the authorization code flow with PKCE (RFC 6749, RFC 7636, RFC 8252) or
// the device authorization flow (RFC 8628), and stores the token where every AWS tool
// finds it. A [UI] tells the user what to do.
//
// Both signing in and signing out delete the session's role credentials from
// Options.RoleCache and from the memory of this process: they may belong to another user.
// Other processes keep theirs until they renew them.
package login

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/latchkey-sso/latchkey/internal/ssoclient"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/provider"
	"github.com/latchkey-sso/latchkey/ssooidc"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// ErrDenied means that the user, or an administrator, denied the sign-in.
var ErrDenied = errors.New("login: the sign-in was denied")

// ErrExpired means that the user did not approve the sign-in in time.
var ErrExpired = errors.New("login: the sign-in was not approved in time")

// Login signs in to the session of p and stores the token, even if a valid one is already
// stored. If another process is signing in to the session, Login waits up to twelve minutes,
// longer than any sign-in takes, and returns that process's token. Login deletes the
// session's role credentials (see Options.RoleCache), and logs a failure to do so.
//
// A start URL on another host than AWS's must redirect once to an AWS access portal, unless
// the profile has an SSO OIDC endpoint. Cache files are named after the configured URL.
//
// The error wraps [ErrDenied] or [ErrExpired], is a *profile.Error or [*RegionError] about
// the session's settings, is ctx's error, or comes from a request or from the cache. If the
// cache cannot store the token, Login fails before it asks the user.
func Login(ctx context.Context, p profile.SignIn, ui UI, optFns ...func(*Options)) (*tokencache.Token, error) {
	s, err := newSignIn(p, ui, optFns)
	if err != nil {
		return nil, err
	}
	if err := s.checkCache(ctx); err != nil {
		return nil, err
	}
	theirs, unlock, err := s.turn(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if theirs != nil {
		provider.Forget(s.opts.TokenCache, s.session.CacheKey()) // the other process has deleted the files
		return theirs, nil
	}
	if err := s.resolve(ctx, p); err != nil {
		return nil, err
	}
	tok, err := s.run(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.opts.deleteRoles(ctx, p.Session); err != nil {
		s.warnf("role credentials of an earlier sign-in could not be deleted: %v", err)
	}
	return tok, nil
}

// signIn is one sign-in to one session.
type signIn struct {
	session  *profile.Session
	startURL string // of the AWS access portal
	oidc     *ssooidc.Client
	deadline time.Time // for the user's approval
	ui       UI
	opts     Options
}

func newSignIn(p profile.SignIn, ui UI, optFns []func(*Options)) (*signIn, error) {
	if err := checkProfile(p); err != nil {
		return nil, err
	}
	opts, err := newOptions(p.Session, optFns)
	if err != nil {
		return nil, err
	}
	if err := checkStartURL(p); err != nil {
		return nil, err
	}
	if err := checkFlow(p, opts.Flow); err != nil {
		return nil, err
	}
	oidc, err := ssoclient.OIDC(p, opts.settings)
	if err != nil {
		return nil, err
	}
	opts.warnPlainHTTP(p.Session.StartURL, p.Endpoints.SSOOIDC)
	return &signIn{session: p.Session, startURL: p.Session.StartURL, oidc: oidc, ui: ui, opts: opts}, nil
}

// checkProfile returns an error if p lacks a setting.
func checkProfile(p profile.SignIn) error {
	switch {
	case p.Session == nil:
		return p.NewError("sso_session", "no SSO settings", "add sso_session")
	case p.Session.StartURL == "":
		return p.NewError("sso_start_url", "sso_start_url is missing", "add sso_start_url = <https URL of your AWS access portal>")
	case p.Session.Region == "":
		return p.NewError("sso_region", "sso_region is missing", "add sso_region = <region of your Identity Center>")
	}
	return nil
}

// checkStartURL rejects the start URLs that the AWS CLI rejects.
func checkStartURL(p profile.SignIn) error {
	u, err := url.Parse(p.Session.StartURL)
	if err != nil || u.Scheme != "https" || u.Host == "" {
		return p.NewError("sso_start_url", "sso_start_url is not an https URL", "set it to the https URL of your AWS access portal")
	}
	return nil
}

// checkCache fails if the cache is not writable, and warns if other users can write to it.
func (s *signIn) checkCache(ctx context.Context) error {
	if cache, ok := s.opts.TokenCache.(tokencache.WriteChecker); ok {
		if err := cache.CheckWritable(ctx, s.session.CacheKey()); err != nil {
			return fmt.Errorf("login: the token cannot be stored: %w", err)
		}
	}
	if cache, ok := s.opts.TokenCache.(tokencache.PrivacyChecker); ok {
		if err := cache.CheckPrivate(ctx); err != nil {
			s.warnf("%v", err)
		}
	}
	return nil
}

// storeLockWait limits how long a sign-in or sign-out waits for a refresh in progress.
const storeLockWait = 30 * time.Second

// store stores a new token. The lock keeps a refresh of the old token from overwriting it.
func (s *signIn) store(ctx context.Context, tok *tokencache.Token) error {
	key := s.session.CacheKey()
	at, cancel := context.WithTimeout(ctx, storeLockWait)
	defer cancel()
	unlock, err := s.opts.TokenCache.Lock(at, key)
	if err == nil {
		defer unlock()
	}
	if err := s.opts.TokenCache.Store(ctx, key, tok); err != nil {
		return fmt.Errorf("login: store token: %w", err)
	}
	if err := s.opts.copy.Update(ctx, tok, s.opts.Now()); err != nil {
		s.warnf("%v", err)
	}
	if cache, ok := s.opts.TokenCache.(tokencache.NoteCache); ok {
		if err := cache.DeleteNote(ctx, key); err != nil {
			s.debugf("delete the note on the old refresh token: %v", err)
		}
	}
	return nil
}

func (s *signIn) warnf(format string, args ...any)  { s.opts.warnf(format, args...) }
func (s *signIn) debugf(format string, args ...any) { s.opts.debugf(format, args...) }
