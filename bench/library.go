package main

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/ssocreds"
	"github.com/aws/aws-sdk-go-v2/service/sso"
	"github.com/aws/aws-sdk-go-v2/service/ssooidc"

	"github.com/latchkey-sso/latchkey/bench/home"
	"github.com/latchkey-sso/latchkey/idctest"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/provider"
	"github.com/latchkey-sso/latchkey/rolecache"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// libraries makes the providers of both libraries for one profile.
type libraries struct {
	home    *home.Home
	profile *profile.Profile
}

func newLibraries(optFns ...func(*idctest.Options)) (*libraries, error) {
	h, err := home.New(10, optFns...)
	if err != nil {
		return nil, err
	}
	p, err := loadProfile{}.latchkey(h.File("config"), home.Profile, h.Getenv)
	if err != nil {
		h.Close()
		return nil, err
	}
	return &libraries{h, p}, nil
}

// latchkey returns a provider.
func (l *libraries) latchkey(tokens tokencache.Cache, roles rolecache.Cache) (aws.CredentialsProvider, error) {
	return provider.New(l.profile, func(o *provider.Options) { o.TokenCache, o.RoleCache = tokens, roles })
}

// unshared is a token cache that is never equal to another, so that its provider starts without credentials in memory.
type unshared struct {
	tokencache.Dir
	_ []byte
}

// goSDK returns a provider as the SDK's config package makes it.
func (l *libraries) goSDK() aws.CredentialsProvider {
	cfg := aws.Config{Region: l.profile.Session.Region, BaseEndpoint: aws.String(l.home.Server.URL())}
	p := ssocreds.New(sso.NewFromConfig(cfg), l.profile.AccountID, l.profile.RoleName, l.profile.Session.StartURL, func(o *ssocreds.Options) {
		o.SSOTokenProvider = ssocreds.NewSSOTokenProvider(ssooidc.NewFromConfig(cfg), l.home.Tokens().Path(l.profile.Session.Name))
	})
	return aws.NewCredentialsCache(p)
}

func retrieve(ctx context.Context, p aws.CredentialsProvider, err error) error {
	if err == nil {
		_, err = p.Retrieve(ctx)
	}
	return err
}
