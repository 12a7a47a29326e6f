package ssooidc_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/latchkey-sso/latchkey/ssooidc"
)

// oidc starts a small stand-in for the service, where nobody has entered a device's code yet.
func oidc() *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		switch {
		case r.URL.Path == "/client/register":
			fmt.Fprint(w, `{"clientId":"client","clientSecret":"...","clientSecretExpiresAt":1803038400}`)
		case r.URL.Path == "/device_authorization":
			fmt.Fprint(w, `{"deviceCode":"...","userCode":"WDJB-MJHT","verificationUri":"https://device.sso.us-east-1.amazonaws.com/","interval":1,"expiresIn":600}`)
		case strings.Contains(string(body), "device_code"):
			w.Header().Set("X-Amzn-ErrorType", "AuthorizationPendingException")
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprint(w, `{"error":"authorization_pending","error_description":"The user has not decided yet"}`)
		default:
			fmt.Fprint(w, `{"accessToken":"...","refreshToken":"...","tokenType":"Bearer","expiresIn":3600}`)
		}
	}))
}

// exampleClient returns a client of a new stand-in.
func exampleClient() (client *ssooidc.Client, stop func()) {
	server := oidc()
	return ssooidc.New(ssooidc.Options{Region: "us-east-1", BaseEndpoint: &server.URL}), server.Close
}

func ExampleClient_RegisterClient() {
	server := oidc()
	defer server.Close()
	client := ssooidc.New(ssooidc.Options{Region: "us-east-1", BaseEndpoint: &server.URL})

	out, err := client.RegisterClient(context.Background(), &ssooidc.RegisterClientInput{
		ClientName: aws.String("my-tool"),
		ClientType: aws.String("public"),
		Scopes:     []string{"sso:account:access"},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(*out.ClientId, "until", time.Unix(out.ClientSecretExpiresAt, 0).UTC())
	// Output: client until 2027-02-19 12:00:00 +0000 UTC
}

func ExampleClient_StartDeviceAuthorization() {
	client, stop := exampleClient()
	defer stop()

	out, err := client.StartDeviceAuthorization(context.Background(), &ssooidc.StartDeviceAuthorizationInput{
		ClientId:     aws.String("client"),
		ClientSecret: aws.String("..."),
		StartUrl:     aws.String("https://d-0123456789.awsapps.com/start"),
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("Go to", *out.VerificationUri, "and enter", *out.UserCode)
	// Output: Go to https://device.sso.us-east-1.amazonaws.com/ and enter WDJB-MJHT
}

func ExampleClient_CreateToken() {
	client, stop := exampleClient()
	defer stop()

	out, err := client.CreateToken(context.Background(), &ssooidc.CreateTokenInput{
		ClientId:     aws.String("client"),
		ClientSecret: aws.String("..."),
		GrantType:    aws.String("refresh_token"),
		RefreshToken: aws.String("..."),
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(*out.TokenType, "token for", time.Duration(out.ExpiresIn)*time.Second)
	// Output: Bearer token for 1h0m0s
}

func ExampleClient_CreateToken_pending() {
	client, stop := exampleClient()
	defer stop()

	_, err := client.CreateToken(context.Background(), &ssooidc.CreateTokenInput{
		ClientId:     aws.String("client"),
		ClientSecret: aws.String("..."),
		GrantType:    aws.String("urn:ietf:params:oauth:grant-type:device_code"),
		DeviceCode:   aws.String("..."),
	})
	var pending *ssooidc.AuthorizationPendingException
	if errors.As(err, &pending) {
		fmt.Println("ask again:", pending.ErrorMessage())
	}
	// Output: ask again: The user has not decided yet
}

func ExampleClient_CreateTokenWithIAM() {
	server := oidc()
	defer server.Close()
	client := ssooidc.New(ssooidc.Options{
		Region:       "us-east-1",
		BaseEndpoint: &server.URL,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "..."}, nil
		}),
	})

	out, err := client.CreateTokenWithIAM(context.Background(), &ssooidc.CreateTokenWithIAMInput{
		ClientId:  aws.String("arn:aws:sso::123456789012:application/ssoins-1/apl-1"),
		GrantType: aws.String("urn:ietf:params:oauth:grant-type:jwt-bearer"),
		Assertion: aws.String("..."),
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(*out.TokenType, "token for", time.Duration(out.ExpiresIn)*time.Second)
	// Output: Bearer token for 1h0m0s
}
