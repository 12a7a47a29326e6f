// Package sso is a client of the IAM Identity Center portal, which lists the accounts and roles of a sign-in and
// gives credentials for them.
//
//	client := sso.New(sso.Options{Region: "us-east-1"})
//	out, err := client.GetRoleCredentials(ctx, &sso.GetRoleCredentialsInput{
//		AccessToken: &token, AccountId: &account, RoleName: &role,
//	})
//
// [Client.Accounts] iterates over all accounts, [Client.Roles] over the roles of one, and [Client.AllRoles] over
// the roles of all, at the rate that the service allows.
//
// The package has the shape of github.com/aws/aws-sdk-go-v2/service/sso and runs on the same middleware. It
// differs in a few points: GetRoleCredentials fails if the response has no credentials; an empty required member
// is an error before anything is sent; redirects are never followed, so that the token reaches no other host;
// logs of requests and responses show no secrets.
//
// # Errors
//
// Every error is a smithy.OperationError. For an error response, errors.As finds the modelled type
// ([UnauthorizedException] and so on), or else a smithy.GenericAPIError, and an awshttp.ResponseError with the
// HTTP status and request id. Its Response.Header has what else AWS support may ask for: X-Amz-Cf-Id, from
// CloudFront, and X-Amz-Id-2, the extended request id. A response that cannot be parsed is a
// smithy.DeserializationError. Without a response, the status is 0.
//
// # Retries
//
// As in the SDK: three attempts, unless the options say otherwise.
package sso

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/latchkey-sso/latchkey/internal/awsrest"
)

const (
	// ServiceID is the name of the service in its AWS model.
	ServiceID = "SSO"

	// ServiceAPIVersion is the version of the API that the client uses.
	ServiceAPIVersion = "2019-06-10"
)

var service = awsrest.Service{
	ID:             ServiceID,
	EndpointPrefix: "portal.sso",
	AgentName:      "sso",
	Scope:          "github.com/latchkey-sso/latchkey/sso",
	Error:          modelledError,
}

// Client calls the portal. It is safe for concurrent use.
type Client struct {
	rest  *awsrest.Client[Options]
	pacer Pacer // of AllRoles
}

// New returns a client. It sets the defaults of options, then applies optFns.
func New(options Options, optFns ...func(*Options)) *Client {
	return &Client{rest: awsrest.New(&service, options, optFns)}
}

// NewFromConfig returns a client with the settings of cfg, including its ServiceOptions, and applies optFns.
// The endpoint follows the precedence of the AWS SDK reference guide:
// AWS_ENDPOINT_URL_SSO, AWS_ENDPOINT_URL, the profile's services section, its endpoint_url. It
// ignores the deprecated endpoint resolvers of cfg, and its DefaultsMode.
func NewFromConfig(cfg aws.Config, optFns ...func(*Options)) *Client {
	return &Client{rest: awsrest.NewFromConfig(&service, cfg, optFns)}
}

// Format prints a few of the client's options and no secret, for any verb.
func (c *Client) Format(w fmt.State, _ rune) { _, _ = fmt.Fprintf(w, "sso.Client%v", c.Options()) }

// Options returns a copy of the client's options.
func (c *Client) Options() Options { return c.rest.Options() }
