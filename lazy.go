package latchkey

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/auth/bearer"
)

// lazyCredentials makes the credentials provider of a plan on the first request.
type lazyCredentials struct{ plan *plan }

var (
	_ aws.CredentialProviderSource                  = (*lazyCredentials)(nil)
	_ aws.AdjustExpiresByCredentialsCacheStrategy   = (*lazyCredentials)(nil)
	_ aws.HandleFailRefreshCredentialsCacheStrategy = (*lazyCredentials)(nil)
)

func (l *lazyCredentials) Retrieve(ctx context.Context) (aws.Credentials, error) {
	s, err := l.plan.open(ctx)
	if err != nil {
		return aws.Credentials{}, err
	}
	return s.credentials.Retrieve(ctx)
}

// inner returns the provider, or nil if it cannot be made.
func (l *lazyCredentials) inner(ctx context.Context) aws.CredentialsProvider {
	s, err := l.plan.open(ctx)
	if err != nil {
		return nil // Retrieve returns the error
	}
	return s.credentials
}

// ProviderSources implements aws.CredentialProviderSource. The SDK calls it before Retrieve.
func (l *lazyCredentials) ProviderSources() []aws.CredentialSource {
	if inner, ok := l.inner(context.Background()).(aws.CredentialProviderSource); ok {
		return inner.ProviderSources()
	}
	return nil
}

// IsCredentialsProvider makes aws.IsCredentialsProvider check the inner provider.
func (l *lazyCredentials) IsCredentialsProvider(target aws.CredentialsProvider) bool {
	return aws.IsCredentialsProvider(l.inner(context.Background()), target)
}

// AdjustExpiresBy does not change credentials of the SDK's chain, which has its own cache.
func (l *lazyCredentials) AdjustExpiresBy(creds aws.Credentials, d time.Duration) (aws.Credentials, error) {
	if inner, ok := l.inner(context.Background()).(aws.AdjustExpiresByCredentialsCacheStrategy); ok {
		return inner.AdjustExpiresBy(creds, d)
	}
	return creds, nil
}

func (l *lazyCredentials) HandleFailToRefresh(ctx context.Context, old aws.Credentials, err error) (aws.Credentials, error) {
	if inner, ok := l.inner(ctx).(aws.HandleFailRefreshCredentialsCacheStrategy); ok {
		return inner.HandleFailToRefresh(ctx, old, err)
	}
	return aws.Credentials{}, err
}

// lazyTokens makes the bearer token provider of a plan on the first request.
type lazyTokens struct{ plan *plan }

func (l *lazyTokens) RetrieveBearerToken(ctx context.Context) (bearer.Token, error) {
	s, err := l.plan.open(ctx)
	switch {
	case err != nil:
		return bearer.Token{}, err
	case s.tokens == nil:
		return bearer.Token{}, errors.New("latchkey: get bearer token: the profile that a later option selected has no SSO session")
	}
	return s.tokens.RetrieveBearerToken(ctx)
}
