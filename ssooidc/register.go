package ssooidc

import (
	"context"
	"net/http"

	"github.com/aws/smithy-go/middleware"

	"github.com/latchkey-sso/latchkey/internal/awsrest"
)

// RegisterClient registers this program with the service, for the sign-ins that follow.
func (c *Client) RegisterClient(ctx context.Context, params *RegisterClientInput, optFns ...func(*Options)) (*RegisterClientOutput, error) {
	return invoke(ctx, c, &registerClient, params, optFns)
}

// RegisterClientInput describes the program. ClientName and ClientType are required.
type RegisterClientInput struct {
	// ClientName is shown to the person who signs in.
	ClientName *string

	// ClientType is public, the only type the service takes.
	ClientType *string

	// EntitledApplicationArn is the ARN of an application whose scopes, grants and redirect URIs
	// limit those of this client.
	EntitledApplicationArn *string

	// GrantTypes are the grants to use: authorization_code, refresh_token,
	// urn:ietf:params:oauth:grant-type:device_code.
	GrantTypes []string

	// IssuerUrl is the issuer, or start, URL of the instance. Needed for authorization_code.
	IssuerUrl *string

	// RedirectUris are where an authorization code may be sent.
	RedirectUris []string

	// Scopes are what its tokens shall be good for: sso:account:access, usually.
	Scopes []string
}

// RegisterClientOutput is what the service answered: any member may be missing.
type RegisterClientOutput struct {
	// AuthorizationEndpoint is not in use by the service.
	AuthorizationEndpoint *string

	// ClientId names the registration.
	ClientId *string

	// ClientIdIssuedAt is when it was made, in seconds since 1970.
	ClientIdIssuedAt int64

	// ClientSecret goes with ClientId. Secret.
	ClientSecret *string

	// ClientSecretExpiresAt is when the registration ends, in seconds since 1970.
	ClientSecretExpiresAt int64

	// TokenEndpoint is not in use by the service.
	TokenEndpoint *string

	// ResultMetadata tells about the exchange: request id, the server's time, attempts.
	ResultMetadata middleware.Metadata
}

var registerClient = awsrest.Operation[RegisterClientInput, RegisterClientOutput]{
	Spec: awsrest.Spec{Name: "RegisterClient", Method: http.MethodPost, Path: "/client/register"},
	Validate: func(in *RegisterClientInput, p *awsrest.Params) {
		p.Require("ClientName", in.ClientName)
		p.Require("ClientType", in.ClientType)
	},
	Encode: func(in *RegisterClientInput, w *awsrest.RequestWriter) {
		w.String("clientName", in.ClientName)
		w.String("clientType", in.ClientType)
		w.String("entitledApplicationArn", in.EntitledApplicationArn)
		w.Strings("grantTypes", in.GrantTypes)
		w.String("issuerUrl", in.IssuerUrl)
		w.Strings("redirectUris", in.RedirectUris)
		w.Strings("scopes", in.Scopes)
	},
	Decode: func(o *awsrest.Object, out *RegisterClientOutput) {
		out.AuthorizationEndpoint = o.String("authorizationEndpoint")
		out.ClientId = o.String("clientId")
		out.ClientIdIssuedAt = o.Int64("clientIdIssuedAt")
		out.ClientSecret = o.String("clientSecret")
		out.ClientSecretExpiresAt = o.Int64("clientSecretExpiresAt")
		out.TokenEndpoint = o.String("tokenEndpoint")
	},
	Metadata: func(out *RegisterClientOutput) *middleware.Metadata { return &out.ResultMetadata },
}
