package sso

import (
	"context"
	"net/http"

	"github.com/aws/smithy-go/middleware"

	"github.com/latchkey-sso/latchkey/internal/awsrest"
)

// GetRoleCredentials returns credentials for a role in an account. A response without a complete set of
// credentials is an error that names the missing member.
func (c *Client) GetRoleCredentials(ctx context.Context, params *GetRoleCredentialsInput, optFns ...func(*Options)) (*GetRoleCredentialsOutput, error) {
	return awsrest.Invoke(ctx, c.rest, &getRoleCredentials, params, optFns)
}

// GetRoleCredentialsInput identifies the role and the sign-in. All members are required.
type GetRoleCredentialsInput struct {
	// AccessToken is the access token of a sign-in. Secret.
	AccessToken *string

	// AccountId is the twelve digits of the account.
	AccountId *string

	// RoleName is the name of the permission set, without the prefix AWSReservedSSO_ and the suffix that
	// the role has in IAM.
	RoleName *string
}

// GetRoleCredentialsOutput holds the credentials.
type GetRoleCredentialsOutput struct {
	// RoleCredentials is never nil, and its strings are never nil or empty.
	RoleCredentials *RoleCredentials

	// ResultMetadata has the request id, the server's time and the attempts.
	ResultMetadata middleware.Metadata
}

// RoleCredentials are temporary credentials of a role.
type RoleCredentials struct {
	// AccessKeyId identifies the credentials.
	AccessKeyId *string

	// Expiration is when they expire, in milliseconds since 1970. 0 if the response has none.
	Expiration int64

	// SecretAccessKey signs requests. Secret.
	SecretAccessKey *string

	// SessionToken is sent with every request. Secret.
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

// accessHeader has the access token. It is spelled with an underscore.
const accessHeader = "X-Amz-Sso_bearer_token"

// ListAccounts returns a page of the accounts in which the user has roles. [Client.Accounts] iterates over all
// of them.
func (c *Client) ListAccounts(ctx context.Context, params *ListAccountsInput, optFns ...func(*Options)) (*ListAccountsOutput, error) {
	return awsrest.Invoke(ctx, c.rest, &listAccounts, params, optFns)
}

// ListAccountsInput identifies the sign-in and the page.
type ListAccountsInput struct {
	// AccessToken is the access token of a sign-in. Required. Secret.
	AccessToken *string

	// MaxResults is the size of a page, 1 to 100. Nil: the service's default.
	MaxResults *int32

	// NextToken is that of the previous page. Nil: the first page.
	NextToken *string
}

// ListAccountsOutput is one page of accounts.
type ListAccountsOutput struct {
	// AccountList is nil if the response has no list.
	AccountList []AccountInfo

	// NextToken requests the next page. Nil or empty: this is the last.
	NextToken *string

	// ResultMetadata has the request id, the server's time and the attempts.
	ResultMetadata middleware.Metadata
}

// AccountInfo describes an account. Any member may be nil.
type AccountInfo struct {
	// AccountId is the twelve digits of the account.
	AccountId *string

	// AccountName is its display name.
	AccountName *string

	// EmailAddress is that of the root user.
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

// ListAccountRoles returns a page of the roles that the user may assume in an account. [Client.Roles] iterates
// over all of them.
func (c *Client) ListAccountRoles(ctx context.Context, params *ListAccountRolesInput, optFns ...func(*Options)) (*ListAccountRolesOutput, error) {
	return awsrest.Invoke(ctx, c.rest, &listAccountRoles, params, optFns)
}

// ListAccountRolesInput identifies the account, the sign-in and the page.
type ListAccountRolesInput struct {
	// AccessToken is the access token of a sign-in. Required. Secret.
	AccessToken *string

	// AccountId is the twelve digits of the account. Required.
	AccountId *string

	// MaxResults is the size of a page, 1 to 100. Nil: the service's default.
	MaxResults *int32

	// NextToken is that of the previous page. Nil: the first page.
	NextToken *string
}

// ListAccountRolesOutput is one page of roles.
type ListAccountRolesOutput struct {
	// NextToken requests the next page. Nil or empty: this is the last.
	NextToken *string

	// RoleList is nil if the response has no list.
	RoleList []RoleInfo

	// ResultMetadata has the request id, the server's time and the attempts.
	ResultMetadata middleware.Metadata
}

// RoleInfo names a role in an account. Any member may be nil.
type RoleInfo struct {
	// AccountId is the twelve digits of the account.
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

// Logout ends the sign-in that the access token belongs to. Role credentials obtained with it stay valid until
// they expire.
func (c *Client) Logout(ctx context.Context, params *LogoutInput, optFns ...func(*Options)) (*LogoutOutput, error) {
	return awsrest.Invoke(ctx, c.rest, &logout, params, optFns)
}

// LogoutInput identifies the sign-in.
type LogoutInput struct {
	// AccessToken is the access token of the sign-in. Required. Secret.
	AccessToken *string
}

// LogoutOutput is empty: so is the response.
type LogoutOutput struct {
	// ResultMetadata has the request id, the server's time and the attempts.
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
