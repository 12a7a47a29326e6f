// Package ssooidc is a client of the IAM Identity Center OIDC service, which signs users in and refreshes their
// tokens.
//
//	client := ssooidc.New(ssooidc.Options{Region: "us-east-1"})
//	out, err := client.CreateToken(ctx, &ssooidc.CreateTokenInput{
//		ClientId: &id, ClientSecret: &secret, GrantType: aws.String("refresh_token"), RefreshToken: &token,
//	})
//
// The package has the shape of github.com/aws/aws-sdk-go-v2/service/ssooidc and runs on the same middleware. It
// differs in a few points: an empty required member is an error before anything is sent; redirects are never
// followed; logs of requests and responses show no secrets; and see Retries and Errors below. What a successful
// response omits is nil or 0 in the output: the caller decides whether a response without an access token, or
// with one that expires at once, is of use.
//
// # Errors
//
// Every error is a smithy.OperationError. For an error response, errors.As finds the modelled type
// ([InvalidGrantException] and so on), or else a smithy.GenericAPIError, and an awshttp.ResponseError with the
// HTTP status and request id. Its Response.Header has what else AWS support may ask for: X-Amz-Cf-Id, from
// CloudFront, and X-Amz-Id-2, the extended request id. A response that cannot be parsed is a
// smithy.DeserializationError. Without a response, the status is 0.
//
// The message of an error is its OAuth description. A response with an OAuth error code but no AWS one has the
// type that matches the OAuth code.
//
// # Retries
//
// As in the SDK: three attempts, unless the options say otherwise. However, CreateToken and CreateTokenWithIAM
// send a refresh token or an authorization code again only if there was no connection, or if the response was a
// 5xx that the retryer retries. Both work once: if the service had accepted one and the response was lost, the
// second request would fail, and would end the session where refresh tokens rotate.
package ssooidc

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/latchkey-sso/latchkey/internal/awsrest"
)

const (
	// ServiceID is the name of the service in its AWS model.
	ServiceID = "SSO OIDC"

	// ServiceAPIVersion is the version of the API that the client uses.
	ServiceAPIVersion = "2019-06-10"
)

var service = awsrest.Service{
	ID:             ServiceID,
	EndpointPrefix: "oidc",
	SigningName:    "sso-oauth",
	AgentName:      "ssooidc",
	Scope:          "github.com/latchkey-sso/latchkey/ssooidc",
	Error:          modelledError,
}

// Client calls the OIDC service. It is safe for concurrent use.
type Client struct {
	rest *awsrest.Client[Options]
}

// New returns a client. It sets the defaults of options, then applies optFns.
func New(options Options, optFns ...func(*Options)) *Client {
	return &Client{rest: awsrest.New(&service, options, optFns)}
}

// NewFromConfig returns a client with the settings of cfg, including its ServiceOptions, and applies optFns.
// The endpoint follows the precedence of the AWS SDK reference guide:
// AWS_ENDPOINT_URL_SSO_OIDC, AWS_ENDPOINT_URL, the profile's services section, its endpoint_url. It
// ignores the deprecated endpoint resolvers of cfg, and its DefaultsMode.
func NewFromConfig(cfg aws.Config, optFns ...func(*Options)) *Client {
	return &Client{rest: awsrest.NewFromConfig(&service, cfg, optFns)}
}

// Format prints a few of the client's options and no secret, for any verb.
func (c *Client) Format(w fmt.State, _ rune) { _, _ = fmt.Fprintf(w, "ssooidc.Client%v", c.Options()) }

// Options returns a copy of the client's options.
func (c *Client) Options() Options { return c.rest.Options() }
