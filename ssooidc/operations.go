package ssooidc

import (
	"context"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/middleware"

	"github.com/latchkey-sso/latchkey/internal/awsrest"
)

// RegisterClient registers the program as an OAuth client, which every sign-in needs.
func (c *Client) RegisterClient(ctx context.Context, params *RegisterClientInput, optFns ...func(*Options)) (*RegisterClientOutput, error) {
	return awsrest.Invoke(ctx, c.rest, &registerClient, params, optFns)
}

// RegisterClientInput describes the client. ClientName and ClientType are required.
type RegisterClientInput struct {
	// ClientName is shown to the user who signs in.
	ClientName *string

	// ClientType is public, the only type that the service accepts.
	ClientType *string

	// EntitledApplicationArn is the ARN of an application whose scopes, grants and redirect URIs limit those
	// of the client.
	EntitledApplicationArn *string

	// GrantTypes are the grants that the client uses: authorization_code, refresh_token,
	// urn:ietf:params:oauth:grant-type:device_code.
	GrantTypes []string

	// IssuerUrl is the issuer URL or start URL of the instance. Required for authorization_code.
	IssuerUrl *string

	// RedirectUris are the URIs that an authorization code may be sent to.
	RedirectUris []string

	// Scopes are the scopes of the tokens, usually sso:account:access.
	Scopes []string
}

// RegisterClientOutput is the response. Any member may be missing.
type RegisterClientOutput struct {
	// AuthorizationEndpoint is not set by the service.
	AuthorizationEndpoint *string

	// ClientId identifies the registration.
	ClientId *string

	// ClientIdIssuedAt is the time of the registration, in seconds since 1970.
	ClientIdIssuedAt int64

	// ClientSecret is the secret of ClientId.
	ClientSecret *string

	// ClientSecretExpiresAt is when the registration expires, in seconds since 1970.
	ClientSecretExpiresAt int64

	// TokenEndpoint is not set by the service.
	TokenEndpoint *string

	// ResultMetadata has the request id, the server's time and the attempts.
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

// StartDeviceAuthorization starts a sign-in with a code (RFC 8628): the user enters the code on a page, on any
// device, while the program polls CreateToken.
func (c *Client) StartDeviceAuthorization(ctx context.Context, params *StartDeviceAuthorizationInput, optFns ...func(*Options)) (*StartDeviceAuthorizationOutput, error) {
	return awsrest.Invoke(ctx, c.rest, &startDeviceAuthorization, params, optFns)
}

// StartDeviceAuthorizationInput identifies the client and the portal. All members are required.
type StartDeviceAuthorizationInput struct {
	// ClientId is that of RegisterClient.
	ClientId *string

	// ClientSecret is that of RegisterClient. Secret.
	ClientSecret *string

	// StartUrl is the URL of the access portal.
	StartUrl *string
}

// StartDeviceAuthorizationOutput is the response. Any member may be missing.
type StartDeviceAuthorizationOutput struct {
	// DeviceCode is for CreateToken. Secret.
	DeviceCode *string

	// ExpiresIn is how long the codes are valid, in seconds.
	ExpiresIn int32

	// Interval is how long to wait between calls of CreateToken, in seconds. 0 if the response has none,
	// which means 5 (RFC 8628 section 3.2).
	Interval int32

	// UserCode is the code that the user enters.
	UserCode *string

	// VerificationUri is the page to enter UserCode on.
	VerificationUri *string

	// VerificationUriComplete is VerificationUri with UserCode filled in.
	VerificationUriComplete *string

	// ResultMetadata has the request id, the server's time and the attempts.
	ResultMetadata middleware.Metadata
}

var startDeviceAuthorization = awsrest.Operation[StartDeviceAuthorizationInput, StartDeviceAuthorizationOutput]{
	Spec: awsrest.Spec{Name: "StartDeviceAuthorization", Method: http.MethodPost, Path: "/device_authorization"},
	Validate: func(in *StartDeviceAuthorizationInput, p *awsrest.Params) {
		p.Require("ClientId", in.ClientId)
		p.Require("ClientSecret", in.ClientSecret)
		p.Require("StartUrl", in.StartUrl)
	},
	Encode: func(in *StartDeviceAuthorizationInput, w *awsrest.RequestWriter) {
		w.String("clientId", in.ClientId)
		w.String("clientSecret", in.ClientSecret)
		w.String("startUrl", in.StartUrl)
	},
	Decode: func(o *awsrest.Object, out *StartDeviceAuthorizationOutput) {
		out.DeviceCode = o.String("deviceCode")
		out.ExpiresIn = o.Seconds("expiresIn")
		out.Interval = o.Seconds("interval")
		out.UserCode = o.String("userCode")
		out.VerificationUri = o.String("verificationUri")
		out.VerificationUriComplete = o.String("verificationUriComplete")
	},
	Metadata: func(out *StartDeviceAuthorizationOutput) *middleware.Metadata { return &out.ResultMetadata },
}

// CreateToken exchanges an authorization code, a device code or a refresh token for an access token.
func (c *Client) CreateToken(ctx context.Context, params *CreateTokenInput, optFns ...func(*Options)) (*CreateTokenOutput, error) {
	return awsrest.Invoke(ctx, c.rest, &createToken, params, optFns)
}

// CreateTokenInput identifies the client and has what to exchange. ClientId, ClientSecret and GrantType are
// required.
type CreateTokenInput struct {
	// ClientId is that of RegisterClient.
	ClientId *string

	// ClientSecret is that of RegisterClient. Secret.
	ClientSecret *string

	// GrantType is authorization_code, refresh_token or
	// urn:ietf:params:oauth:grant-type:device_code.
	GrantType *string

	// Code is the authorization code. Secret.
	Code *string

	// CodeVerifier is the PKCE verifier of an authorization code (RFC 7636). Secret.
	CodeVerifier *string

	// DeviceCode is that of StartDeviceAuthorization. Secret.
	DeviceCode *string

	// RedirectUri is the URI that the authorization code was sent to.
	RedirectUri *string

	// RefreshToken is from an earlier CreateToken. Secret.
	RefreshToken *string

	// Scope is ignored by the service: the client's registration decides.
	Scope []string
}

// CreateTokenOutput is the response. Any member may be missing. If the response has a new refresh token, a
// member of the wrong type counts as missing, since an error would lose that token.
type CreateTokenOutput struct {
	// AccessToken authorizes the calls of package sso. Secret.
	AccessToken *string

	// ExpiresIn is how long AccessToken is valid, in seconds. 0 if the response has none. A number in a
	// string is accepted too. Fractions are cut off, and a number that is too large becomes the largest.
	ExpiresIn int32

	// IdToken is not set by the service. Secret.
	IdToken *string

	// RefreshToken is for the next access token. Nil: the refresh token that was sent, if any, stays valid
	// (RFC 6749 section 6). Secret.
	RefreshToken *string

	// TokenType is Bearer.
	TokenType *string

	// ResultMetadata has the request id, the server's time and the attempts.
	ResultMetadata middleware.Metadata
}

var createToken = awsrest.Operation[CreateTokenInput, CreateTokenOutput]{
	Spec: awsrest.Spec{Name: "CreateToken", Method: http.MethodPost, Path: "/token"},
	Validate: func(in *CreateTokenInput, p *awsrest.Params) {
		p.Require("ClientId", in.ClientId)
		p.Require("ClientSecret", in.ClientSecret)
		p.Require("GrantType", in.GrantType)
	},
	SingleUse: func(in *CreateTokenInput) bool { return isSingleUse(in.GrantType) },
	Encode: func(in *CreateTokenInput, w *awsrest.RequestWriter) {
		w.String("clientId", in.ClientId)
		w.String("clientSecret", in.ClientSecret)
		w.String("grantType", in.GrantType)
		w.String("code", in.Code)
		w.String("codeVerifier", in.CodeVerifier)
		w.String("deviceCode", in.DeviceCode)
		w.String("redirectUri", in.RedirectUri)
		w.String("refreshToken", in.RefreshToken)
		w.Strings("scope", in.Scope)
	},
	Decode: func(o *awsrest.Object, out *CreateTokenOutput) {
		out.AccessToken = o.String("accessToken")
		out.ExpiresIn = o.Seconds("expiresIn")
		out.IdToken = o.String("idToken")
		out.RefreshToken = o.String("refreshToken")
		out.TokenType = o.String("tokenType")
		if aws.ToString(out.RefreshToken) != "" {
			o.Forgive() // the one that was sent may be spent
		}
	},
	Metadata: func(out *CreateTokenOutput) *middleware.Metadata { return &out.ResultMetadata },
}

// isSingleUse reports whether the code or token of the grant works only once.
func isSingleUse(grantType *string) bool {
	switch aws.ToString(grantType) {
	case "refresh_token", "authorization_code":
		return true
	default:
		return false
	}
}

// CreateTokenWithIAM gets tokens for an application that signs its requests with IAM credentials
// (Options.Credentials) and has no client secret.
func (c *Client) CreateTokenWithIAM(ctx context.Context, params *CreateTokenWithIAMInput, optFns ...func(*Options)) (*CreateTokenWithIAMOutput, error) {
	return awsrest.Invoke(ctx, c.rest, &createTokenWithIAM, params, optFns)
}

// CreateTokenWithIAMInput identifies the application and has what to exchange. ClientId and GrantType are
// required.
type CreateTokenWithIAMInput struct {
	// ClientId is the ARN of the application.
	ClientId *string

	// GrantType is authorization_code, refresh_token, urn:ietf:params:oauth:grant-type:jwt-bearer
	// or urn:ietf:params:oauth:grant-type:token-exchange.
	GrantType *string

	// Assertion is the token of a trusted issuer for jwt-bearer. Secret.
	Assertion *string

	// Code is the authorization code. Secret.
	Code *string

	// CodeVerifier is the PKCE verifier of an authorization code (RFC 7636). Secret.
	CodeVerifier *string

	// RedirectUri is the URI that the authorization code was sent to.
	RedirectUri *string

	// RefreshToken is from an earlier response. Secret.
	RefreshToken *string

	// RequestedTokenType is the type of token to get for token-exchange (RFC 8693):
	// urn:ietf:params:oauth:token-type:access_token or ...:refresh_token.
	RequestedTokenType *string

	// Scope narrows the scopes of the token. Nil: all that the application may have.
	Scope []string

	// SubjectToken is the access token for token-exchange. Secret.
	SubjectToken *string

	// SubjectTokenType is urn:ietf:params:oauth:token-type:access_token.
	SubjectTokenType *string
}

// CreateTokenWithIAMOutput is the response. Any member may be missing.
type CreateTokenWithIAMOutput struct {
	// AccessToken is the token. Secret.
	AccessToken *string

	// AwsAdditionalDetails has the parts that are specific to AWS. May be nil.
	AwsAdditionalDetails *AwsAdditionalDetails

	// ExpiresIn is how long AccessToken is valid, in seconds. 0 if the response has none.
	ExpiresIn int32

	// IdToken is a JWT that identifies the user. Secret.
	IdToken *string

	// IssuedTokenType is the type of AccessToken.
	IssuedTokenType *string

	// RefreshToken is for the next access token. Secret.
	RefreshToken *string

	// Scope has the scopes of the token.
	Scope []string

	// TokenType is Bearer.
	TokenType *string

	// ResultMetadata has the request id, the server's time and the attempts.
	ResultMetadata middleware.Metadata
}

// AwsAdditionalDetails is the part of a response that is specific to AWS.
type AwsAdditionalDetails struct {
	// IdentityContext is an assertion of the user's identity, signed by STS, for AssumeRole. May be nil.
	// Secret.
	IdentityContext *string
}

var createTokenWithIAM = awsrest.Operation[CreateTokenWithIAMInput, CreateTokenWithIAMOutput]{
	Spec: awsrest.Spec{Name: "CreateTokenWithIAM", Method: http.MethodPost, Path: "/token", Query: "aws_iam=t", Signed: true},
	Validate: func(in *CreateTokenWithIAMInput, p *awsrest.Params) {
		p.Require("ClientId", in.ClientId)
		p.Require("GrantType", in.GrantType)
	},
	SingleUse: func(in *CreateTokenWithIAMInput) bool { return isSingleUse(in.GrantType) },
	Encode: func(in *CreateTokenWithIAMInput, w *awsrest.RequestWriter) {
		w.String("assertion", in.Assertion)
		w.String("clientId", in.ClientId)
		w.String("code", in.Code)
		w.String("codeVerifier", in.CodeVerifier)
		w.String("grantType", in.GrantType)
		w.String("redirectUri", in.RedirectUri)
		w.String("refreshToken", in.RefreshToken)
		w.String("requestedTokenType", in.RequestedTokenType)
		w.Strings("scope", in.Scope)
		w.String("subjectToken", in.SubjectToken)
		w.String("subjectTokenType", in.SubjectTokenType)
	},
	Decode: func(o *awsrest.Object, out *CreateTokenWithIAMOutput) {
		out.AccessToken = o.String("accessToken")
		if details := o.Object("awsAdditionalDetails"); details != nil {
			out.AwsAdditionalDetails = &AwsAdditionalDetails{IdentityContext: details.String("identityContext")}
		}
		out.ExpiresIn = o.Seconds("expiresIn")
		out.IdToken = o.String("idToken")
		out.IssuedTokenType = o.String("issuedTokenType")
		out.RefreshToken = o.String("refreshToken")
		out.Scope = o.Strings("scope")
		out.TokenType = o.String("tokenType")
	},
	Metadata: func(out *CreateTokenWithIAMOutput) *middleware.Metadata { return &out.ResultMetadata },
}
