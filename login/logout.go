package login

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/logging"

	"github.com/latchkey-sso/latchkey/internal/connect"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/sso"
	"github.com/latchkey-sso/latchkey/ssooidc"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// Logout ends the sign-in of p's session at Identity Center and deletes its
// token. It returns false when there was none. An expired access token is
// refreshed for that, as nobody could end the session with it. Role credentials
// that were made with it stay valid until their own end.
//
// The token is deleted whatever Identity Center answers, also when it cannot be
// reached; a warning is logged then. An error means that the token could not be
// deleted.
func Logout(ctx context.Context, p *profile.Profile, optFns ...func(*Options)) (bool, error) {
	opts, err := newOptions(optFns)
	if err != nil {
		return false, err
	}
	if p.Session == nil {
		return false, fmt.Errorf("login: profile %q has no SSO settings", p.Name)
	}
	key := p.Session.CacheKey()
	at, cancel := context.WithTimeout(ctx, storeLockWait)
	defer cancel()
	if unlock, err := opts.Cache.Lock(at, key); err == nil {
		defer unlock() // a refresh under way must not bring the token back
	}
	tok, err := opts.Cache.Load(ctx, key)
	var invalid *tokencache.InvalidError
	switch {
	case errors.Is(err, tokencache.ErrNotFound):
		return false, nil
	case errors.As(err, &invalid): // nothing to tell the server, but the file goes
	case err != nil:
		return false, fmt.Errorf("login: log out: %w", err)
	default:
		endSession(ctx, p, tok, opts)
	}
	if err := opts.Cache.Delete(ctx, key); err != nil {
		return false, fmt.Errorf("login: log out: %w", err)
	}
	return true, nil
}

// LogoutAll ends every sign-in in the directory, whichever tool made it, in the
// way of [Logout], all at the same time, and returns how many there were. p says
// how Identity Center is reached (endpoints, CA bundle); its session and name are
// not used. Damaged files and client registrations stay. It goes on after a token
// that could not be deleted, and returns such errors joined.
func LogoutAll(ctx context.Context, dir tokencache.Dir, p *profile.Profile, optFns ...func(*Options)) (int, error) {
	opts, err := newOptions(append(slices.Clip(optFns), func(o *Options) { o.Cache = dir }))
	if err != nil {
		return 0, err
	}
	entries, err := dir.Entries(ctx)
	if err != nil {
		return 0, fmt.Errorf("login: log out: %w", err)
	}
	// All at once: where a server cannot be reached, each takes its full time.
	var wg sync.WaitGroup
	errs := make([]error, len(entries))
	for i, entry := range entries {
		wg.Go(func() { errs[i] = logoutEntry(ctx, dir, entry, p, opts) })
	}
	wg.Wait()
	ended := len(entries)
	for _, err := range errs {
		if err != nil {
			ended--
		}
	}
	return ended, errors.Join(errs...)
}

func logoutEntry(ctx context.Context, dir tokencache.Dir, entry tokencache.Entry, p *profile.Profile, opts Options) error {
	at, cancel := context.WithTimeout(ctx, storeLockWait)
	defer cancel()
	if unlock, err := dir.LockEntry(at, entry); err == nil {
		defer unlock() // a refresh under way must not bring the token back
	}
	if entry.Token.Region != "" {
		there := *p
		there.Session = &profile.Session{Region: entry.Token.Region}
		endSession(ctx, &there, entry.Token, opts)
	}
	if err := dir.DeleteEntry(ctx, entry); err != nil {
		return fmt.Errorf("login: log out: %w", err)
	}
	return nil
}

// logoutTimeout bounds the request that ends one session: the token is deleted
// in any case, and the person waits.
const logoutTimeout = 10 * time.Second

// endSession tells Identity Center that the sign-in is no longer in use.
func endSession(ctx context.Context, p *profile.Profile, tok *tokencache.Token, opts Options) {
	ctx, cancel := context.WithTimeout(ctx, logoutTimeout)
	defer cancel()
	if opts.ClientConfig.RetryMaxAttempts == 0 {
		opts.ClientConfig.RetryMaxAttempts = 2 // the person waits, and nothing depends on it
	}
	portal, err := connect.Portal(p, opts.ClientConfig)
	if err == nil {
		access := aliveToken(ctx, p, tok, opts)
		opts.ClientConfig.Logger.Logf(logging.Debug, "calling Logout for %s", tok.StartURL)
		_, err = portal.Logout(ctx, &sso.LogoutInput{AccessToken: aws.String(string(access))})
	}
	var ended *sso.UnauthorizedException
	if err != nil && !errors.As(err, &ended) {
		opts.ClientConfig.Logger.Logf(logging.Warn, "the session at %s may still be open: %v", tok.StartURL, err)
	}
}

// aliveToken returns an access token of the sign-in that the portal takes, if one
// can be had: with an expired one it would leave the session open, and its
// refresh token in force.
func aliveToken(ctx context.Context, p *profile.Profile, tok *tokencache.Token, opts Options) tokencache.Secret {
	now := opts.Now()
	if !tok.Expired(now) || !tok.Refreshable(now) {
		return tok.AccessToken
	}
	oidc, err := connect.OIDC(p, opts.ClientConfig)
	if err != nil {
		return tok.AccessToken
	}
	opts.ClientConfig.Logger.Logf(logging.Debug, "calling CreateToken, to log out with a token that has not expired")
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
