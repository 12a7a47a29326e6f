package provider

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/latchkey-sso/latchkey/rolecache"
	"github.com/latchkey-sso/latchkey/sso"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// storedWindow is the least time left for credentials from the role cache, the
// AWS CLI's rule for the files it shares with us.
const storedWindow = 15 * time.Minute

// obtainRole gets role credentials from the role cache or from Identity
// Center; where neither gives new ones, it goes on with old ones still valid.
func (p *Provider) obtainRole(ctx context.Context) (aws.Credentials, error) {
	if creds, ok := p.session.freshRole(p.roleKey(), p.opts.Now()); ok {
		return creds, nil
	}
	stored, ok := p.loadRole(ctx)
	if ok {
		return stored, nil
	}
	if p.opts.RoleCache != nil {
		defer p.lock(ctx, "role credentials", func(ctx context.Context) (func(), error) {
			return p.opts.RoleCache.Lock(ctx, p.roleKey())
		})()
		if stored, ok = p.loadRole(ctx); ok {
			return stored, nil
		}
	}
	creds, err := p.fetchRole(ctx)
	if err != nil {
		return p.withoutNewRole(stored, err)
	}
	p.session.holdRole(p.roleKey(), creds, p.opts.Now(), time.Time{})
	p.storeRole(ctx, creds)
	return creds, nil
}

// withoutNewRole returns the best old credentials still valid, else err.
func (p *Provider) withoutNewRole(stored aws.Credentials, err error) (aws.Credentials, error) {
	now := p.opts.Now()
	best, _ := p.session.validRole(p.roleKey(), now)
	if stored.Expires.After(best.Expires) {
		best = stored
	}
	if !best.Expires.After(now) {
		return aws.Credentials{}, err
	}
	p.session.holdRole(p.roleKey(), best, now, now.Add(retryPause))
	p.warnf("profile %q: keeping credentials until %s: %v", p.profile.Name, best.Expires.Format(time.RFC3339), err)
	return best, nil
}

// fetchRole calls GetRoleCredentials. A token that the server turns down is
// replaced once, by what another process has stored since or by a refresh.
func (p *Provider) fetchRole(ctx context.Context) (aws.Credentials, error) {
	tok, err := p.token(ctx, "")
	if err != nil {
		return aws.Credentials{}, err
	}
	creds, err := p.getRoleCredentials(ctx, tok)
	if !tokenRefused(err) {
		return creds, err
	}
	p.debugf("GetRoleCredentials: access token refused, looking for another")
	if tok, err = p.token(ctx, tok.AccessToken); err != nil {
		return aws.Credentials{}, err
	}
	creds, err = p.getRoleCredentials(ctx, tok)
	if tokenRefused(err) {
		return aws.Credentials{}, loginRequired(p.profile, err, "Identity Center no longer accepts the sign-in")
	}
	return creds, err
}

func (p *Provider) getRoleCredentials(ctx context.Context, tok *tokencache.Token) (aws.Credentials, error) {
	client, err := p.portal()
	if err != nil {
		return aws.Credentials{}, fmt.Errorf("provider: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	p.debugf("calling GetRoleCredentials for account %s, role %s", p.profile.AccountID, p.profile.RoleName)
	out, err := client.GetRoleCredentials(ctx, &sso.GetRoleCredentialsInput{
		AccessToken: aws.String(string(tok.AccessToken)),
		AccountId:   aws.String(p.profile.AccountID),
		RoleName:    aws.String(p.profile.RoleName),
	})
	if err != nil {
		return aws.Credentials{}, fmt.Errorf("provider: get credentials of role %q in account %s%s: %w",
			p.profile.RoleName, p.profile.AccountID, p.clockNote(answeredAt(err)), err)
	}
	got := out.RoleCredentials
	creds := aws.Credentials{
		AccessKeyID:     aws.ToString(got.AccessKeyId),
		SecretAccessKey: aws.ToString(got.SecretAccessKey),
		SessionToken:    aws.ToString(got.SessionToken),
		Source:          Name,
		AccountID:       p.profile.AccountID,
		CanExpire:       true,
		Expires:         time.UnixMilli(got.Expiration).UTC(),
	}
	if !creds.Expires.After(p.opts.Now()) {
		return aws.Credentials{}, fmt.Errorf("provider: get credentials of role %q in account %s: they ended at %s%s",
			p.profile.RoleName, p.profile.AccountID, creds.Expires.Format(time.RFC3339), p.clockNote(sentAt(out.ResultMetadata)))
	}
	return creds, nil
}

// loadRole returns what the role cache holds, and whether it has long enough
// to go; if so, it is kept in memory too.
func (p *Provider) loadRole(ctx context.Context) (aws.Credentials, bool) {
	if p.opts.RoleCache == nil {
		return aws.Credentials{}, false
	}
	stored, err := p.opts.RoleCache.Load(ctx, p.roleKey())
	if err != nil {
		if !errors.Is(err, rolecache.ErrNotFound) {
			p.debugf("role cache: %v", err)
		}
		return aws.Credentials{}, false
	}
	creds := aws.Credentials{
		AccessKeyID:     stored.AccessKeyID,
		SecretAccessKey: string(stored.SecretAccessKey),
		SessionToken:    string(stored.SessionToken),
		Source:          Name,
		AccountID:       p.profile.AccountID, // files of older AWS CLIs lack it
		CanExpire:       true,
		Expires:         stored.Expires,
	}
	if creds.Expires.Sub(p.opts.Now()) < storedWindow {
		return creds, false
	}
	p.session.holdRole(p.roleKey(), creds, p.opts.Now(), time.Time{})
	return creds, true
}

func (p *Provider) storeRole(ctx context.Context, creds aws.Credentials) {
	if p.opts.RoleCache == nil {
		return
	}
	err := p.opts.RoleCache.Store(ctx, p.roleKey(), &rolecache.Credentials{
		AccessKeyID:     creds.AccessKeyID,
		SecretAccessKey: rolecache.Secret(creds.SecretAccessKey),
		SessionToken:    rolecache.Secret(creds.SessionToken),
		Expires:         creds.Expires,
		AccountID:       creds.AccountID,
	})
	if err != nil {
		p.warnOnce(cacheTrouble, "role credentials are kept in memory only: %v", err)
	}
}
