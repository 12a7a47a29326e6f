package provider

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/latchkey-sso/latchkey/internal/awserr"
	"github.com/latchkey-sso/latchkey/internal/flight"
	"github.com/latchkey-sso/latchkey/sso"
	"github.com/latchkey-sso/latchkey/tokencache"
)

const (
	// retryPause is the minimum time between attempts to renew valid credentials.
	retryPause = 30 * time.Second

	// callTimeout is the time limit of a request, including retries.
	callTimeout = 20 * time.Second
)

// retrieve returns credentials of the role from the role cache or from Identity Center.
//
// If new credentials are needed, the role cache is read twice: here, without the lock, and under
// the lock, since another process may have stored new ones.
func (p *Provider) retrieve(ctx context.Context) (aws.Credentials, error) {
	stored, err := p.storedRole(ctx)
	if err != nil {
		return aws.Credentials{}, err
	}
	if stored.fresh {
		return stored.creds, nil
	}
	return flight.Do(ctx, &p.role.flights, p.name("get credentials of"), func(ctx context.Context) (aws.Credentials, error) {
		return p.renew(ctx, stored.creds)
	})
}

// renew gets new credentials. If that fails, it returns the old ones in memory or in the role cache
// (stored) if they are still valid.
func (p *Provider) renew(ctx context.Context, stored aws.Credentials) (aws.Credentials, error) {
	now, signIn := p.opts.Now(), p.role.signIns.Load()
	if creds, ok := p.role.fresh(now, p.opts.RenewBefore); ok {
		return creds, nil // from a previous call
	}
	old := stored
	if held, ok := p.role.valid(now); ok && held.Expires.After(old.Expires) {
		old = held
	}
	creds, err := p.obtain(ctx, signIn, old.Expires.After(now))
	if err != nil {
		return p.keepOld(old, signIn, err)
	}
	return creds, nil
}

// keepOld returns old if it is still valid, or else err.
func (p *Provider) keepOld(old aws.Credentials, signIn uint64, err error) (aws.Credentials, error) {
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

// obtain gets new credentials from Identity Center. With a role cache, only one process at a time
// requests them, and the others load them from the cache.
func (p *Provider) obtain(ctx context.Context, signIn uint64, haveOld bool) (aws.Credentials, error) {
	tok, err := p.tokens.Token(ctx) // before locking the role, since this may wait for another lock
	if err != nil {
		return aws.Credentials{}, err
	}
	if p.opts.RoleCache != nil {
		began := p.opts.Now()
		unlock, err := p.lockRole(ctx, haveOld)
		if err != nil {
			return aws.Credentials{}, err
		}
		defer unlock()
		if stored := p.loadRole(ctx); stored.fresh {
			return stored.creds, nil
		}
		if err := p.recentFailure(ctx, began); err != nil {
			return aws.Credentials{}, err
		}
	}
	var creds aws.Credentials
	tok, err = p.tokens.Do(ctx, tok, func(tok *tokencache.Token) (err error) {
		creds, err = p.getRoleCredentials(ctx, tok)
		return err
	})
	if err != nil {
		return aws.Credentials{}, err
	}
	if !p.storeRole(ctx, tok, creds) {
		p.debugf("GetRoleCredentials: not keeping the credentials: the token was replaced during the request")
		return creds, nil
	}
	now := p.opts.Now()
	p.role.hold(creds, signIn, now, now.Add(retryPause))
	return creds, nil
}

func (p *Provider) getRoleCredentials(ctx context.Context, tok *tokencache.Token) (aws.Credentials, error) {
	client, err := p.portal()
	if err != nil {
		return aws.Credentials{}, err
	}
	select {
	case p.signIn.inFlight <- struct{}{}:
		defer func() { <-p.signIn.inFlight }()
	case <-ctx.Done():
		return aws.Credentials{}, p.roleError("", ctx.Err())
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	p.debugf("calling GetRoleCredentials for account %s, role %s", p.profile.AccountID, p.profile.RoleName)
	out, err := client.GetRoleCredentials(ctx, &sso.GetRoleCredentialsInput{
		AccessToken: aws.String(string(tok.AccessToken)),
		AccountId:   aws.String(p.profile.AccountID),
		RoleName:    aws.String(p.profile.RoleName),
	}, p.signIn.pacer.Pace, p.shareThrottling)
	if err != nil {
		p.noteFailure(ctx, err)
		note := awserr.ClockSkew(p.opts.Now(), err)
		if awserr.Status(err) == http.StatusUnauthorized && !awserr.RejectsToken(err) {
			note = ": the response is not from Identity Center"
		}
		return aws.Credentials{}, p.roleError(note, err)
	}
	got := out.RoleCredentials
	creds := p.credentials(aws.ToString(got.AccessKeyId), aws.ToString(got.SecretAccessKey), aws.ToString(got.SessionToken), time.UnixMilli(got.Expiration))
	if !creds.Expires.After(p.opts.Now()) {
		return aws.Credentials{}, fmt.Errorf("provider: get credentials of role %q in account %s: credentials already expired at %s%s",
			p.profile.RoleName, p.profile.AccountID, creds.Expires.Format(time.RFC3339), awserr.ClockSkewOf(p.opts.Now(), out.ResultMetadata))
	}
	return creds, nil
}

func (p *Provider) roleError(note string, err error) error {
	return fmt.Errorf("provider: get credentials of role %q in account %s%s: %w", p.profile.RoleName, p.profile.AccountID, note, err)
}

// credentials returns role credentials as aws.Credentials. The account comes from the profile, since
// older AWS CLI versions do not store it.
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

// name returns the name of a call for errors.
func (p *Provider) name(verb string) flight.Name {
	return flight.Name{Package: "provider", Call: verb + " role " + p.profile.RoleName}
}
