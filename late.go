package latchkey

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/auth/bearer"
)

// lateCredentials are the credentials of a plan.
type lateCredentials struct{ plan *plan }

var (
	_ aws.CredentialProviderSource                  = (*lateCredentials)(nil)
	_ aws.AdjustExpiresByCredentialsCacheStrategy   = (*lateCredentials)(nil)
	_ aws.HandleFailRefreshCredentialsCacheStrategy = (*lateCredentials)(nil)
)

func (l *lateCredentials) Retrieve(ctx context.Context) (aws.Credentials, error) {
	s, err := l.plan.open(ctx)
	if err != nil {
		return aws.Credentials{}, err
	}
	return s.credentials.Retrieve(ctx)
}

// inner returns the provider behind l, nil if it cannot be made.
func (l *lateCredentials) inner(ctx context.Context) aws.CredentialsProvider {
	s, err := l.plan.open(ctx)
	if err != nil {
		return nil // Retrieve says why
	}
	return s.credentials
}

// ProviderSources is for the User-Agent. The SDK calls it before Retrieve.
func (l *lateCredentials) ProviderSources() []aws.CredentialSource {
	if inner, ok := l.inner(context.Background()).(aws.CredentialProviderSource); ok {
		return inner.ProviderSources()
	}
	return nil
}

// IsCredentialsProvider makes aws.IsCredentialsProvider look at the provider behind l.
func (l *lateCredentials) IsCredentialsProvider(target aws.CredentialsProvider) bool {
	return aws.IsCredentialsProvider(l.inner(context.Background()), target)
}

// AdjustExpiresBy leaves credentials of the SDK's own chain alone, which has a cache of its own.
func (l *lateCredentials) AdjustExpiresBy(creds aws.Credentials, d time.Duration) (aws.Credentials, error) {
	if inner, ok := l.inner(context.Background()).(aws.AdjustExpiresByCredentialsCacheStrategy); ok {
		return inner.AdjustExpiresBy(creds, d)
	}
	return creds, nil
}

func (l *lateCredentials) HandleFailToRefresh(ctx context.Context, old aws.Credentials, err error) (aws.Credentials, error) {
	if inner, ok := l.inner(ctx).(aws.HandleFailRefreshCredentialsCacheStrategy); ok {
		return inner.HandleFailToRefresh(ctx, old, err)
	}
	return aws.Credentials{}, err
}

// lateTokens are the bearer tokens of a plan.
type lateTokens struct{ plan *plan }

func (l *lateTokens) RetrieveBearerToken(ctx context.Context) (bearer.Token, error) {
	s, err := l.plan.open(ctx)
	switch {
	case err != nil:
		return bearer.Token{}, err
	case s.tokens == nil:
		return bearer.Token{}, errors.New("latchkey: the profile that a later option chose has no session to take a bearer token from")
	}
	return s.tokens.RetrieveBearerToken(ctx)
}
