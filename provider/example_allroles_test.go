package provider_test

import (
	"context"
	"fmt"
	"log"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/latchkey-sso/latchkey/idctest"
	"github.com/latchkey-sso/latchkey/provider"
)

// Make an aws.Config for each role in the organization. Credentials are requested on first use.
func ExampleProvider_AllRoles() {
	prof, tokens, stop := signedIn(func(o *idctest.Options) {
		o.Accounts = []idctest.Account{
			{ID: "111122223333", Roles: []string{"Developer", "ReadOnly"}},
			{ID: "444455556666", Roles: []string{"ReadOnly"}},
		}
	})
	defer stop()
	ctx := context.Background()
	p, err := provider.New(prof, func(o *provider.Options) { o.TokenCache = tokens })
	if err != nil {
		log.Fatal(err)
	}
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
