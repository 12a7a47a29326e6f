package provider

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// ProviderSources tells the SDK where the credentials come from, for its User-Agent.
func (p *Provider) ProviderSources() []aws.CredentialSource {
	if p.check() == nil && p.profile.Session.Refreshable() {
		return []aws.CredentialSource{aws.CredentialSourceProfileSSO, aws.CredentialSourceSSO}
	}
	return []aws.CredentialSource{aws.CredentialSourceProfileSSOLegacy, aws.CredentialSourceSSOLegacy}
}

// AdjustExpiresBy moves the expiry that aws.CredentialsCache uses. It never takes away more
// than half of the time that is left: credentials that are returned while Identity Center
// cannot be reached stay cached for a while, instead of being requested on every call.
func (p *Provider) AdjustExpiresBy(creds aws.Credentials, d time.Duration) (aws.Credentials, error) {
	if p.check() != nil || !creds.CanExpire {
		return creds, nil //nolint:nilerr // a Provider that was not made adjusts nothing
	}
	if half := creds.Expires.Sub(p.opts.Now()) / 2; half > 0 && d < -half {
		d = -half
	}
	creds.Expires = creds.Expires.Add(d)
	return creds, nil
}

// HandleFailToRefresh lets aws.CredentialsCache keep credentials that are still valid when new
// ones cannot be had; otherwise it returns err.
func (p *Provider) HandleFailToRefresh(_ context.Context, _ aws.Credentials, err error) (aws.Credentials, error) {
	if p.check() != nil {
		return aws.Credentials{}, err
	}
	if creds, ok := p.role.valid(p.opts.Now()); ok {
		p.warnf("profile %q: keeping credentials until %s: %v", p.profile.Name, creds.Expires.Format(time.RFC3339), err)
		return creds, nil
	}
	return aws.Credentials{}, err
}
