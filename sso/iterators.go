package sso

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"iter"

	"github.com/aws/aws-sdk-go-v2/aws"
)

var errRepeatedPage = errors.New("the service returned the same page token twice")

// Limits that no directory reaches, against a service that would page forever.
const (
	maxPages      = 5000 // in a list: a quarter of a million accounts
	maxEmptyPages = 100  // in a row
)

// Accounts returns an iterator over the accounts in which the user with this access token has roles. An error
// ends it, with an empty AccountInfo. It is an error if the service repeats a page token, or sends 100 empty
// pages in a row or more than 5,000 pages.
func (c *Client) Accounts(ctx context.Context, accessToken string, optFns ...func(*Options)) iter.Seq2[AccountInfo, error] {
	return accounts(ctx, "sso: list accounts", c, accessToken, optFns)
}

func accounts(ctx context.Context, what string, client ListAccountsAPIClient, accessToken string, optFns []func(*Options)) iter.Seq2[AccountInfo, error] {
	p := NewListAccountsPaginator(client, &ListAccountsInput{AccessToken: &accessToken})
	return func(yield func(AccountInfo, error) bool) {
		p := *p // each loop starts at the first page
		all(what, yield, p.HasMorePages, func() ([]AccountInfo, *string, error) {
			page, err := p.NextPage(ctx, optFns...)
			if err != nil {
				return nil, nil, err
			}
			return page.AccountList, page.NextToken, nil
		})
	}
}

// Roles returns an iterator over the roles that the user with this access token may assume in an account. An
// error ends it, with an empty RoleInfo. Pages have the limits of [Client.Accounts].
func (c *Client) Roles(ctx context.Context, accessToken, accountID string, optFns ...func(*Options)) iter.Seq2[RoleInfo, error] {
	return roles(ctx, "sso: list account roles", c, accessToken, accountID, optFns)
}

func roles(ctx context.Context, what string, client ListAccountRolesAPIClient, accessToken, accountID string, optFns []func(*Options)) iter.Seq2[RoleInfo, error] {
	p := NewListAccountRolesPaginator(client, &ListAccountRolesInput{AccessToken: &accessToken, AccountId: &accountID})
	return func(yield func(RoleInfo, error) bool) {
		p := *p // each loop starts at the first page
		all(what, yield, p.HasMorePages, func() ([]RoleInfo, *string, error) {
			page, err := p.NextPage(ctx, optFns...)
			if err != nil {
				return nil, nil, err
			}
			return page.RoleList, page.NextToken, nil
		})
	}
}

// all yields the elements of all pages. A repeated page token and endless pages are errors, since stopping there
// could leave elements out.
func all[T any](what string, yield func(T, error) bool, more func() bool, next func() ([]T, *string, error)) {
	var none T
	var bounds pageBounds
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
		if err := bounds.check(len(list), aws.ToString(token)); err != nil {
			yield(none, fmt.Errorf("%s: %w", what, err))
			return
		}
	}
}

// pageBounds counts the pages of one list. The zero value is ready to use.
type pageBounds struct {
	seed  maphash.Seed
	seen  map[uint64]bool // page tokens, which may be long
	empty int             // pages in a row
}

// check returns an error if there must not be another page. token is the token of the next page.
func (b *pageBounds) check(elements int, token string) error {
	if token == "" {
		return nil
	}
	if b.seen == nil {
		b.seed, b.seen = maphash.MakeSeed(), map[uint64]bool{}
	}
	sum := maphash.String(b.seed, token)
	if b.seen[sum] {
		return errRepeatedPage
	}
	b.seen[sum] = true
	if b.empty++; elements > 0 {
		b.empty = 0
	}
	switch {
	case b.empty >= maxEmptyPages:
		return fmt.Errorf("the service returned %d empty pages in a row", b.empty)
	case len(b.seen) >= maxPages:
		return fmt.Errorf("the service returned %d pages and has more", len(b.seen))
	}
	return nil
}
