package sso

import (
	"context"
	"net/http"

	"github.com/aws/smithy-go/middleware"

	"github.com/latchkey-sso/latchkey/internal/awsrest"
)

// ListAccountRoles returns a page of the roles that the person may use in an account.
// [Client.Roles] goes through all of them.
func (c *Client) ListAccountRoles(ctx context.Context, params *ListAccountRolesInput, optFns ...func(*Options)) (*ListAccountRolesOutput, error) {
	return invoke(ctx, c, &listAccountRoles, params, optFns)
}

// ListAccountRolesInput says which account, who asks, and for which page.
type ListAccountRolesInput struct {
	// AccessToken is the access token of a sign-in. Required. Secret.
	AccessToken *string

	// AccountId is the twelve digits of the account. Required.
	AccountId *string

	// MaxResults is the size of a page, 1 to 100. Nil: the service's default.
	MaxResults *int32

	// NextToken is the NextToken of the page before. Nil: the first page.
	NextToken *string
}

// ListAccountRolesOutput is one page of roles.
type ListAccountRolesOutput struct {
	// NextToken asks for the page after this one. Nil or empty: there is none.
	NextToken *string

	// RoleList holds the roles. Nil if the answer had no list.
	RoleList []RoleInfo

	// ResultMetadata tells about the exchange: request id, the server's time, attempts.
	ResultMetadata middleware.Metadata
}

// RoleInfo names a role in an account. Any member may be nil.
type RoleInfo struct {
	// AccountId is the twelve digits of the account.
	AccountId *string

	// RoleName is what [GetRoleCredentialsInput] asks for.
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
