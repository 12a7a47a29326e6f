package provider

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/aws/smithy-go/middleware"

	"github.com/latchkey-sso/latchkey/internal/awserr"
	"github.com/latchkey-sso/latchkey/internal/awsrest"
	"github.com/latchkey-sso/latchkey/rolecache"
	"github.com/latchkey-sso/latchkey/sso"
)

const (
	// minThrottlePause and maxThrottlePause limit how long a throttled response delays the
	// requests of other processes.
	minThrottlePause = time.Second
	maxThrottlePause = 10 * time.Second
)

// recentFailure returns the error of another process's request for the role if it has failed since
// began, when this process started to wait for the lock. Otherwise it returns nil.
func (p *Provider) recentFailure(ctx context.Context, began time.Time) error {
	note := p.loadNote(ctx, roleKey(p.profile))
	if !note.At.After(began) || note.At.After(p.opts.Now()) {
		return nil
	}
	cause := awserr.Portal("GetRoleCredentials", note.Status, note.Code, note.Message)
	return p.roleError("", &awserr.SharedError{At: note.At, Cause: cause})
}

// noteFailure stores a note with the error of a request, for the processes that wait for the role.
// It ignores a rejected token, which is not specific to the role.
func (p *Provider) noteFailure(ctx context.Context, err error) {
	if awserr.RejectsToken(err) {
		return
	}
	note := rolecache.FailureNote{At: p.opts.Now(), Status: awserr.Status(err)}
	note.Code, note.Message = awserr.Describe(err, callTimeout)
	p.storeNote(context.WithoutCancel(ctx), roleKey(p.profile), note) // also after a timeout
}

// shareThrottling is a call option. When the portal throttles a request, all processes delay their
// requests for roles of the session.
func (p *Provider) shareThrottling(o *sso.Options) {
	run := middleware.FinalizeMiddlewareFunc("ShareThrottling", func(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (
		out middleware.FinalizeOutput, metadata middleware.Metadata, err error,
	) {
		if err := p.awaitThrottling(ctx); err != nil {
			return out, metadata, err
		}
		out, metadata, err = next.HandleFinalize(ctx, in)
		if awserr.Status(err) == http.StatusTooManyRequests {
			now := p.opts.Now()
			p.storeNote(ctx, p.sessionKey(), rolecache.FailureNote{At: now, RetryAt: now.Add(throttlePause(err))})
		}
		return out, metadata, err
	})
	o.APIOptions = append(o.APIOptions, func(s *middleware.Stack) error {
		return s.Finalize.Add(run, middleware.After)
	})
}

// awaitThrottling waits until the time in a note about throttling, plus jitter.
func (p *Provider) awaitThrottling(ctx context.Context) error {
	note := p.loadNote(ctx, p.sessionKey())
	now := p.opts.Now()
	wait := note.RetryAt.Sub(now)
	if wait <= 0 || wait > maxThrottlePause || note.At.After(now) { // or the clocks differ
		return nil
	}
	wait += rand.N(wait) //nolint:gosec // G404: jitter needs no secret
	p.debugf("GetRoleCredentials: waiting %s, since the portal throttles requests", wait.Round(time.Millisecond))
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// throttlePause returns the Retry-After time of a throttled response, within limits.
func throttlePause(err error) time.Duration {
	return min(max(awsrest.RetryAfter(err), minThrottlePause), maxThrottlePause)
}

// sessionKey returns the key of notes about all roles of the session.
func (p *Provider) sessionKey() rolecache.Key {
	key := roleKey(p.profile)
	key.AccountID, key.RoleName = "", ""
	return key
}

// loadNote returns the note of key for this server, or the zero value if there is none.
func (p *Provider) loadNote(ctx context.Context, key rolecache.Key) rolecache.FailureNote {
	cache, ok := p.opts.RoleCache.(rolecache.NoteCache)
	if !ok {
		return rolecache.FailureNote{}
	}
	note, err := cache.LoadNote(ctx, key)
	if err != nil || note.Server != p.serverID() {
		return rolecache.FailureNote{}
	}
	return note
}

func (p *Provider) storeNote(ctx context.Context, key rolecache.Key, note rolecache.FailureNote) {
	cache, ok := p.opts.RoleCache.(rolecache.NoteCache)
	if !ok {
		return
	}
	note.Server = p.serverID()
	if err := cache.StoreNote(ctx, key, note); err != nil {
		p.debugf("GetRoleCredentials: could not share the failure with other processes: %v", err)
	}
}

// serverID identifies the portal, since profiles of one session may have different endpoints. It is
// a hash because an endpoint may contain a password.
func (p *Provider) serverID() string {
	c := p.profile.Connection
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %t %t", p.profile.Session.Region, c.Endpoints.SSO, c.UseFIPS, c.UseDualStack))
	return hex.EncodeToString(sum[:8])
}
