// Package assumerole assumes the roles of profiles with role_arn and a source_profile that signs in
// to IAM Identity Center. It shares credentials with the AWS CLI through the AWS CLI's cache.
package assumerole

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/logging"

	"github.com/latchkey-sso/latchkey/internal/redact"
	"github.com/latchkey-sso/latchkey/internal/ssoclient"
	"github.com/latchkey-sso/latchkey/internal/sts"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/rolecache"
)

// Name is the Source of the aws.Credentials a Provider returns.
const Name = "LatchkeyAssumeRoleProvider"

const (
	callTimeout = 20 * time.Second // for AssumeRole, retries included
	lockTimeout = 25 * time.Second // for another process to assume the same role

	cacheWindow = 15 * time.Minute // as in the AWS CLI
)

// Options configures a [Provider]. Cache and MFACode are required.
type Options struct {
	// Cache keeps the credentials. A rolecache.Dir is shared with the AWS CLI.
	Cache rolecache.Cache

	// MFACode asks the user for the code of an MFA device.
	MFACode func(ctx context.Context, serial string) (redact.Secret, error)

	// Region is the region of the STS endpoint.
	Region string

	// RenewBefore is how long before they expire cached credentials are renewed. The minimum is 15
	// minutes, or a third of their lifetime if that is shorter.
	RenewBefore time.Duration

	// Logger receives warnings and, at Debug level, each step. Nil means no logs.
	Logger logging.Logger

	// Now is the clock. Nil means time.Now.
	Now func() time.Time
}

// Provider assumes the role of a profile. It is safe for concurrent use.
type Provider struct {
	profile *profile.Profile
	source  aws.CredentialsProvider
	opts    Options
	cache   roleCache
	client  func() (*sts.Client, error)
}

var _ aws.CredentialsProvider = (*Provider)(nil)

// New returns a provider for the role of p. It first assumes the roles in p's chain of source profiles,
// starting with the credentials of signIn. All requests use p's connection settings.
func New(p *profile.Profile, signIn aws.CredentialsProvider, o Options) *Provider {
	if o.Logger == nil {
		o.Logger = logging.Nop{}
	}
	if o.Now == nil {
		o.Now = time.Now //nolint:forbidigo // the default of the injected clock
	}
	client := sync.OnceValues(func() (*sts.Client, error) {
		return ssoclient.STS(p, aws.Config{Region: o.Region, Logger: o.Logger})
	})
	return newProvider(p, signIn, o, client)
}

func newProvider(p *profile.Profile, signIn aws.CredentialsProvider, o Options, client func() (*sts.Client, error)) *Provider {
	source := signIn
	if next := p.SourceProfile; next != nil && next.RoleARN != "" {
		source = newProvider(next, signIn, o, client)
	}
	return &Provider{profile: p, source: source, opts: o, cache: newRoleCache(o.Cache, p), client: client}
}

// Retrieve returns cached or new credentials. If AssumeRole fails while the cached credentials are
// still valid, it logs a warning and returns those. The error comes from signIn, MFACode or the
// request.
func (p *Provider) Retrieve(ctx context.Context) (aws.Credentials, error) {
	old, fresh := p.load(ctx)
	if fresh {
		return old, nil
	}
	creds, err := p.renew(ctx)
	if err != nil && ctx.Err() == nil && old.Expires.After(p.opts.Now()) {
		p.opts.Logger.Logf(logging.Warn, "role %s: keeping credentials until %s: %v", p.profile.RoleARN, old.Expires.Format(time.RFC3339), err)
		return old, nil
	}
	return creds, err
}

// renew assumes the role, unless another process has done so.
func (p *Provider) renew(ctx context.Context) (aws.Credentials, error) {
	// Before locking, since the source may lock too: two chains could deadlock.
	caller, err := p.source.Retrieve(ctx)
	if err != nil {
		return aws.Credentials{}, err
	}
	defer p.lock(ctx)()
	if creds, fresh := p.load(ctx); fresh {
		return creds, nil
	}
	out, err := p.assume(ctx, caller)
	if err != nil {
		return aws.Credentials{}, fmt.Errorf("assumerole: assume role %s: %w", p.profile.RoleARN, err)
	}
	if err := p.cache.store(ctx, out, p.accountID()); err != nil {
		p.opts.Logger.Logf(logging.Warn, "credentials of role %s were not cached: %v", p.profile.RoleARN, err)
	}
	return p.credentials(out.AccessKeyID, out.SecretAccessKey, out.SessionToken, out.Expires), nil
}

// lock locks the role. Continuing without the lock costs at most one extra request.
func (p *Provider) lock(ctx context.Context) (unlock func()) {
	ctx, cancel := context.WithTimeout(ctx, lockTimeout)
	defer cancel()
	unlock, err := p.cache.lock(ctx)
	if err != nil {
		p.debugf("assuming role %s without the lock: %v", p.profile.RoleARN, err)
		return func() {}
	}
	return unlock
}

func (p *Provider) assume(ctx context.Context, caller aws.Credentials) (*sts.AssumeRoleOutput, error) {
	in := &sts.AssumeRoleInput{
		RoleARN:     p.profile.RoleARN,
		SessionName: cmp.Or(p.profile.RoleSessionName, "latchkey-"+strconv.FormatInt(p.opts.Now().Unix(), 10)),
		Duration:    time.Duration(p.profile.DurationSeconds) * time.Second,
		ExternalID:  p.profile.ExternalID,
		MFASerial:   p.profile.MFASerial,
	}
	if in.MFASerial != "" {
		code, err := p.opts.MFACode(ctx, in.MFASerial)
		if err != nil {
			return nil, err
		}
		in.MFACode = code
	}
	client, err := p.client()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	p.debugf("calling AssumeRole for role %s", in.RoleARN)
	return client.AssumeRole(ctx, aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return caller, nil
	}), in)
}

// load returns the cached credentials and whether they need no renewal.
func (p *Provider) load(ctx context.Context) (creds aws.Credentials, fresh bool) {
	stored, err := p.cache.load(ctx)
	if err != nil {
		if !errors.Is(err, rolecache.ErrNotFound) {
			p.debugf("role cache: %v", err)
		}
		return aws.Credentials{}, false
	}
	creds = p.credentials(stored.AccessKeyID, stored.SecretAccessKey, stored.SessionToken, stored.Expires)
	life := cmp.Or(time.Duration(p.profile.DurationSeconds)*time.Second, time.Hour)
	return creds, creds.Expires.Sub(p.opts.Now()) >= max(min(cacheWindow, life/3), p.opts.RenewBefore)
}

func (p *Provider) credentials(id string, secret, token redact.Secret, expires time.Time) aws.Credentials {
	return aws.Credentials{
		AccessKeyID:     id,
		SecretAccessKey: string(secret),
		SessionToken:    string(token),
		Source:          Name,
		AccountID:       p.accountID(),
		CanExpire:       true,
		Expires:         expires.UTC(),
	}
}

func (p *Provider) accountID() string { return AccountID(p.profile.RoleARN) }

// AccountID returns the account ID in a role ARN, or "".
func AccountID(roleARN string) string {
	parts := strings.Split(roleARN, ":")
	const account = 4 // arn:partition:iam::account:role/name
	if len(parts) <= account {
		return ""
	}
	return parts[account]
}

// RoleName returns the name of a role without its path.
func RoleName(roleARN string) string { return roleARN[strings.LastIndex(roleARN, "/")+1:] }

func (p *Provider) debugf(format string, args ...any) {
	p.opts.Logger.Logf(logging.Debug, format, args...)
}
