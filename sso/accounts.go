package sso

import (
	"context"
	"net/http"

	"github.com/aws/smithy-go/middleware"

	"github.com/latchkey-sso/latchkey/internal/awsrest"
)

// ListAccounts returns a page of the accounts that the person may use. [Client.Accounts] goes
// through all of them.
func (c *Client) ListAccounts(ctx context.Context, params *ListAccountsInput, optFns ...func(*Options)) (*ListAccountsOutput, error) {
	return invoke(ctx, c, &listAccounts, params, optFns)
}

// ListAccountsInput says who asks, and for which page.
type ListAccountsInput struct {
	// AccessToken is the access token of a sign-in. Required. Secret.
	AccessToken *string

	// MaxResults is the size of a page, 1 to 100. Nil: the service's default.
	MaxResults *int32

	// NextToken is the NextToken of the page before. Nil: the first page.
	NextToken *string
}

// ListAccountsOutput is one page of accounts.
type ListAccountsOutput struct {
	// AccountList holds the accounts. Nil if the answer had no list.
	AccountList []AccountInfo

	// NextToken asks for the page after this one. Nil or empty: there is none.
	NextToken *string

	// ResultMetadata tells about the exchange: request id, the server's time, attempts.
	ResultMetadata middleware.Metadata
}

// AccountInfo describes an account. Any member may be nil.
type AccountInfo struct {
	// AccountId is the twelve digits of the account.
	AccountId *string

	// AccountName is its display name.
	AccountName *string

	// EmailAddress is that of its root user.
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
