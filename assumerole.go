package latchkey

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/provider"
)

// check returns errors that can be found without a request.
func (pl *plan) check() error {
	if pl.profile == nil {
		return nil
	}
	for p := pl.profile; p != nil && p.RoleARN != ""; p = p.SourceProfile {
		if err := pl.checkMFA(p); err != nil {
			return err
		}
	}
	_, err := pl.provider(pl.profile.Origin()) // the provider is made again once all options are known
	return err
}

// checkMFA returns an error if the role needs MFA and there is no TokenProvider, as the SDK does.
func (pl *plan) checkMFA(p *profile.Profile) error {
	var o stscreds.AssumeRoleOptions
	pl.roleOptions(&o, p)
	if o.SerialNumber == nil || o.TokenProvider != nil {
		return nil
	}
	err := p.NewError("mfa_serial", "the role needs an MFA code, and config.WithAssumeRoleCredentialOptions sets no TokenProvider",
		"pass that option, with a TokenProvider, before latchkey.WithProfile")
	err.Err = config.AssumeRoleTokenProviderNotSetError{}
	return err
}

// credentials returns the credentials provider of a profile, which may assume a role.
func (pl *plan) credentials(p *profile.Profile) (aws.CredentialsProvider, error) {
	own, err := pl.provider(p.Origin())
	if err != nil {
		return nil, err
	}
	signIn := &signIn{own, sourcesInSDK(p)}
	r := &roles{plan: pl, region: region(p), sources: signIn.sources}
	return r.chain(p, signIn), nil
}

// region returns the region of the profile, or of the nearest source profile that has one.
func region(p *profile.Profile) string {
	for ; p != nil; p = p.SourceProfile {
		if p.Region != "" {
			return p.Region
		}
	}
	return ""
}

// signIn is the provider at the end of a chain of profiles.
type signIn struct {
	*provider.Provider
	sources []aws.CredentialSource
}

// ProviderSources implements aws.CredentialProviderSource.
func (s *signIn) ProviderSources() []aws.CredentialSource { return s.sources }

// IsCredentialsProvider makes aws.IsCredentialsProvider check the embedded Provider.
func (s *signIn) IsCredentialsProvider(target aws.CredentialsProvider) bool {
	return aws.IsCredentialsProvider(s.Provider, target)
}

// sourcesInSDK returns the sources that the SDK's own chain reports. The SDK counts sso_account_id
// and sso_role_name as legacy settings, even with an sso_session.
func sourcesInSDK(p *profile.Profile) []aws.CredentialSource {
	sources := []aws.CredentialSource{aws.CredentialSourceProfileSSOLegacy, aws.CredentialSourceSSOLegacy}
	if p.Origin().Session.Refreshable() {
		sources = append(sources, aws.CredentialSourceProfileSSO)
	}
	if p.SourceProfile != nil {
		sources = append(sources, aws.CredentialSourceProfileSourceProfile)
	}
	return slices.Clip(sources)
}

// roles assumes the roles in a chain of profiles. All calls use the SDK configuration of the
// outermost profile.
type roles struct {
	plan    *plan
	region  string                 // used if the configuration has none
	sources []aws.CredentialSource // sent in the User-Agent of each call

	mu  sync.Mutex
	cfg *aws.Config // nil until the first call
}

// chain returns a provider for the role of p. It assumes the role with the credentials of the source
// profile; own are the credentials at the end of the chain.
func (r *roles) chain(p *profile.Profile, own aws.CredentialsProvider) aws.CredentialsProvider {
	if p.RoleARN == "" {
		return own
	}
	source := own
	if p.SourceProfile != nil && p.SourceProfile.RoleARN != "" {
		source = aws.NewCredentialsCache(r.chain(p.SourceProfile, own), r.plan.load.CredentialsCacheOptions)
	}
	return &assumedRole{roles: r, profile: p, source: source}
}

func (r *roles) config(ctx context.Context) (aws.Config, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.cfg == nil {
		cfg, err := r.plan.config(ctx, *r.plan.load)
		if err != nil {
			return aws.Config{}, err
		}
		cfg.Region = cmp.Or(cfg.Region, r.region)
		r.cfg = &cfg
	}
	return *r.cfg, nil
}

// assumedRole assumes the role of one profile.
type assumedRole struct {
	roles   *roles
	profile *profile.Profile
	source  aws.CredentialsProvider

	mu       sync.Mutex
	role     *stscreds.AssumeRoleProvider // nil until the first call
	duration time.Duration                // the lifetime of the credentials
}

func (a *assumedRole) Retrieve(ctx context.Context) (aws.Credentials, error) {
	role, err := a.provider(ctx)
	if err != nil {
		return aws.Credentials{}, fmt.Errorf("latchkey: assume role: %w", err)
	}
	creds, err := role.Retrieve(ctx)
	if err != nil {
		return aws.Credentials{}, fmt.Errorf("latchkey: assume role: %w", err)
	}
	return creds, nil
}

func (a *assumedRole) provider(ctx context.Context) (*stscreds.AssumeRoleProvider, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.role != nil {
		return a.role, nil
	}
	cfg, err := a.roles.config(ctx)
	if err != nil {
		return nil, err
	}
	cfg.Credentials = a.source
	a.role = stscreds.NewAssumeRoleProvider(sts.NewFromConfig(cfg), a.profile.RoleARN, func(o *stscreds.AssumeRoleOptions) {
		a.roles.plan.roleOptions(o, a.profile)
		o.CredentialSources = a.roles.sources
		a.duration = cmp.Or(o.Duration, stscreds.DefaultDuration)
	})
	return a.role, nil
}

// ProviderSources implements aws.CredentialProviderSource.
func (a *assumedRole) ProviderSources() []aws.CredentialSource {
	return append(a.roles.sources, aws.CredentialSourceSTSAssumeRole)
}

// AdjustExpiresBy shortens the default expiry window for credentials that are valid for less than an
// hour. Otherwise 15-minute credentials would be renewed after 10 minutes.
func (a *assumedRole) AdjustExpiresBy(creds aws.Credentials, d time.Duration) (aws.Credentials, error) {
	if !creds.CanExpire {
		return creds, nil
	}
	if a.roles.plan.hasDefaultWindow() && a.duration < time.Hour {
		d = time.Duration(float64(d) * a.duration.Hours())
	}
	creds.Expires = creds.Expires.Add(d)
	return creds, nil
}

// roleOptions applies the role settings of the profile, then those of the program.
func (pl *plan) roleOptions(o *stscreds.AssumeRoleOptions, p *profile.Profile) {
	o.RoleSessionName = p.RoleSessionName
	if p.DurationSeconds/60 > 15 { // as in the SDK; 15 minutes is its default
		o.Duration = time.Duration(p.DurationSeconds) * time.Second
	}
	if p.ExternalID != "" {
		o.ExternalID = aws.String(p.ExternalID)
	}
	if p.MFASerial != "" {
		o.SerialNumber = aws.String(p.MFASerial)
	}
	if pl.load.AssumeRoleCredentialOptions != nil {
		pl.load.AssumeRoleCredentialOptions(o)
	}
}
