package idctest_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sso"
	"github.com/aws/aws-sdk-go-v2/service/sso/types"

	"github.com/latchkey-sso/latchkey/idctest"
)

func Example() {
	srv, err := idctest.Start(func(o *idctest.Options) {
		o.Accounts = []idctest.Account{{ID: "111122223333", Name: "Playground", Roles: []string{"Developer"}}}
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()

	portal := sso.New(sso.Options{Region: "us-east-1", BaseEndpoint: aws.String(srv.URL())})
	input := &sso.GetRoleCredentialsInput{
		AccessToken: aws.String(srv.SignIn().AccessToken),
		AccountId:   aws.String("111122223333"),
		RoleName:    aws.String("Developer"),
	}
	out, err := portal.GetRoleCredentials(context.Background(), input)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("access key", (*out.RoleCredentials.AccessKeyId)[:4]+"...")

	srv.ExpireAccessTokens()
	_, err = portal.GetRoleCredentials(context.Background(), input)
	if _, ok := errors.AsType[*types.UnauthorizedException](err); ok {
		fmt.Println("the access token has expired")
	}

	for _, r := range srv.Requests() {
		fmt.Println(r)
	}
	// Output:
	// access key ASIA...
	// the access token has expired
	// GetRoleCredentials GET /federation/credentials 200
	// GetRoleCredentials GET /federation/credentials 401
}
