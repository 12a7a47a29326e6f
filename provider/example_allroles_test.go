package provider_test

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/latchkey-sso/latchkey/idctest"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/provider"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// A configuration for each role of the organization. Its credentials are requested with the first call.
func ExampleProvider_AllRoles() {
	p, done := exampleProvider() // provider.Load("dev") in a program
	defer done()
	ctx := context.Background()
	base := aws.Config{Region: "eu-west-1"} // from config.LoadDefaultConfig

	for role, err := range p.AllRoles(ctx) {
		if err != nil {
			log.Fatal(err)
		}
		cfg := base.Copy()
		cfg.Credentials = aws.NewCredentialsCache(role)
		// s3.NewFromConfig(cfg) and so on

		creds, err := cfg.Credentials.Retrieve(ctx)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(role.AccountID, role.RoleName, creds.AccessKeyID[:4])
	}
	// Output:
	// 111122223333 Developer ASIA
	// 111122223333 ReadOnly ASIA
	// 444455556666 ReadOnly ASIA
}

// exampleProvider returns a Provider of a sign-in to a fake Identity Center.
func exampleProvider() (p *provider.Provider, done func()) {
	server, err := idctest.Start(func(o *idctest.Options) {
		o.Accounts = []idctest.Account{
			{ID: "111122223333", Roles: []string{"Developer", "ReadOnly"}},
			{ID: "444455556666", Roles: []string{"ReadOnly"}},
		}
	})
	if err != nil {
		log.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "example-")
	if err != nil {
		log.Fatal(err)
	}
	signIn := server.SignIn()
	token, err := tokencache.Parse(signIn.TokenFile())
	if err != nil {
		log.Fatal(err)
	}
	cache := tokencache.Dir(dir)
	if err := cache.Store(context.Background(), "corp", token); err != nil {
		log.Fatal(err)
	}
	p, err = provider.New(&profile.Profile{
		Name:       "dev",
		Session:    &profile.Session{Name: "corp", StartURL: signIn.StartURL, Region: signIn.Region},
		Connection: profile.Connection{Endpoints: profile.Endpoints{SSO: server.URL(), SSOOIDC: server.URL()}},
	}, func(o *provider.Options) { o.TokenCache = cache })
	if err != nil {
		log.Fatal(err)
	}
	return p, func() {
		server.Close()
		os.RemoveAll(dir)
	}
}
