package sso

import (
	"context"
	"net/http"

	"github.com/aws/smithy-go/middleware"

	"github.com/latchkey-sso/latchkey/internal/awsrest"
)

// GetRoleCredentials returns credentials for a role in an account. An answer without a complete set
// of credentials is an error that names what it lacks.
func (c *Client) GetRoleCredentials(ctx context.Context, params *GetRoleCredentialsInput, optFns ...func(*Options)) (*GetRoleCredentialsOutput, error) {
	return invoke(ctx, c, &getRoleCredentials, params, optFns)
}

// GetRoleCredentialsInput says which role, and who asks. All members are required.
type GetRoleCredentialsInput struct {
	// AccessToken is the access token of a sign-in. Secret.
	AccessToken *string

	// AccountId is the twelve digits of the account.
	AccountId *string

	// RoleName is the name of the role: of the permission set, without the AWSReservedSSO_ prefix
	// and suffix that it has in IAM.
	RoleName *string
}

// GetRoleCredentialsOutput holds the credentials.
type GetRoleCredentialsOutput struct {
	// RoleCredentials is never nil, and neither are its strings, or empty.
	RoleCredentials *RoleCredentials

	// ResultMetadata tells about the exchange: request id, the server's time, attempts.
	ResultMetadata middleware.Metadata
}

// RoleCredentials are temporary credentials of a role.
type RoleCredentials struct {
	// AccessKeyId names the credentials.
	AccessKeyId *string

	// Expiration is when they end, in milliseconds since 1970; 0 if the service did not say.
	Expiration int64

	// SecretAccessKey signs requests. Secret.
	SecretAccessKey *string

	// SessionToken goes with every request. Secret.
	SessionToken *string
}

var getRoleCredentials = awsrest.Operation[GetRoleCredentialsInput, GetRoleCredentialsOutput]{
	Spec: awsrest.Spec{Name: "GetRoleCredentials", Method: http.MethodGet, Path: "/federation/credentials"},
	Validate: func(in *GetRoleCredentialsInput, p *awsrest.Params) {
		p.Require("RoleName", in.RoleName)
		p.Require("AccountId", in.AccountId)
		p.RequireHeader("AccessToken", in.AccessToken)
	},
	Encode: func(in *GetRoleCredentialsInput, w *awsrest.RequestWriter) {
		w.Header(accessHeader, in.AccessToken)
		w.Query("account_id", in.AccountId)
		w.Query("role_name", in.RoleName)
	},
	Decode: func(o *awsrest.Object, out *GetRoleCredentialsOutput) {
		rc := o.RequireObject("roleCredentials")
		out.RoleCredentials = &RoleCredentials{
			AccessKeyId:     rc.RequireString("accessKeyId"),
			Expiration:      rc.Int64("expiration"),
			SecretAccessKey: rc.RequireString("secretAccessKey"),
			SessionToken:    rc.RequireString("sessionToken"),
		}
	},
	Metadata: func(out *GetRoleCredentialsOutput) *middleware.Metadata { return &out.ResultMetadata },
}

// accessHeader carries the access token, underscore and all.
const accessHeader = "X-Amz-Sso_bearer_token"
