package ssooidc

import (
	"context"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/middleware"

	"github.com/latchkey-sso/latchkey/internal/awsrest"
)

// RegisterClient registers an OAuth client, which every sign-in needs.
func (c *Client) RegisterClient(ctx context.Context, params *RegisterClientInput, optFns ...func(*Options)) (*RegisterClientOutput, error) {
	return awsrest.Invoke(ctx, c.rest, &registerClient, params, optFns)
}

// RegisterClientInput describes the client. ClientName and ClientType are required.
type RegisterClientInput struct {
	// ClientName is shown to the user during sign-in.
	ClientName *string

	// ClientType must be public.
	ClientType *string

	// EntitledApplicationArn is the ARN of an application that limits the client's scopes, grants and redirect
	// URIs.
	EntitledApplicationArn *string

	// GrantTypes are the grants that the client uses: authorization_code, refresh_token,
	// urn:ietf:params:oauth:grant-type:device_code.
	GrantTypes []string

	// IssuerUrl is the issuer URL or start URL of the instance. Required for authorization_code.
	IssuerUrl *string

	// RedirectUris are the allowed redirect URIs.
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

	// ClientIdIssuedAt is the registration time, as Unix time in seconds.
	ClientIdIssuedAt int64

	// ClientSecret is the secret of ClientId.
	ClientSecret *string

	// ClientSecretExpiresAt is the expiration time of the registration, as Unix time in seconds.
	ClientSecretExpiresAt int64

	// TokenEndpoint is not set by the service.
	TokenEndpoint *string

	// ResultMetadata holds the request ID, the server time and the retry attempts.
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

// StartDeviceAuthorization starts a device authorization (RFC 8628): the user enters a code in a browser on any device,
// while the program polls CreateToken.
func (c *Client) StartDeviceAuthorization(ctx context.Context, params *StartDeviceAuthorizationInput, optFns ...func(*Options)) (*StartDeviceAuthorizationOutput, error) {
	return awsrest.Invoke(ctx, c.rest, &startDeviceAuthorization, params, optFns)
}

// StartDeviceAuthorizationInput identifies the client and the portal. All members are required.
type StartDeviceAuthorizationInput struct {
	// ClientId is from RegisterClient.
	ClientId *string

	// ClientSecret is from RegisterClient. Secret.
	ClientSecret *string

	// StartUrl is the URL of the access portal.
	StartUrl *string
}

// StartDeviceAuthorizationOutput is the response. Any member may be missing.
type StartDeviceAuthorizationOutput struct {
	// DeviceCode is for CreateToken. Secret.
	DeviceCode *string

	// ExpiresIn is the lifetime of the codes, in seconds.
	ExpiresIn int32

	// Interval is the minimum time between CreateToken calls, in seconds. If the response omits it, it is 0,
	// which means 5 seconds (RFC 8628 section 3.2).
	Interval int32

	// UserCode is the code that the user enters.
	UserCode *string

	// VerificationUri is the URL of the page where the user enters UserCode.
	VerificationUri *string

	// VerificationUriComplete is VerificationUri including UserCode.
	VerificationUriComplete *string

	// ResultMetadata holds the request ID, the server time and the retry attempts.
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

// CreateTokenInput is the input of [Client.CreateToken]. ClientId, ClientSecret and GrantType are required.
type CreateTokenInput struct {
	// ClientId is from RegisterClient.
	ClientId *string

	// ClientSecret is from RegisterClient. Secret.
	ClientSecret *string

	// GrantType is authorization_code, refresh_token or
	// urn:ietf:params:oauth:grant-type:device_code.
	GrantType *string

	// Code is the authorization code. Secret.
	Code *string

	// CodeVerifier is the PKCE verifier of an authorization code (RFC 7636). Secret.
	CodeVerifier *string

	// DeviceCode is from StartDeviceAuthorization. Secret.
	DeviceCode *string

	// RedirectUri is the redirect URI of the authorization request.
	RedirectUri *string

	// RefreshToken is from an earlier CreateToken. Secret.
	RefreshToken *string

	// Scope is ignored by the service: the client's registration decides.
	Scope []string
}

// CreateTokenOutput is the response. Any member may be missing. If the response has a new refresh token, members of the
// wrong type are treated as missing, since an error would lose the token.
type CreateTokenOutput struct {
	// AccessToken is the bearer token for package sso. Secret.
	AccessToken *string

	// ExpiresIn is the lifetime of AccessToken, in seconds; 0 if the response omits it. A numeric string is
	// accepted, fractions are dropped, and large numbers are capped at the maximum of an int32.
	ExpiresIn int32

	// IdToken is not set by the service. Secret.
	IdToken *string

	// RefreshToken is the refresh token. Nil means that the one that was sent, if any, stays valid (RFC 6749
	// section 6). Secret.
	RefreshToken *string

	// TokenType is Bearer.
	TokenType *string

	// ResultMetadata holds the request ID, the server time and the retry attempts.
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
			o.Forgive() // the old refresh token may be used up
		}
	},
	Metadata: func(out *CreateTokenOutput) *middleware.Metadata { return &out.ResultMetadata },
}

// isSingleUse reports whether the grant uses a single-use code or token.
func isSingleUse(grantType *string) bool {
	switch aws.ToString(grantType) {
	case "refresh_token", "authorization_code":
		return true
	default:
		return false
	}
}

// CreateTokenWithIAM returns tokens for an application that authenticates with IAM credentials (Options.Credentials)
// instead of a client secret.
func (c *Client) CreateTokenWithIAM(ctx context.Context, params *CreateTokenWithIAMInput, optFns ...func(*Options)) (*CreateTokenWithIAMOutput, error) {
	return awsrest.Invoke(ctx, c.rest, &createTokenWithIAM, params, optFns)
}

// CreateTokenWithIAMInput is the input of [Client.CreateTokenWithIAM]. ClientId and GrantType are required.
type CreateTokenWithIAMInput struct {
	// ClientId is the ARN of the application.
	ClientId *string

	// GrantType is authorization_code, refresh_token, urn:ietf:params:oauth:grant-type:jwt-bearer
	// or urn:ietf:params:oauth:grant-type:token-exchange.
	GrantType *string

	// Assertion is a trusted issuer's token for jwt-bearer. Secret.
	Assertion *string

	// Code is the authorization code. Secret.
	Code *string

	// CodeVerifier is the PKCE verifier of an authorization code (RFC 7636). Secret.
	CodeVerifier *string

	// RedirectUri is the redirect URI of the authorization request.
	RedirectUri *string

	// RefreshToken is from an earlier response. Secret.
	RefreshToken *string

	// RequestedTokenType is the token type to request with token-exchange (RFC 8693):
	// urn:ietf:params:oauth:token-type:access_token or ...:refresh_token.
	RequestedTokenType *string

	// Scope limits the scopes of the token. Nil means all scopes of the application.
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

	// AwsAdditionalDetails holds AWS-specific details; may be nil.
	AwsAdditionalDetails *AwsAdditionalDetails

	// ExpiresIn is the lifetime of AccessToken, in seconds; 0 if the response omits it.
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

	// ResultMetadata holds the request ID, the server time and the retry attempts.
	ResultMetadata middleware.Metadata
}

// AwsAdditionalDetails holds the AWS-specific details of a response.
type AwsAdditionalDetails struct {
	// IdentityContext is an identity assertion signed by STS, for AssumeRole; may be nil. Secret.
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
