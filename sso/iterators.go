package sso

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/aws/aws-sdk-go-v2/aws"
)

var errRepeatedPage = errors.New("the service returned the same page token twice")

// Accounts goes through all accounts that the person with this access token may use. An error is the
// last thing it yields, with an empty AccountInfo.
func (c *Client) Accounts(ctx context.Context, accessToken string, optFns ...func(*Options)) iter.Seq2[AccountInfo, error] {
	return accounts(ctx, c, accessToken, optFns)
}

func accounts(ctx context.Context, client ListAccountsAPIClient, accessToken string, optFns []func(*Options)) iter.Seq2[AccountInfo, error] {
	p := NewListAccountsPaginator(client, &ListAccountsInput{AccessToken: &accessToken})
	return func(yield func(AccountInfo, error) bool) {
		p := *p // each run starts at the first page
		all("list accounts", yield, p.HasMorePages, func() ([]AccountInfo, *string, error) {
			page, err := p.NextPage(ctx, optFns...)
			if err != nil {
				return nil, nil, err
			}
			return page.AccountList, page.NextToken, nil
		})
	}
}

// Roles goes through all roles that the person with this access token may use in an account. An
// error is the last thing it yields, with an empty RoleInfo.
func (c *Client) Roles(ctx context.Context, accessToken, accountID string, optFns ...func(*Options)) iter.Seq2[RoleInfo, error] {
	return roles(ctx, c, accessToken, accountID, optFns)
}

func roles(ctx context.Context, client ListAccountRolesAPIClient, accessToken, accountID string, optFns []func(*Options)) iter.Seq2[RoleInfo, error] {
	p := NewListAccountRolesPaginator(client, &ListAccountRolesInput{AccessToken: &accessToken, AccountId: &accountID})
	return func(yield func(RoleInfo, error) bool) {
		p := *p // each run starts at the first page
		all("list account roles", yield, p.HasMorePages, func() ([]RoleInfo, *string, error) {
			page, err := p.NextPage(ctx, optFns...)
			if err != nil {
				return nil, nil, err
			}
			return page.RoleList, page.NextToken, nil
		})
	}
}

// all yields the elements of all pages. A page token seen before is an error: to go on would be
// without end, and to stop could leave elements out.
func all[T any](what string, yield func(T, error) bool, more func() bool, next func() ([]T, *string, error)) {
	var none T
	seen := map[string]bool{}
	for more() {
		list, token, err := next()
		if err != nil {
			yield(none, err)
			return
		}
		for _, element := range list {
			if !yield(element, nil) {
				return
			}
		}
		if t := aws.ToString(token); t != "" {
			if seen[t] {
				yield(none, fmt.Errorf("sso: %s: %w", what, errRepeatedPage))
				return
			}
			seen[t] = true
		}
	}
}
