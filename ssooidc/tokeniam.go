package ssooidc

import (
	"context"
	"net/http"

	"github.com/aws/smithy-go/middleware"

	"github.com/latchkey-sso/latchkey/internal/awsrest"
)

// CreateTokenWithIAM gets tokens for an application that signs its requests with IAM credentials
// (Options.Credentials) instead of having a client secret.
func (c *Client) CreateTokenWithIAM(ctx context.Context, params *CreateTokenWithIAMInput, optFns ...func(*Options)) (*CreateTokenWithIAMOutput, error) {
	return invoke(ctx, c, &createTokenWithIAM, params, optFns)
}

// CreateTokenWithIAMInput says which application asks, and what is traded in. ClientId and GrantType
// are required.
type CreateTokenWithIAMInput struct {
	// ClientId is the ARN of the application.
	ClientId *string

	// GrantType is authorization_code, refresh_token, urn:ietf:params:oauth:grant-type:jwt-bearer
	// or urn:ietf:params:oauth:grant-type:token-exchange.
	GrantType *string

	// Assertion is the token of a trusted issuer, for jwt-bearer. Secret.
	Assertion *string

	// Code is the authorization code. Secret.
	Code *string

	// CodeVerifier is the PKCE verifier of an authorization code (RFC 7636). Secret.
	CodeVerifier *string

	// RedirectUri is where the authorization code was sent.
	RedirectUri *string

	// RefreshToken is that of an earlier answer. Secret.
	RefreshToken *string

	// RequestedTokenType is the type to get, for token-exchange (RFC 8693):
	// urn:ietf:params:oauth:token-type:access_token or ...:refresh_token.
	RequestedTokenType *string

	// Scope limits the token to less than the application may have. Nil: all of that.
	Scope []string

	// SubjectToken is the access token to exchange, for token-exchange. Secret.
	SubjectToken *string

	// SubjectTokenType is urn:ietf:params:oauth:token-type:access_token.
	SubjectTokenType *string
}

// CreateTokenWithIAMOutput is what the service answered: any member may be missing.
type CreateTokenWithIAMOutput struct {
	// AccessToken is the token. Secret.
	AccessToken *string

	// AwsAdditionalDetails holds what is particular to AWS. May be nil.
	AwsAdditionalDetails *AwsAdditionalDetails

	// ExpiresIn is how long the token is good for, in seconds. 0 if the service did not say.
	ExpiresIn int32

	// IdToken is a JWT that names the person. Secret.
	IdToken *string

	// IssuedTokenType is the type of AccessToken.
	IssuedTokenType *string

	// RefreshToken gets the next access token. Secret.
	RefreshToken *string

	// Scope is what the token is good for.
	Scope []string

	// TokenType is Bearer.
	TokenType *string

	// ResultMetadata tells about the exchange: request id, the server's time, attempts.
	ResultMetadata middleware.Metadata
}

// AwsAdditionalDetails is the part of an answer that is particular to AWS.
type AwsAdditionalDetails struct {
	// IdentityContext is an assertion of who the person is, signed by STS, to assume roles with.
	// May be nil. Secret.
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
