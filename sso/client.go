// Package sso is a client for the IAM Identity Center portal API, which lists the accounts and roles of a user and
// issues role credentials.
//
//	client := sso.New(sso.Options{Region: "us-east-1"})
//	out, err := client.GetRoleCredentials(ctx, &sso.GetRoleCredentialsInput{
//		AccessToken: &token, AccountId: &account, RoleName: &role,
//	})
//
// [Client.Accounts] iterates over all accounts, [Client.Roles] over the roles in one account, and [Client.AllRoles]
// over the roles in all accounts, within the service's rate limit.
//
// The package mirrors github.com/aws/aws-sdk-go-v2/service/sso and uses the same middleware, with some differences:
// GetRoleCredentials fails if the response has no credentials; an empty required member is an error before anything
// is sent; redirects are never followed, so the token does not reach other hosts; logs contain no secrets.
//
// # Errors
//
// Every error is a smithy.OperationError. An error response also matches its modeled type ([UnauthorizedException]
// and so on) or a smithy.GenericAPIError, and an awshttp.ResponseError with the HTTP status and request ID. The
// Response.Header of the latter has X-Amz-Cf-Id and X-Amz-Id-2, which AWS Support may ask for. A response that cannot
// be parsed is a smithy.DeserializationError. Without a response, the status is 0.
//
// # Retries
//
// As in the SDK, there are three attempts by default.
package sso

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/latchkey-sso/latchkey/internal/awsrest"
)

const (
	// ServiceID is the service ID in the AWS API model.
	ServiceID = "SSO"

	// ServiceAPIVersion is the API version.
	ServiceAPIVersion = "2019-06-10"
)

var service = awsrest.Service{
	ID:             ServiceID,
	EndpointPrefix: "portal.sso",
	AgentName:      "sso",
	Scope:          "github.com/latchkey-sso/latchkey/sso",
	Error:          modeledError,
}

// Client calls the portal API. It is safe for concurrent use.
type Client struct {
	rest  *awsrest.Client[Options]
	pacer Pacer // for AllRoles
}

// New returns a client with options, after setting their defaults and applying optFns.
func New(options Options, optFns ...func(*Options)) *Client {
	return &Client{rest: awsrest.New(&service, options, optFns)}
}

// NewFromConfig returns a client with the settings of cfg, including its ServiceOptions, and optFns. The endpoint is
// the first one set, in the order of the AWS SDKs and Tools Reference Guide:
// AWS_ENDPOINT_URL_SSO, AWS_ENDPOINT_URL, the profile's services section, its endpoint_url. NewFromConfig
// ignores the deprecated endpoint resolvers and the DefaultsMode of cfg.
func NewFromConfig(cfg aws.Config, optFns ...func(*Options)) *Client {
	return &Client{rest: awsrest.NewFromConfig(&service, cfg, optFns)}
}

// Format prints some of the client's options and no secrets, for every verb.
func (c *Client) Format(w fmt.State, _ rune) { _, _ = fmt.Fprintf(w, "sso.Client%v", c.Options()) }

// Options returns a copy of the client's options.
func (c *Client) Options() Options { return c.rest.Options() }
