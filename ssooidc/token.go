package ssooidc

import (
	"context"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/middleware"

	"github.com/latchkey-sso/latchkey/internal/awsrest"
)

// CreateToken trades an authorization code, a device code or a refresh token for an access token.
func (c *Client) CreateToken(ctx context.Context, params *CreateTokenInput, optFns ...func(*Options)) (*CreateTokenOutput, error) {
	return invoke(ctx, c, &createToken, params, optFns)
}

// CreateTokenInput says who asks, and what is traded in. ClientId, ClientSecret and GrantType are
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

	// RedirectUri is where the authorization code was sent.
	RedirectUri *string

	// RefreshToken is that of an earlier CreateToken. Secret.
	RefreshToken *string

	// Scope is not heeded by the service: the client's registration decides.
	Scope []string
}

// CreateTokenOutput is what the service answered: any member may be missing. In a response with a new
// refresh token, a member of the wrong type counts as missing: an error would lose that token.
type CreateTokenOutput struct {
	// AccessToken authorizes the calls of package sso. Secret.
	AccessToken *string

	// ExpiresIn is how long it is good for, in seconds. 0 if the service did not say. A number in a string
	// is understood too, a fraction is cut off, and a number that is too large is the largest.
	ExpiresIn int32

	// IdToken is not in use by the service. Secret.
	IdToken *string

	// RefreshToken gets the next access token. Nil: the one sent, if any, stays in force (RFC 6749
	// section 6). Secret.
	RefreshToken *string

	// TokenType is Bearer.
	TokenType *string

	// ResultMetadata tells about the exchange: request id, the server's time, attempts.
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
			o.Forgive() // the one that was sent may be used up
		}
	},
	Metadata: func(out *CreateTokenOutput) *middleware.Metadata { return &out.ResultMetadata },
}

// isSingleUse reports whether what is traded in under this grant can be used once.
func isSingleUse(grantType *string) bool {
	switch aws.ToString(grantType) {
	case "refresh_token", "authorization_code":
		return true
	default:
		return false
	}
}
