package provider

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go/middleware"

	"github.com/latchkey-sso/latchkey/internal/awserr"
	"github.com/latchkey-sso/latchkey/rolecache"
	"github.com/latchkey-sso/latchkey/sso"
)

const (
	// minThrottlePause and maxThrottlePause bound how long a throttled response holds back
	// the requests of other processes.
	minThrottlePause = time.Second
	maxThrottlePause = 10 * time.Second
)

// rememberedFailure returns the error of another process's request for the role that failed
// since this process began to wait for it, nil if there is none.
func (p *Provider) rememberedFailure(ctx context.Context, began time.Time) error {
	note := p.loadNote(ctx, roleKey(p.profile))
	if !note.At.After(began) || note.At.After(p.opts.Now()) {
		return nil
	}
	cause := awserr.Portal("GetRoleCredentials", note.Status, note.Code, note.Message)
	return p.roleError("", &awserr.SharedError{At: note.At, Cause: cause})
}

// noteFailure tells the processes that wait for the role why the request failed. A rejected
// token is not the role's failure.
func (p *Provider) noteFailure(ctx context.Context, err error) {
	if awserr.RejectsToken(err) {
		return
	}
	note := rolecache.FailureNote{At: p.opts.Now(), Status: awserr.Status(err)}
	note.Code, note.Message = awserr.Describe(err, callTimeout)
	p.storeNote(context.WithoutCancel(ctx), roleKey(p.profile), note) // also after a timeout
}

// shareThrottling is an option of a call. When the portal throttles one process, the requests
// of all processes for the session's roles are held back for a while.
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

// awaitThrottling waits as long as a note of any process says. The processes go on one after
// another: the service allows 20 requests a second.
func (p *Provider) awaitThrottling(ctx context.Context) error {
	note := p.loadNote(ctx, p.sessionKey())
	now := p.opts.Now()
	wait := note.RetryAt.Sub(now)
	if wait <= 0 || wait > maxThrottlePause || note.At.After(now) { // or another clock's
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

// throttlePause returns how long a throttled response asks to wait (RFC 9110 section 10.2.3),
// within bounds.
func throttlePause(err error) time.Duration {
	var response *awshttp.ResponseError
	seconds := 0
	if errors.As(err, &response) && response.Response != nil {
		seconds, _ = strconv.Atoi(response.Response.Header.Get("Retry-After"))
	}
	return min(max(time.Duration(seconds)*time.Second, minThrottlePause), maxThrottlePause)
}

// sessionKey is the key of notes about all roles of the session.
func (p *Provider) sessionKey() rolecache.Key {
	key := roleKey(p.profile)
	key.AccountID, key.RoleName = "", ""
	return key
}

// loadNote returns the note of key about this server, the zero value if there is none.
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
		p.debugf("GetRoleCredentials: other processes will not know that it failed: %v", err)
	}
}

// serverID tells apart the portals that profiles of one session may send requests to. It is a
// hash, since an endpoint may have a password.
func (p *Provider) serverID() string {
	c := p.profile.Connection
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %t %t", p.profile.Session.Region, c.Endpoints.SSO, c.UseFIPS, c.UseDualStack))
	return hex.EncodeToString(sum[:8])
}
