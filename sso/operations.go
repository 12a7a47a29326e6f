package sso

import (
	"context"
	"net/http"

	"github.com/aws/smithy-go/middleware"

	"github.com/latchkey-sso/latchkey/internal/awsrest"
)

// GetRoleCredentials returns credentials for a role in an account. It fails if the response lacks a part of the
// credentials.
func (c *Client) GetRoleCredentials(ctx context.Context, params *GetRoleCredentialsInput, optFns ...func(*Options)) (*GetRoleCredentialsOutput, error) {
	return awsrest.Invoke(ctx, c.rest, &getRoleCredentials, params, optFns)
}

// GetRoleCredentialsInput is the input of [Client.GetRoleCredentials]. All members are required.
type GetRoleCredentialsInput struct {
	// AccessToken is the access token from CreateToken. Secret.
	AccessToken *string

	// AccountId is the 12-digit account ID.
	AccountId *string

	// RoleName is the name of the permission set, without the AWSReservedSSO_ prefix and the suffix of the IAM
	// role's name.
	RoleName *string
}

// GetRoleCredentialsOutput holds the credentials.
type GetRoleCredentialsOutput struct {
	// RoleCredentials is never nil, and its strings are never nil or empty.
	RoleCredentials *RoleCredentials

	// ResultMetadata holds the request ID, the server time and the retry attempts.
	ResultMetadata middleware.Metadata
}

// RoleCredentials are temporary credentials of a role.
type RoleCredentials struct {
	// AccessKeyId is the access key ID.
	AccessKeyId *string

	// Expiration is when they expire, as Unix time in milliseconds. 0 if the response has none.
	Expiration int64

	// SecretAccessKey is the secret access key. Secret.
	SecretAccessKey *string

	// SessionToken is the session token. Secret.
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

// accessHeader carries the access token.
const accessHeader = "X-Amz-Sso_bearer_token"

// ListAccounts returns one page of the accounts in which the user has roles. To iterate over all of them, use
// [Client.Accounts].
func (c *Client) ListAccounts(ctx context.Context, params *ListAccountsInput, optFns ...func(*Options)) (*ListAccountsOutput, error) {
	return awsrest.Invoke(ctx, c.rest, &listAccounts, params, optFns)
}

// ListAccountsInput is the input of [Client.ListAccounts].
type ListAccountsInput struct {
	// AccessToken is the access token from CreateToken. Required; secret.
	AccessToken *string

	// MaxResults is the page size, 1 to 100. Nil means the service's default.
	MaxResults *int32

	// NextToken is from the previous page. Nil means the first page.
	NextToken *string
}

// ListAccountsOutput is one page of accounts.
type ListAccountsOutput struct {
	// AccountList is nil if the response has no list.
	AccountList []AccountInfo

	// NextToken requests the next page. It is nil or empty on the last page.
	NextToken *string

	// ResultMetadata holds the request ID, the server time and the retry attempts.
	ResultMetadata middleware.Metadata
}

// AccountInfo describes an account. Any member may be nil.
type AccountInfo struct {
	// AccountId is the 12-digit account ID.
	AccountId *string

	// AccountName is the display name.
	AccountName *string

	// EmailAddress is the address of the root user.
	EmailAddress *string
}

var listAccounts = awsrest.Operation[ListAccountsInput, ListAccountsOutput]{
	Spec: awsrest.Spec{Name: "ListAccounts", Method: http.MethodGet, Path: "/assignment/accounts"},
	Validate: func(in *ListAccountsInput, p *awsrest.Params) {
		p.RequireHeader("AccessToken", in.AccessToken)
	},
	Encode: func(in *ListAccountsInput, w *awsrest.RequestWriter) {
		w.Header(accessHeader, in.AccessToken)
		w.QueryInt32("max_result", in.MaxResults)
		w.Query("next_token", in.NextToken)
	},
	Decode: func(o *awsrest.Object, out *ListAccountsOutput) {
		out.NextToken = o.String("nextToken")
		out.AccountList = awsrest.List(o, "accountList", func(a *awsrest.Object) AccountInfo {
			return AccountInfo{
				AccountId:    a.String("accountId"),
				AccountName:  a.String("accountName"),
				EmailAddress: a.String("emailAddress"),
			}
		})
	},
	Metadata: func(out *ListAccountsOutput) *middleware.Metadata { return &out.ResultMetadata },
}

// ListAccountRoles returns one page of the user's roles in an account. To iterate over all of them, use
// [Client.Roles].
func (c *Client) ListAccountRoles(ctx context.Context, params *ListAccountRolesInput, optFns ...func(*Options)) (*ListAccountRolesOutput, error) {
	return awsrest.Invoke(ctx, c.rest, &listAccountRoles, params, optFns)
}

// ListAccountRolesInput is the input of [Client.ListAccountRoles].
type ListAccountRolesInput struct {
	// AccessToken is the access token from CreateToken. Required; secret.
	AccessToken *string

	// AccountId is the 12-digit account ID. Required.
	AccountId *string

	// MaxResults is the page size, 1 to 100. Nil means the service's default.
	MaxResults *int32

	// NextToken is from the previous page. Nil means the first page.
	NextToken *string
}

// ListAccountRolesOutput is one page of roles.
type ListAccountRolesOutput struct {
	// NextToken requests the next page. It is nil or empty on the last page.
	NextToken *string

	// RoleList is nil if the response has no list.
	RoleList []RoleInfo

	// ResultMetadata holds the request ID, the server time and the retry attempts.
	ResultMetadata middleware.Metadata
}

// RoleInfo names a role in an account. Any member may be nil.
type RoleInfo struct {
	// AccountId is the 12-digit account ID.
	AccountId *string

	// RoleName is the RoleName of [GetRoleCredentialsInput].
	RoleName *string
}

var listAccountRoles = awsrest.Operation[ListAccountRolesInput, ListAccountRolesOutput]{
	Spec: awsrest.Spec{Name: "ListAccountRoles", Method: http.MethodGet, Path: "/assignment/roles"},
	Validate: func(in *ListAccountRolesInput, p *awsrest.Params) {
		p.RequireHeader("AccessToken", in.AccessToken)
		p.Require("AccountId", in.AccountId)
	},
	Encode: func(in *ListAccountRolesInput, w *awsrest.RequestWriter) {
		w.Header(accessHeader, in.AccessToken)
		w.Query("account_id", in.AccountId)
		w.QueryInt32("max_result", in.MaxResults)
		w.Query("next_token", in.NextToken)
	},
	Decode: func(o *awsrest.Object, out *ListAccountRolesOutput) {
		out.NextToken = o.String("nextToken")
		out.RoleList = awsrest.List(o, "roleList", func(r *awsrest.Object) RoleInfo {
			return RoleInfo{AccountId: r.String("accountId"), RoleName: r.String("roleName")}
		})
	},
	Metadata: func(out *ListAccountRolesOutput) *middleware.Metadata { return &out.ResultMetadata },
}

// Logout revokes the sign-in that the access token belongs to. Role credentials issued for it stay valid until they
// expire.
func (c *Client) Logout(ctx context.Context, params *LogoutInput, optFns ...func(*Options)) (*LogoutOutput, error) {
	return awsrest.Invoke(ctx, c.rest, &logout, params, optFns)
}

// LogoutInput is the input of [Client.Logout].
type LogoutInput struct {
	// AccessToken is the access token from CreateToken. Required; secret.
	AccessToken *string
}

// LogoutOutput is empty, like the response.
type LogoutOutput struct {
	// ResultMetadata holds the request ID, the server time and the retry attempts.
	ResultMetadata middleware.Metadata
}

var logout = awsrest.Operation[LogoutInput, LogoutOutput]{
	Spec: awsrest.Spec{Name: "Logout", Method: http.MethodPost, Path: "/logout"},
	Validate: func(in *LogoutInput, p *awsrest.Params) {
		p.RequireHeader("AccessToken", in.AccessToken)
	},
	Encode: func(in *LogoutInput, w *awsrest.RequestWriter) {
		w.Header(accessHeader, in.AccessToken)
	},
	Metadata: func(out *LogoutOutput) *middleware.Metadata { return &out.ResultMetadata },
}
