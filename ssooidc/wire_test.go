package ssooidc_test

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	official "github.com/aws/aws-sdk-go-v2/service/ssooidc"

	"github.com/latchkey-sso/latchkey/internal/awsrest/resttest"
	"github.com/latchkey-sso/latchkey/ssooidc"
)

// signer holds the credentials for CreateTokenWithIAM.
var signer = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
	return aws.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "secret-key", SessionToken: "session-token"}, nil
})

// newClient returns a client of a server, which gives up at the first failure.
func newClient(server *resttest.Server, optFns ...func(*ssooidc.Options)) *ssooidc.Client {
	return ssooidc.New(ssooidc.Options{
		Region:       "us-east-1",
		BaseEndpoint: &server.URL,
		Credentials:  signer,
		Retryer:      aws.NopRetryer{},
	}, optFns...)
}

// modeled holds an error of each type, as the SDK's snapshots have it.
func modelled() map[string]error {
	denied := resttest.Filled(&ssooidc.AccessDeniedException{}, "Message")
	denied.Reason = ssooidc.AccessDeniedExceptionReasonKmsAccessDenied
	invalid := resttest.Filled(&ssooidc.InvalidRequestException{}, "Message")
	invalid.Reason = ssooidc.InvalidRequestExceptionReasonKmsKeyNotFound
	errs := map[string]error{
		"AccessDeniedException":          denied,
		"AuthorizationPendingException":  resttest.Filled(&ssooidc.AuthorizationPendingException{}, "Message"),
		"ExpiredTokenException":          resttest.Filled(&ssooidc.ExpiredTokenException{}, "Message"),
		"InternalServerException":        resttest.Filled(&ssooidc.InternalServerException{}, "Message"),
		"InvalidClientException":         resttest.Filled(&ssooidc.InvalidClientException{}, "Message"),
		"InvalidClientMetadataException": resttest.Filled(&ssooidc.InvalidClientMetadataException{}, "Message"),
		"InvalidGrantException":          resttest.Filled(&ssooidc.InvalidGrantException{}, "Message"),
		"InvalidRedirectUriException":    resttest.Filled(&ssooidc.InvalidRedirectUriException{}, "Message"),
		"InvalidRequestException":        invalid,
		"InvalidRequestRegionException":  resttest.Filled(&ssooidc.InvalidRequestRegionException{}, "Message"),
		"InvalidScopeException":          resttest.Filled(&ssooidc.InvalidScopeException{}, "Message"),
		"SlowDownException":              resttest.Filled(&ssooidc.SlowDownException{}, "Message"),
		"UnauthorizedClientException":    resttest.Filled(&ssooidc.UnauthorizedClientException{}, "Message"),
		"UnsupportedGrantTypeException":  resttest.Filled(&ssooidc.UnsupportedGrantTypeException{}, "Message"),
	}
	return errs
}

// TestLikeTheSDK compares the client with the SDK's.
func TestLikeTheSDK(t *testing.T) {
	iam := resttest.Filled(&ssooidc.CreateTokenWithIAMOutput{})
	iam.AwsAdditionalDetails = resttest.Filled(&ssooidc.AwsAdditionalDetails{})
	resttest.Suite{
		Module: "github.com/aws/aws-sdk-go-v2/service/ssooidc",
		Ours:   func(server *resttest.Server) any { return newClient(server) },
		Signed: func(server *resttest.Server) any {
			return newClient(server, func(o *ssooidc.Options) {
				o.Credentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
					return aws.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "secret-key"}, nil
				})
			})
		},
		Theirs: func(server *resttest.Server) any {
			return official.New(official.Options{Region: "us-east-1", BaseEndpoint: &server.URL, Credentials: signer})
		},
		Retried: func(server *resttest.Server) any {
			return ssooidc.New(ssooidc.Options{Region: "us-east-1", BaseEndpoint: &server.URL, Credentials: signer})
		},
		Outputs: map[string]any{
			"CreateToken":              resttest.Filled(&ssooidc.CreateTokenOutput{}),
			"CreateTokenWithIAM":       iam,
			"RegisterClient":           resttest.Filled(&ssooidc.RegisterClientOutput{}),
			"StartDeviceAuthorization": resttest.Filled(&ssooidc.StartDeviceAuthorizationOutput{}),
		},
		Errors: modelled(),
		Bodies: map[string]string{
			"CreateToken":              `{"accessToken":"a","expiresIn":3600,"refreshToken":"","tokenType":"Bearer","access_token":"no"}`,
			"CreateTokenWithIAM":       `{"scope":["a","b"],"awsAdditionalDetails":{},"issuedTokenType":"t","expiresIn":-1}`,
			"RegisterClient":           `{"clientId":"c","clientSecret":"s","clientIdIssuedAt":1651516560,"clientSecretExpiresAt":9007199254740993}`,
			"StartDeviceAuthorization": ``,
		},
	}.Run(t)
}
