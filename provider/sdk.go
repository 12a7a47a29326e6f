package provider

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// ProviderSources implements aws.CredentialProviderSource, which the SDK uses for its User-Agent.
func (p *Provider) ProviderSources() []aws.CredentialSource {
	if p.check() == nil && p.profile.Session.Refreshable() {
		return []aws.CredentialSource{aws.CredentialSourceProfileSSO, aws.CredentialSourceSSO}
	}
	return []aws.CredentialSource{aws.CredentialSourceProfileSSOLegacy, aws.CredentialSourceSSOLegacy}
}

// AdjustExpiresBy implements aws.AdjustExpiresByCredentialsCacheStrategy. It moves the expiry
// earlier by at most half of the remaining time, so that an aws.CredentialsCache does not call
// Retrieve every time while Identity Center is unreachable.
func (p *Provider) AdjustExpiresBy(creds aws.Credentials, d time.Duration) (aws.Credentials, error) {
	if p.check() != nil || !creds.CanExpire {
		return creds, nil //nolint:nilerr // nothing to adjust
	}
	if half := creds.Expires.Sub(p.opts.Now()) / 2; half > 0 && d < -half {
		d = -half
	}
	creds.Expires = creds.Expires.Add(d)
	return creds, nil
}

// HandleFailToRefresh implements aws.HandleFailRefreshCredentialsCacheStrategy. It returns the
// credentials in memory if they are still valid, or else err.
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
