package provider

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/smithy-go/logging"
)

// lock takes a cross-process lock and always returns. Where the lock cannot be
// had (a read-only directory, a file system without locks, a holder that is
// stuck) the work goes on without it, as in every other AWS tool.
func (p *Provider) lock(ctx context.Context, of string, take func(context.Context) (func(), error)) (unlock func()) {
	ctx, cancel := context.WithTimeout(ctx, p.opts.LockTimeout)
	defer cancel()
	unlock, err := take(ctx)
	switch {
	case err == nil:
		return unlock
	case errors.Is(err, context.DeadlineExceeded):
		p.warnf("%s: going on without the lock, which another process holds: %v", of, err)
	default:
		p.warnOnce(cacheTrouble, "%s: going on without the lock: %v", of, err)
	}
	return func() {}
}

// cacheTrouble is what one warning says for all: a home directory that cannot be
// written shows in the locks, in the token cache and in the role cache.
const cacheTrouble = "cache"

// checkWritable tells whether the token cache could store a token now. A cache
// that cannot tell is taken to be writable.
func (p *Provider) checkWritable(ctx context.Context) error {
	checker, ok := p.opts.TokenCache.(interface {
		CheckWritable(ctx context.Context, key string) error
	})
	if !ok {
		return nil
	}
	return checker.CheckWritable(ctx, p.profile.Session.CacheKey())
}

// sessionName names the sign-in in logs and errors.
func (p *Provider) sessionName() string {
	if name := p.profile.Session.Name; name != "" {
		return fmt.Sprintf("sso-session %q", name)
	}
	return fmt.Sprintf("the sign-in at %s", p.profile.Session.StartURL)
}

func (p *Provider) warnf(format string, args ...any) {
	p.settings().Logger.Logf(logging.Warn, format, args...)
}

// warnOnce warns the first time something happens to this sign-in: what stays
// broken is not worth a line per call.
func (p *Provider) warnOnce(what, format string, args ...any) {
	if p.session.firstWarning(what) {
		p.warnf(format, args...)
	}
}

func (p *Provider) debugf(format string, args ...any) {
	p.settings().Logger.Logf(logging.Debug, format, args...)
}
