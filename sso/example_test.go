package sso_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"

	"github.com/latchkey-sso/latchkey/sso"
)

// portal starts a small stand-in for the service, which knows one sign-in.
func portal() *httptest.Server {
	answers := map[string]string{
		"/federation/credentials": `{"roleCredentials":{"accessKeyId":"ASIAEXAMPLE","secretAccessKey":"...","sessionToken":"...","expiration":1795262400000}}`,
		"/assignment/accounts":    `{"accountList":[{"accountId":"111111111111","accountName":"dev"},{"accountId":"222222222222","accountName":"prod"}]}`,
		"/assignment/roles":       `{"roleList":[{"roleName":"Admin"},{"roleName":"ReadOnly"}]}`,
		"/logout":                 ``,
	}
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Amz-Sso_bearer_token") != "token" {
			w.Header().Set("X-Amzn-ErrorType", "UnauthorizedException")
			w.Header().Set("X-Amzn-RequestId", "6c1b1a4e")
			w.Header().Set("X-Amz-Id-2", "eftixk72aD6Ap51T")
			w.Header().Set("X-Amz-Cf-Id", "Y2xvdWRmcm9udA==")
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprint(w, `{"message":"Session token not found or invalid"}`)
			return
		}
		fmt.Fprint(w, answers[r.URL.Path])
	}))
}

// exampleClient returns a client of a new stand-in.
func exampleClient() (client *sso.Client, stop func()) {
	server := portal()
	return sso.New(sso.Options{Region: "us-east-1", BaseEndpoint: &server.URL}), server.Close
}

func ExampleClient_GetRoleCredentials() {
	server := portal()
	defer server.Close()
	client := sso.New(sso.Options{Region: "us-east-1", BaseEndpoint: &server.URL})

	out, err := client.GetRoleCredentials(context.Background(), &sso.GetRoleCredentialsInput{
		AccessToken: aws.String("token"),
		AccountId:   aws.String("111111111111"),
		RoleName:    aws.String("ReadOnly"),
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(*out.RoleCredentials.AccessKeyId, "until", time.UnixMilli(out.RoleCredentials.Expiration).UTC())
	// Output: ASIAEXAMPLE until 2026-11-21 12:00:00 +0000 UTC
}

func ExampleClient_GetRoleCredentials_signInAgain() {
	client, stop := exampleClient()
	defer stop()

	_, err := client.GetRoleCredentials(context.Background(), &sso.GetRoleCredentialsInput{
		AccessToken: aws.String("expired"),
		AccountId:   aws.String("111111111111"),
		RoleName:    aws.String("ReadOnly"),
	})
	var unauthorized *sso.UnauthorizedException
	if errors.As(err, &unauthorized) {
		fmt.Println("sign in again:", unauthorized.ErrorMessage())
	}
	// Output: sign in again: Session token not found or invalid
}

// What AWS support asks for: the ids of a request that failed.
func ExampleClient_GetRoleCredentials_requestIDs() {
	client, stop := exampleClient()
	defer stop()

	_, err := client.GetRoleCredentials(context.Background(), &sso.GetRoleCredentialsInput{
		AccessToken: aws.String("expired"),
		AccountId:   aws.String("111111111111"),
		RoleName:    aws.String("ReadOnly"),
	})
	var answer *awshttp.ResponseError
	if errors.As(err, &answer) {
		fmt.Println("status", answer.HTTPStatusCode())
		fmt.Println("request", answer.ServiceRequestID())
		fmt.Println("extended request", answer.Response.Header.Get("X-Amz-Id-2"))
		fmt.Println("CloudFront", answer.Response.Header.Get("X-Amz-Cf-Id"))
	}
	// Output:
	// status 401
	// request 6c1b1a4e
	// extended request eftixk72aD6Ap51T
	// CloudFront Y2xvdWRmcm9udA==
}

func ExampleClient_ListAccounts() {
	client, stop := exampleClient()
	defer stop()

	out, err := client.ListAccounts(context.Background(), &sso.ListAccountsInput{
		AccessToken: aws.String("token"),
		MaxResults:  aws.Int32(100),
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(out.AccountList), "accounts on the first page, more:", out.NextToken != nil)
	// Output: 2 accounts on the first page, more: false
}

func ExampleClient_ListAccountRoles() {
	client, stop := exampleClient()
	defer stop()

	out, err := client.ListAccountRoles(context.Background(), &sso.ListAccountRolesInput{
		AccessToken: aws.String("token"),
		AccountId:   aws.String("111111111111"),
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(*out.RoleList[0].RoleName)
	// Output: Admin
}

func ExampleClient_Logout() {
	client, stop := exampleClient()
	defer stop()

	_, err := client.Logout(context.Background(), &sso.LogoutInput{AccessToken: aws.String("token")})
	fmt.Println(err)
	// Output: <nil>
}

func ExampleClient_Accounts() {
	client, stop := exampleClient()
	defer stop()

	for account, err := range client.Accounts(context.Background(), "token") {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(*account.AccountId, *account.AccountName)
	}
	// Output:
	// 111111111111 dev
	// 222222222222 prod
}

func ExampleClient_Roles() {
	client, stop := exampleClient()
	defer stop()

	for role, err := range client.Roles(context.Background(), "token", "111111111111") {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(*role.RoleName)
	}
	// Output:
	// Admin
	// ReadOnly
}

func ExampleClient_AllRoles() {
	client, stop := exampleClient()
	defer stop()

	for role, err := range client.AllRoles(context.Background(), "token") {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(*role.AccountId, *role.RoleName)
	}
	// Output:
	// 111111111111 Admin
	// 111111111111 ReadOnly
	// 222222222222 Admin
	// 222222222222 ReadOnly
}

func ExampleNewListAccountsPaginator() {
	client, stop := exampleClient()
	defer stop()

	pages := sso.NewListAccountsPaginator(client, &sso.ListAccountsInput{AccessToken: aws.String("token")})
	for pages.HasMorePages() {
		page, err := pages.NextPage(context.Background())
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(len(page.AccountList), "accounts")
	}
	// Output: 2 accounts
}
