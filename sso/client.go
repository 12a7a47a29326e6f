// Package sso is a client of the IAM Identity Center portal: what an access token, from a sign-in, is
// good for.
//
//	client := sso.New(sso.Options{Region: "us-east-1"})
//	out, err := client.GetRoleCredentials(ctx, &sso.GetRoleCredentialsInput{
//		AccessToken: &token, AccountId: &account, RoleName: &role,
//	})
//
// [Client.Accounts] and [Client.Roles] go through all accounts, and all roles of one; [Client.AllRoles]
// through the roles of all, as fast as the service allows.
//
// It has the shape of github.com/aws/aws-sdk-go-v2/service/sso, on the same middleware, and differs
// where that client would surprise: an answer of GetRoleCredentials without credentials is an error;
// an empty required member is an error before anything is sent; redirects are never followed, so
// that the token goes to no other host; request and response logs show no secrets.
//
// # Errors
//
// Every error is a smithy.OperationError. When the service answered with an error, errors.As finds the
// type it is modelled as ([UnauthorizedException] and so on) or else a smithy.GenericAPIError, and
// around it an awshttp.ResponseError with HTTP status and request id. Its Response.Header has what AWS
// support may ask for beside: X-Amz-Cf-Id, of CloudFront, and X-Amz-Id-2, the extended request id. An
// answer that cannot be read is a smithy.DeserializationError; where there was no answer, the status
// is 0.
//
// # Retries
//
// As in the SDK: three attempts, unless the options say otherwise.
package sso

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/latchkey-sso/latchkey/internal/awsrest"
)

const (
	// ServiceID is the name of the service in the AWS models.
	ServiceID = "SSO"

	// ServiceAPIVersion is the version of the API this client speaks.
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
	options Options
	rest    *awsrest.Client
	pacer   Pacer // of AllRoles
}

// New returns a client. Its options are completed with their defaults, then changed by optFns.
func New(options Options, optFns ...func(*Options)) *Client {
	options = Options(awsrest.Options(options).WithDefaults())
	for _, fn := range optFns {
		fn(&options)
	}
	final := awsrest.Options(options).Final(0)
	return &Client{options: Options(final), rest: awsrest.NewClient(&service, final)}
}

// NewFromConfig returns a client with the settings of cfg, among them its ServiceOptions, changed by
// optFns. The configured endpoint follows the precedence of the AWS SDK reference guide:
// AWS_ENDPOINT_URL_SSO, AWS_ENDPOINT_URL, the profile's services section, its endpoint_url. The
// deprecated endpoint resolvers of cfg and its DefaultsMode are not used.
func NewFromConfig(cfg aws.Config, optFns ...func(*Options)) *Client {
	return New(Options(awsrest.OptionsFromConfig(cfg, ServiceID)), func(o *Options) {
		for _, fn := range cfg.ServiceOptions {
			fn(ServiceID, o)
		}
		for _, fn := range optFns {
			fn(o)
		}
	})
}

// Format prints a few of the client's options, whatever the verb, and no secret.
func (c *Client) Format(w fmt.State, _ rune) { _, _ = fmt.Fprintf(w, "sso.Client%v", c.options) }

// Options returns a copy of the client's options.
func (c *Client) Options() Options {
	return Options(awsrest.Options(c.options).Copy())
}

func invoke[In, Out any](ctx context.Context, c *Client, op *awsrest.Operation[In, Out], in *In, optFns []func(*Options)) (*Out, error) {
	options := c.Options()
	for _, fn := range optFns {
		fn(&options)
	}
	return awsrest.Invoke(ctx, c.rest, op, in, awsrest.Options(options))
}
