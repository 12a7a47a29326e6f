package ssotoken_test

import (
	"context"
	"fmt"
	"log"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/latchkey-sso/latchkey/internal/ssotest"
	"github.com/latchkey-sso/latchkey/sso"
	"github.com/latchkey-sso/latchkey/ssotoken"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// Call the portal with the token of the sign-in. If the portal rejects the token, for example
// because another tool has signed out, the call is retried with a new token.
func ExampleSource_Do() {
	signIn, server, tokens, stop := ssotest.SignedIn() // profile.Load and SignIn in a program
	defer stop()
	ctx := context.Background()
	source, err := ssotoken.New(signIn, func(o *ssotoken.Options) { o.TokenCache = tokens })
	if err != nil {
		log.Fatal(err)
	}
	portal := sso.New(sso.Options{Region: signIn.Session.Region, BaseEndpoint: aws.String(server.URL())})

	server.ExpireAccessTokens() // the token file still says they are valid
	tok, err := source.Token(ctx)
	if err != nil {
		log.Fatal(err)
	}
	var accounts *sso.ListAccountsOutput
	_, err = source.Do(ctx, tok, func(tok *tokencache.Token) (err error) {
		accounts, err = portal.ListAccounts(ctx, &sso.ListAccountsInput{AccessToken: aws.String(string(tok.AccessToken))})
		return err
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(accounts.AccountList) > 0)
	// Output: true
}
