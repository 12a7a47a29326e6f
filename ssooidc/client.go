// Package ssooidc is a client for the IAM Identity Center OIDC API, which signs users in and refreshes their tokens.
//
//	client := ssooidc.New(ssooidc.Options{Region: "us-east-1"})
//	out, err := client.CreateToken(ctx, &ssooidc.CreateTokenInput{
//		ClientId: &id, ClientSecret: &secret, GrantType: aws.String("refresh_token"), RefreshToken: &token,
//	})
//
// The package mirrors github.com/aws/aws-sdk-go-v2/service/ssooidc and uses the same middleware, with some differences:
// an empty required member is an error before anything is sent; redirects are never followed; logs contain no secrets;
// errors and retries differ as described below. Members missing from a successful response are nil or 0 in the output:
// the caller must check for an access token and its expiration.
//
// # Errors
//
// Every error is a smithy.OperationError. An error response also matches its modeled type ([InvalidGrantException]
// and so on) or a smithy.GenericAPIError, and an awshttp.ResponseError with the HTTP status and request ID. The
// Response.Header of the latter has X-Amz-Cf-Id and X-Amz-Id-2, which AWS Support may ask for. A response that cannot
// be parsed is a smithy.DeserializationError. Without a response, the status is 0.
//
// The message of an error is the OAuth error_description. A response with an OAuth error code but no AWS error code
// has the type for the OAuth code.
//
// # Retries
//
// As in the SDK, there are three attempts by default. However, CreateToken and CreateTokenWithIAM resend a refresh
// token or an authorization code only if no connection was made, or after a 5xx response that the retryer retries.
// Both can be used once: if the service accepted one and the response was lost, a second request would fail, and could
// revoke the session.
package ssooidc

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/latchkey-sso/latchkey/internal/awsrest"
)

const (
	// ServiceID is the service ID in the AWS API model.
	ServiceID = "SSO OIDC"

	// ServiceAPIVersion is the API version.
	ServiceAPIVersion = "2019-06-10"
)

var service = awsrest.Service{
	ID:             ServiceID,
	EndpointPrefix: "oidc",
	SigningName:    "sso-oauth",
	AgentName:      "ssooidc",
	Scope:          "github.com/latchkey-sso/latchkey/ssooidc",
	Error:          modeledError,
}

// Client calls the OIDC API. It is safe for concurrent use.
type Client struct {
	rest *awsrest.Client[Options]
}

// New returns a client with options, after setting their defaults and applying optFns.
func New(options Options, optFns ...func(*Options)) *Client {
	return &Client{rest: awsrest.New(&service, options, optFns)}
}

// NewFromConfig returns a client with the settings of cfg, including its ServiceOptions, and optFns. The endpoint is
// the first one set, in the order of the AWS SDKs and Tools Reference Guide:
// AWS_ENDPOINT_URL_SSO_OIDC, AWS_ENDPOINT_URL, the profile's services section, its endpoint_url. NewFromConfig
// ignores the deprecated endpoint resolvers and the DefaultsMode of cfg.
func NewFromConfig(cfg aws.Config, optFns ...func(*Options)) *Client {
	return &Client{rest: awsrest.NewFromConfig(&service, cfg, optFns)}
}

// Format prints some of the client's options and no secrets, for every verb.
func (c *Client) Format(w fmt.State, _ rune) { _, _ = fmt.Fprintf(w, "ssooidc.Client%v", c.Options()) }

// Options returns a copy of the client's options.
func (c *Client) Options() Options { return c.rest.Options() }
