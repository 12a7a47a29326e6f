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

// Limits against a service that returns pages forever.
const (
	maxPages      = 5000 // a quarter of a million accounts
	maxEmptyPages = 100  // in a row
)

// Accounts returns an iterator over the accounts in which the user has roles. It stops after the first error, which
// comes with an empty AccountInfo. A repeated page token, 100 empty pages in a row and more than 5,000 pages are errors.
func (c *Client) Accounts(ctx context.Context, accessToken string, optFns ...func(*Options)) iter.Seq2[AccountInfo, error] {
	return accounts(ctx, "sso: list accounts", c, accessToken, optFns)
}

func accounts(ctx context.Context, what string, client ListAccountsAPIClient, accessToken string, optFns []func(*Options)) iter.Seq2[AccountInfo, error] {
	p := NewListAccountsPaginator(client, &ListAccountsInput{AccessToken: &accessToken})
	return elements(ctx, what, p.pager, optFns, func(out *ListAccountsOutput) []AccountInfo { return out.AccountList })
}

// Roles returns an iterator over the user's roles in an account. It stops after the first error, which comes with an
// empty RoleInfo. The limits of [Client.Accounts] apply.
func (c *Client) Roles(ctx context.Context, accessToken, accountID string, optFns ...func(*Options)) iter.Seq2[RoleInfo, error] {
	return roles(ctx, "sso: list account roles", c, accessToken, accountID, optFns)
}

func roles(ctx context.Context, what string, client ListAccountRolesAPIClient, accessToken, accountID string, optFns []func(*Options)) iter.Seq2[RoleInfo, error] {
	p := NewListAccountRolesPaginator(client, &ListAccountRolesInput{AccessToken: &accessToken, AccountId: &accountID})
	return elements(ctx, what, p.pager, optFns, func(out *ListAccountRolesOutput) []RoleInfo { return out.RoleList })
}

// elements iterates over the elements of all pages. Repeated page tokens and endless pages are errors: stopping silently
// could omit elements.
func elements[In, Out, T any](ctx context.Context, what string, first pager[In, Out], optFns []func(*Options), list func(*Out) []T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		var bounds pageBounds
		p := first // each loop starts at the first page
		for p.hasMore() {
			page, err := p.nextPage(ctx, optFns)
			if err != nil {
				yield(none, err)
				return
			}
			elements := list(page)
			for _, element := range elements {
				if !yield(element, nil) {
					return
				}
			}
			if err := bounds.check(len(elements), aws.ToString(p.token)); err != nil {
				yield(none, fmt.Errorf("%s: %w", what, err))
				return
			}
		}
	}
}

// pageBounds checks the pages of a list against the limits.
type pageBounds struct {
	seed  maphash.Seed
	seen  map[uint64]bool // hashes of page tokens, which may be long
	empty int             // pages in a row
}

// check returns an error if a page with the next token would exceed the limits.
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
