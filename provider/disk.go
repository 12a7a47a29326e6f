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
	// storedWindow is the least time that credentials from the role cache must be valid,
	// the AWS CLI's rule for the files it shares with us. See renewStored for credentials
	// that live for less than 45 minutes.
	storedWindow = 15 * time.Minute

	// briefWait is for the lock of the role while old credentials are still valid.
	briefWait = 100 * time.Millisecond

	// roleLockWait bounds the wait for the lock of the role, unless the holder notes its
	// failure, which takes as long as a request. Without the lock a request may be sent
	// twice, and nothing worse.
	roleLockWait = 10 * time.Second
)

// errBusy says that another process holds the lock of the role.
var errBusy = errors.New("another process holds the lock")

func roleKey(p *profile.Profile) rolecache.Key {
	return rolecache.Key{
		Session:   p.Session.Name,
		StartURL:  p.Session.StartURL,
		AccountID: p.AccountID,
		RoleName:  p.RoleName,
	}
}

// stored is what the role cache has. The zero value is nothing.
type stored struct {
	creds aws.Credentials // may have expired
	fresh bool            // they need not be renewed yet
}

// storedRole is loadRole outside of a shared call.
func (p *Provider) storedRole(ctx context.Context) (stored, error) {
	if p.opts.RoleCache == nil {
		return stored{}, nil
	}
	return flight.Read(ctx, p.signIn.reads, p.name("load credentials of"), func() (stored, error) {
		return p.loadRole(context.WithoutCancel(ctx)), nil // flight.Read is the bound
	})
}

// loadRole returns what the role cache has, and keeps fresh credentials in memory too.
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

// renewStored returns how long before they expire credentials from the role cache are
// renewed: a third of their lifetime, up to the AWS CLI's 15 minutes. With the AWS CLI's rule
// every process would send a request for a role whose credentials live for 15 minutes.
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

// storeRole writes role credentials that were obtained with tok to the role cache. It reports
// whether they may be kept at all: not if another token has taken the place of tok, since that
// may be another user's, nor after a sign-out.
//
// The check comes both before and after the store. Before, so that credentials of an old
// sign-in are not on disk even for a moment. After, since signing in and out first change the
// token and then delete the session's role credentials: whichever comes first, that or the
// store, none of another sign-in are left.
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
	ctx = context.WithoutCancel(ctx) // what was stored must be checked
	if p.tokens.IsCurrent(ctx, tok) {
		return true
	}
	if err := p.opts.RoleCache.Delete(ctx, roleKey(p.profile)); err != nil {
		p.warnf("role credentials of the previous sign-in could not be deleted: %v", err)
	}
	return false
}

// warnUnwritable warns about a role cache that cannot be written, once for each sign-in. A home
// directory that cannot be written shows in both caches: if the token cache had the same
// trouble, that warning is enough.
func (p *Provider) warnUnwritable(err error) {
	if p.tokens.Unsaved() || p.signIn.warned.Swap(true) {
		p.debugf("role credentials are kept in memory only: %v", err)
		return
	}
	p.warnf("role credentials are kept in memory only: %v", err)
}

// lockRole takes the cross-process lock of the role. Without the lock the work goes on, unless
// old credentials are still valid: then the error is errBusy.
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
		// Either the credentials cannot be stored, which gives a warning then, or the
		// file system has no locks, which costs a request.
		p.debugf("role credentials: continuing without the lock: %v", err)
	}
	return func() {}, nil
}
