package provider

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/latchkey-sso/latchkey/internal/flight"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/rolecache"
	"github.com/latchkey-sso/latchkey/tokencache"
)

const (
	// storedWindow is how long before their expiry credentials in the role cache are
	// renewed, as in the AWS CLI. For short-lived credentials, see renewStored.
	storedWindow = 15 * time.Minute

	// briefWait is how long to wait for the lock of the role while old credentials are valid.
	briefWait = 100 * time.Millisecond

	// roleLockWait is how long to wait for the lock of the role if the cache stores no
	// failure notes. Continuing without the lock costs at most a second request.
	roleLockWait = 10 * time.Second
)

// errBusy is the error if another process holds the lock of the role.
var errBusy = errors.New("another process holds the lock")

func roleKey(p *profile.Profile) rolecache.Key {
	return rolecache.Key{
		Session:   p.Session.Name,
		StartURL:  p.Session.StartURL,
		AccountID: p.AccountID,
		RoleName:  p.RoleName,
	}
}

// stored are credentials from the role cache. The zero value means none.
type stored struct {
	creds aws.Credentials // may have expired
	fresh bool            // not due for renewal
}

// storedRole calls loadRole outside of a shared call.
func (p *Provider) storedRole(ctx context.Context) (stored, error) {
	if p.opts.RoleCache == nil {
		return stored{}, nil
	}
	return flight.Read(ctx, p.signIn.reads, p.name("load credentials of"), func() (stored, error) {
		return p.loadRole(context.WithoutCancel(ctx)), nil // flight.Read respects ctx
	})
}

// loadRole returns the credentials in the role cache. It also keeps fresh ones in memory.
func (p *Provider) loadRole(ctx context.Context) stored {
	signIn := p.role.signIns.Load()
	found, err := p.opts.RoleCache.Load(ctx, roleKey(p.profile))
	if err != nil || found == nil {
		if !errors.Is(err, rolecache.ErrNotFound) {
			p.debugf("role cache: %v", err)
		}
		return stored{}
	}
	creds := p.credentials(found.AccessKeyID, string(found.SecretAccessKey), string(found.SessionToken), found.Expires)
	now := p.opts.Now()
	if left := creds.Expires.Sub(now); left < p.opts.RenewBefore || left < storedWindow && left < p.renewStored(ctx, creds) {
		return stored{creds: creds}
	}
	p.role.hold(creds, signIn, now, time.Time{})
	return stored{creds: creds, fresh: true}
}

// renewStored returns how long before their expiry credentials from the role cache are renewed: a
// third of their lifetime, but at most the AWS CLI's 15 minutes. With 15 minutes for all, every
// process would request new credentials for a role with 15-minute sessions.
func (p *Provider) renewStored(ctx context.Context, creds aws.Credentials) time.Duration {
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

// storeRole stores role credentials that were obtained with tok in the role cache. It reports
// whether they may be kept: not if tok is no longer the current token, since the user may have
// signed out or another user may have signed in.
//
// It checks the token before and after the store. Before, so that credentials of an old sign-in
// are never on disk. After, since signing in or out changes the token and then deletes the
// session's role credentials, possibly before the store.
func (p *Provider) storeRole(ctx context.Context, tok *tokencache.Token, creds aws.Credentials) bool {
	if !p.tokens.IsCurrent(ctx, tok) {
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
		p.warnUnwritable(err)
		return true
	}
	ctx = context.WithoutCancel(ctx) // stored credentials must be checked
	if p.tokens.IsCurrent(ctx, tok) {
		return true
	}
	if err := p.opts.RoleCache.Delete(ctx, roleKey(p.profile)); err != nil {
		p.warnf("role credentials of the previous sign-in could not be deleted: %v", err)
	}
	return false
}

// warnUnwritable warns once per sign-in that the role cache cannot be written. If the token cache
// cannot be written either, its warning is enough.
func (p *Provider) warnUnwritable(err error) {
	if p.tokens.Unsaved() || p.signIn.warned.Swap(true) {
		p.debugf("role credentials are kept in memory only: %v", err)
		return
	}
	p.warnf("role credentials are kept in memory only: %v", err)
}

// lockRole acquires the lock of the role. If it is not free in time, lockRole continues without
// it, or returns errBusy if haveOld is set: the old credentials are still valid.
func (p *Provider) lockRole(ctx context.Context, haveOld bool) (unlock func(), err error) {
	wait := min(roleLockWait, p.opts.LockTimeout)
	if _, ok := p.opts.RoleCache.(rolecache.NoteCache); ok {
		wait = p.opts.LockTimeout
	}
	if haveOld {
		wait = briefWait
	}
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	unlock, err = p.opts.RoleCache.Lock(ctx, roleKey(p.profile))
	switch {
	case err == nil && unlock != nil:
		return unlock, nil
	case errors.Is(err, context.DeadlineExceeded) && haveOld:
		return nil, errBusy
	case errors.Is(err, context.DeadlineExceeded):
		p.warnf("role credentials: continuing without the lock: %v", errBusy)
	default:
		// Either the cache cannot be written, which storeRole warns about, or the file
		// system has no locks, which costs at most a second request.
		p.debugf("role credentials: continuing without the lock: %v", err)
	}
	return func() {}, nil
}
