package provider

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/latchkey-sso/latchkey/ssooidc"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// adoptPoll is how often the cache is looked at for a token that another process may
// store.
const adoptPoll = 50 * time.Millisecond

// waits are times that are real to a server and to other processes. Tests shorten them.
type waits struct {
	// adopt is how long a refused refresh polls for the token of the process that used
	// the refresh token first: its response may still be on its way.
	adopt time.Duration

	// arrive is how long the request of a process that was killed may take to arrive.
	arrive time.Duration

	// call bounds CreateToken, its retries included.
	call time.Duration
}

func defaultWaits() waits {
	return waits{adopt: 2 * time.Second, arrive: 2500 * time.Millisecond, call: callTimeout}
}

// refresh renews the token seen in the cache, unless another process has by the
// time it is our turn.
func (p *Provider) refresh(ctx context.Context, seen *tokencache.Token) (*tokencache.Token, error) {
	began := p.opts.Now()
	unlock, lockErr := p.lockTurn(ctx, p.valid(seen)) // with a valid one nobody needs to wait for long
	switch {
	case lockErr == nil:
		unlock = sync.OnceFunc(unlock)
		defer unlock()
	case ctx.Err() != nil:
		return nil, tooLong("refresh " + p.sessionName())
	case errors.Is(lockErr, errBusy): // the token is still valid
		p.session.pause(p.opts.Now().Add(retryPause))
		return seen, nil
	case errors.Is(lockErr, ErrStopped):
		return nil, fmt.Errorf("provider: refresh %s: %w", p.sessionName(), lockErr)
	default:
		unlock = func() {}
	}
	tok, err := p.loadToken(ctx)
	if err != nil {
		return nil, err
	}
	switch {
	case p.fresh(tok), p.valid(tok) && tok.AccessToken != seen.AccessToken:
		p.debugf("refresh %s: done by another process", p.sessionName())
		return tok, nil
	case !p.refreshable(tok) && p.valid(tok):
		return tok, nil
	case !p.refreshable(tok):
		return nil, p.whyNotRefreshable(tok)
	}
	p.warnOpen(ctx)
	err = p.remembered(ctx, tok.RefreshToken, began)
	if err == nil && p.betterWait(ctx, tok, lockErr) {
		return tok, nil
	}
	var next *tokencache.Token
	if err == nil {
		next, err = p.trade(ctx, tok, began)
	}
	if err != nil {
		unlock() // nothing will be stored: the next process need not wait for what follows
		if errors.Is(err, errReplaced) && p.theirs(ctx, tok) == nil {
			return p.refresh(ctx, seen) // with the refresh token that is there now
		}
		return p.afterFailedRefresh(ctx, tok, err)
	}
	if !p.fresh(next) {
		p.session.pause(p.opts.Now().Add(retryPause)) // the server gives no more than this
	}
	return next, nil
}

// betterWait looks ahead: where what a refresh brings could not be stored, a token
// that is still valid is used to its end. Refreshing it early would use up a refresh
// token that the other processes still read from the cache. Of an expired one the
// refresh is worth it all the same.
func (p *Provider) betterWait(ctx context.Context, tok *tokencache.Token, lockErr error) bool {
	err := p.checkWritable(ctx)
	switch {
	case err == nil && lockErr != nil:
		p.warnOnce(lockTrouble, "refresh %s: going on without the lock: %v", p.sessionName(), lockErr)
	case err != nil && p.valid(tok):
		p.session.pause(p.opts.Now().Add(retryPause))
		p.debugf("refresh %s: not before it has to be: %v", p.sessionName(), err)
		return true
	}
	return false
}

// afterFailedRefresh finds the best way on: the token of a tool that takes no
// lock and won the race, the old token while it is valid, or the error.
func (p *Provider) afterFailedRefresh(ctx context.Context, tok *tokencache.Token, err error) (*tokencache.Token, error) {
	if theirs := p.theirs(ctx, tok); theirs != nil {
		return theirs, nil
	}
	if p.valid(tok) {
		p.session.pause(p.opts.Now().Add(retryPause))
		if !errors.Is(err, errBusy) {
			p.warnf("refresh %s: keeping the token until %s: %v", p.sessionName(), tok.ExpiresAt.Format(time.RFC3339), err)
		}
		return tok, nil
	}
	var refused *refusedError
	switch {
	case errors.Is(err, errTooLong):
		return nil, tooLong("refresh " + p.sessionName())
	case !errors.As(err, &refused):
		return nil, fmt.Errorf("provider: refresh %s%s: %w", p.sessionName(), p.clockNote(answeredAt(err)), err)
	}
	if used := (*ssooidc.InvalidGrantException)(nil); errors.As(err, &used) { // perhaps by another tool
		if theirs := p.awaitTheirs(ctx, tok, refused.since.Add(p.opts.waits.adopt)); theirs != nil {
			return theirs, nil
		}
	}
	reason := inShort(refused.cause)
	if refused.remembered {
		reason = refused.Error()
	}
	return nil, loginRequired(p.profile, err, "Identity Center no longer accepts the refresh token: %s%s",
		reason, p.clockNote(answeredAt(err)))
}

// awaitTheirs looks out for the token of the winner until that time.
func (p *Provider) awaitTheirs(ctx context.Context, tok *tokencache.Token, until time.Time) *tokencache.Token {
	ctx, cancel := context.WithTimeout(ctx, until.Sub(p.opts.Now()))
	defer cancel()
	poll := time.NewTicker(adoptPoll)
	defer poll.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-poll.C:
		}
		if theirs := p.theirs(ctx, tok); theirs != nil {
			return theirs
		}
	}
}
