package ssooidc_test

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	official "github.com/aws/aws-sdk-go-v2/service/ssooidc"
	"github.com/google/go-cmp/cmp"

	"github.com/latchkey-sso/latchkey/internal/awsrest/resttest"
	"github.com/latchkey-sso/latchkey/ssooidc"
)

const module = "github.com/aws/aws-sdk-go-v2/service/ssooidc"

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

// TestOperations holds the operations against the SDK's client.
func TestOperations(t *testing.T) {
	got, want := resttest.Operations(&ssooidc.Client{}), resttest.Operations(&official.Client{})
	if diff := cmp.Diff(want, got); diff != "" || len(got) != 4 {
		t.Errorf("operations (-SDK +ours):\n%s", diff)
	}
}

func TestRequestSnapshots(t *testing.T) {
	for _, snapshot := range resttest.Snapshots(t, module, "request.snap") {
		t.Run(snapshot.Name, func(t *testing.T) {
			server := resttest.NewServer(t, resttest.Reply(400, ""))
			client := newClient(server, func(o *ssooidc.Options) {
				o.Credentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
					return aws.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "secret-key"}, nil
				})
			})
			_, _ = resttest.Call(t.Context(), t, client, snapshot.Name, resttest.FillSnapshot)
			resttest.CompareRequest(t, snapshot, server.Requests())
		})
	}
}

func TestResponseSnapshots(t *testing.T) {
	iam := resttest.Filled(&ssooidc.CreateTokenWithIAMOutput{})
	iam.AwsAdditionalDetails = resttest.Filled(&ssooidc.AwsAdditionalDetails{})
	outputs := map[string]any{
		"CreateToken":              resttest.Filled(&ssooidc.CreateTokenOutput{}),
		"CreateTokenWithIAM":       iam,
		"RegisterClient":           resttest.Filled(&ssooidc.RegisterClientOutput{}),
		"StartDeviceAuthorization": resttest.Filled(&ssooidc.StartDeviceAuthorizationOutput{}),
	}
	for _, snapshot := range resttest.Snapshots(t, module, "response.snap") {
		t.Run(snapshot.Name, func(t *testing.T) {
			server := resttest.NewServer(t, resttest.Reply(snapshot.Status(), snapshot.Body))
			got, err := resttest.Call(t.Context(), t, newClient(server), snapshot.Name, resttest.FillSnapshot)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(resttest.Members(outputs[snapshot.Name]), resttest.Members(got)); diff != "" {
				t.Errorf("output (-want +got):\n%s", diff)
			}
		})
		delete(outputs, snapshot.Name)
	}
	if len(outputs) > 0 {
		t.Errorf("no snapshots of %v", slices.Collect(maps.Keys(outputs)))
	}
}

// modelled holds an error of each type, as the SDK's snapshots have it.
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

func TestErrorSnapshots(t *testing.T) {
	errs := modelled()
	for _, snapshot := range resttest.Snapshots(t, module, "error.snap") {
		for _, operation := range resttest.Operations(&ssooidc.Client{}) {
			t.Run(snapshot.Name+"/"+operation, func(t *testing.T) {
				server := resttest.NewServer(t, resttest.Reply(snapshot.Status(), snapshot.Body, "X-Amzn-Requestid", "r-1"))
				_, err := resttest.Call(t.Context(), t, newClient(server), operation, resttest.FillSnapshot)
				resttest.CompareError(t, errs[snapshot.Name], snapshot.Status(), err)
			})
		}
		delete(errs, snapshot.Name)
	}
	if len(errs) > 0 {
		t.Errorf("no snapshots of %v", slices.Collect(maps.Keys(errs)))
	}
}

// TestLikeTheSDK sends the same inputs with the SDK's client and with ours.
func TestLikeTheSDK(t *testing.T) {
	answers := map[string]string{
		"CreateToken":              `{"accessToken":"a","expiresIn":3600,"refreshToken":"","tokenType":"Bearer","access_token":"no"}`,
		"CreateTokenWithIAM":       `{"scope":["a","b"],"awsAdditionalDetails":{},"issuedTokenType":"t","expiresIn":-1}`,
		"RegisterClient":           `{"clientId":"c","clientSecret":"s","clientIdIssuedAt":1651516560,"clientSecretExpiresAt":9007199254740993}`,
		"StartDeviceAuthorization": ``,
	}
	for operation, answer := range answers {
		t.Run(operation, func(t *testing.T) {
			server := resttest.NewServer(t, resttest.Reply(200, answer))
			theirs := official.New(official.Options{Region: "us-east-1", BaseEndpoint: &server.URL, Credentials: signer})
			ours := ssooidc.New(ssooidc.Options{Region: "us-east-1", BaseEndpoint: &server.URL, Credentials: signer})
			resttest.CompareClients(t, server, operation, theirs, ours)
		})
	}
}

func TestMissingInput(t *testing.T) {
	server := resttest.NewServer(t, func(http.ResponseWriter, *http.Request, int) {})
	theirs := official.New(official.Options{Region: "us-east-1", BaseEndpoint: &server.URL})
	for _, operation := range resttest.Operations(&ssooidc.Client{}) {
		t.Run(operation, func(t *testing.T) {
			resttest.CompareMissing(t, operation, theirs, newClient(server))
		})
	}
	if n := len(server.Requests()); n > 0 {
		t.Errorf("%d requests were sent", n)
	}
}
