package provider

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/rolecache"
	"github.com/latchkey-sso/latchkey/sso"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// storedWindow is the least time left for credentials from the role cache, the
// AWS CLI's rule for the files it shares with us. It is a third of the lifetime for
// those that live for less than 45 minutes: see storedWindowOf.
const storedWindow = 15 * time.Minute

func roleKey(p *profile.Profile) rolecache.Key {
	return rolecache.Key{
		Session:   p.Session.Name,
		StartURL:  p.Session.StartURL,
		AccountID: p.AccountID,
		RoleName:  p.RoleName,
	}
}

// obtainRole gets role credentials from the role cache or from Identity
// Center; where neither gives new ones, it goes on with old ones still valid.
func (p *Provider) obtainRole(ctx context.Context) (aws.Credentials, error) {
	now, signIn := p.opts.Now(), p.role.signIns.Load()
	if creds, ok := p.role.fresh(now); ok {
		return creds, nil
	}
	old, ok := p.loadRole(ctx)
	if ok {
		return old, nil
	}
	if held, ok := p.role.valid(now); ok && held.Expires.After(old.Expires) {
		old = held
	}
	creds, err := p.newRole(ctx, signIn, old.Expires.After(now))
	if err != nil {
		return p.withoutNewRole(old, signIn, err)
	}
	return creds, nil
}

// withoutNewRole goes on with old credentials while they are valid; else it
// returns err.
func (p *Provider) withoutNewRole(old aws.Credentials, signIn uint64, err error) (aws.Credentials, error) {
	now := p.opts.Now()
	if !old.Expires.After(now) {
		return aws.Credentials{}, err
	}
	p.role.hold(old, signIn, now, now.Add(retryPause))
	if _, ok := p.role.valid(now); !ok {
		return aws.Credentials{}, err // the wall clock was set back, or the sign-in has changed
	}
	if errors.Is(err, errBusy) {
		p.debugf("profile %q: keeping credentials until %s: %v", p.profile.Name, old.Expires.Format(time.RFC3339), err)
	} else {
		p.warnf("profile %q: keeping credentials until %s: %v", p.profile.Name, old.Expires.Format(time.RFC3339), err)
	}
	return old, nil
}

// newRole gets role credentials that are not at hand. One process at a time does,
// where there is a role cache for the others to find them in.
func (p *Provider) newRole(ctx context.Context, signIn uint64, haveOld bool) (aws.Credentials, error) {
	tok, err := p.token(ctx) // before the role's lock, since it may wait for one of its own
	if err != nil {
		return aws.Credentials{}, err
	}
	if p.opts.RoleCache != nil {
		unlock, err := p.lockRole(ctx, haveOld)
		if err != nil {
			return aws.Credentials{}, err
		}
		defer unlock()
		if creds, ok := p.loadRole(ctx); ok {
			return creds, nil
		}
	}
	creds, tok, err := p.fetchRole(ctx, tok)
	if err != nil {
		return aws.Credentials{}, err
	}
	if !p.storeRole(ctx, tok, creds) {
		p.debugf("GetRoleCredentials: the token was replaced meanwhile, not keeping the credentials")
		return creds, nil
	}
	now := p.opts.Now()
	p.role.hold(creds, signIn, now, now.Add(retryPause))
	return creds, nil
}

// fetchRole calls GetRoleCredentials and returns the token it did so with. A token
// that the service rejects is replaced once, by what another process has stored since
// or by a refresh. One that was obtained a moment ago is not refreshed: the next would
// fare no better.
func (p *Provider) fetchRole(ctx context.Context, tok *tokencache.Token) (aws.Credentials, *tokencache.Token, error) {
	creds, err := p.getRoleCredentials(ctx, tok)
	if !tokenRefused(err) {
		return creds, tok, err
	}
	next := p.theirs(ctx, tok)
	if next == nil && !p.session.obtainedSince(tok.AccessToken, p.opts.Now().Add(-retryPause)) {
		p.debugf("GetRoleCredentials: access token rejected, looking for another")
		p.session.refuse(tok.AccessToken)
		var nerr error
		next, nerr = p.token(ctx)
		if nerr == nil && p.session.isRefused(next.AccessToken) {
			next, nerr = p.token(ctx) // what came was of a refresh that had begun before
		}
		if nerr != nil {
			return aws.Credentials{}, nil, nerr
		}
	}
	if next != nil {
		if creds, err = p.getRoleCredentials(ctx, next); !tokenRefused(err) {
			return creds, next, err
		}
		if !p.session.obtainedSince(next.AccessToken, p.opts.Now().Add(-retryPause)) {
			p.session.refuse(next.AccessToken)
		}
	}
	return aws.Credentials{}, nil, loginRequired(p.profile, err, "Identity Center no longer accepts the sign-in%s", p.clockNote(answeredAt(err)))
}

func (p *Provider) getRoleCredentials(ctx context.Context, tok *tokencache.Token) (aws.Credentials, error) {
	client, err := p.portal()
	if err != nil {
		return aws.Credentials{}, fmt.Errorf("provider: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	p.warnPlainHTTP(p.profile.Endpoints.SSO)
	p.debugf("calling GetRoleCredentials for account %s, role %s", p.profile.AccountID, p.profile.RoleName)
	out, err := client.GetRoleCredentials(ctx, &sso.GetRoleCredentialsInput{
		AccessToken: aws.String(string(tok.AccessToken)),
		AccountId:   aws.String(p.profile.AccountID),
		RoleName:    aws.String(p.profile.RoleName),
	})
	if err != nil {
		note := p.clockNote(answeredAt(err))
		if status(err) == http.StatusUnauthorized && !tokenRefused(err) {
			note = ": the response is not from Identity Center"
		}
		return aws.Credentials{}, fmt.Errorf("provider: get credentials of role %q in account %s%s: %w",
			p.profile.RoleName, p.profile.AccountID, note, err)
	}
	got := out.RoleCredentials
	creds := p.credentials(aws.ToString(got.AccessKeyId), aws.ToString(got.SecretAccessKey), aws.ToString(got.SessionToken), time.UnixMilli(got.Expiration))
	if !creds.Expires.After(p.opts.Now()) {
		return aws.Credentials{}, fmt.Errorf("provider: get credentials of role %q in account %s: they ended at %s%s",
			p.profile.RoleName, p.profile.AccountID, creds.Expires.Format(time.RFC3339), p.clockNote(dateOf(out.ResultMetadata)))
	}
	return creds, nil
}

// credentials are the profile's, in the SDK's form. The account is that of the
// profile: files of older AWS CLIs lack it.
func (p *Provider) credentials(id, secret, token string, expires time.Time) aws.Credentials {
	return aws.Credentials{
		AccessKeyID:     id,
		SecretAccessKey: secret,
		SessionToken:    token,
		Source:          Name,
		AccountID:       p.profile.AccountID,
		CanExpire:       true,
		Expires:         expires.UTC(),
	}
}

// storedRole is loadRole for a caller that shares no flight. The credentials are nil if
// there are none with long enough to go. The error is that of bounded.
func (p *Provider) storedRole(ctx context.Context) (*aws.Credentials, error) {
	if p.opts.RoleCache == nil {
		return nil, nil
	}
	return bounded(ctx, p.session.reads, "load credentials of role "+p.profile.RoleName, func() (*aws.Credentials, error) {
		if creds, ok := p.loadRole(context.WithoutCancel(ctx)); ok { // bounded already
			return &creds, nil
		}
		return nil, nil
	})
}

// loadRole returns what the role cache holds, and whether it has long enough
// to go; if so, it is kept in memory too.
func (p *Provider) loadRole(ctx context.Context) (aws.Credentials, bool) {
	if p.opts.RoleCache == nil {
		return aws.Credentials{}, false
	}
	signIn := p.role.signIns.Load()
	stored, err := p.opts.RoleCache.Load(ctx, roleKey(p.profile))
	if err != nil || stored == nil {
		if !errors.Is(err, rolecache.ErrNotFound) {
			p.debugf("role cache: %v", err)
		}
		return aws.Credentials{}, false
	}
	creds := p.credentials(stored.AccessKeyID, string(stored.SecretAccessKey), string(stored.SessionToken), stored.Expires)
	now := p.opts.Now()
	if left := creds.Expires.Sub(now); left < storedWindow && left < p.storedWindowOf(ctx, creds) {
		return creds, false
	}
	p.role.hold(creds, signIn, now, time.Time{})
	return creds, true
}

// storedWindowOf is the least time left for these credentials from the role cache. With
// the AWS CLI's rule every process would send a request for a role whose credentials
// live for 15 minutes.
func (p *Provider) storedWindowOf(ctx context.Context, creds aws.Credentials) time.Duration {
	cache, ok := p.opts.RoleCache.(rolecache.Ager)
	if !ok {
		return storedWindow
	}
	at, err := cache.StoredAt(ctx, roleKey(p.profile))
	if err != nil {
		return storedWindow
	}
	return min(max(creds.Expires.Sub(at)/3, roleWindow), storedWindow)
}

// storeRole writes role credentials that were obtained with tok to the role cache, and
// reports whether they may be kept at all: not once another token has taken its place,
// which may be that of another user, or none. Signing in and out first change the
// token and then delete the role credentials of the session. So whichever comes first,
// that or the store, none of another sign-in are left.
func (p *Provider) storeRole(ctx context.Context, tok *tokencache.Token, creds aws.Credentials) bool {
	if !p.current(ctx, tok) {
		return false
	}
	if p.opts.RoleCache == nil {
		return true
	}
	err := p.opts.RoleCache.Store(ctx, roleKey(p.profile), &rolecache.Credentials{
		AccessKeyID:     creds.AccessKeyID,
		SecretAccessKey: rolecache.Secret(creds.SecretAccessKey),
		SessionToken:    rolecache.Secret(creds.SessionToken),
		Expires:         creds.Expires,
		AccountID:       creds.AccountID,
	})
	if err != nil {
		p.warnOnce(roleTrouble, "role credentials are kept in memory only: %v", err)
		return true
	}
	ctx = context.WithoutCancel(ctx) // what was stored must not stay unchecked
	if p.current(ctx, tok) {
		return true
	}
	if err := p.opts.RoleCache.Delete(ctx, roleKey(p.profile)); err != nil {
		p.warnf("role credentials of the sign-in before could not be deleted: %v", err)
	}
	return false
}

// current reports whether tok is still the token of the session. A cache that cannot
// be read says nothing against it.
func (p *Provider) current(ctx context.Context, tok *tokencache.Token) bool {
	now, err := p.loadToken(ctx)
	if err != nil {
		var none *LoginRequiredError
		return !errors.As(err, &none)
	}
	return now.AccessToken == tok.AccessToken
}
