package sso

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/latchkey-sso/latchkey/internal/awsrest"
)

var errNoMorePages = errors.New("sso: no more pages available")

// pages is the position of a paginator.
type pages struct {
	limit           int32
	stopOnDuplicate bool
	next            *string
	started         bool
}

func (p *pages) more() bool { return !p.started || aws.ToString(p.next) != "" }

// maxResults returns the page size; nil means the service's default.
func (p *pages) maxResults() *int32 {
	if p.limit <= 0 {
		return nil
	}
	return &p.limit
}

// advance moves to the page with the token next.
func (p *pages) advance(next *string) {
	if p.stopOnDuplicate && p.next != nil && next != nil && *p.next == *next {
		next = nil
	}
	p.next, p.started = next, true
}

// withPaginator marks the User-Agent as using a paginator.
func withPaginator(optFns []func(*Options)) []func(*Options) {
	return append([]func(*Options){WithAPIOptions(awsrest.AddPaginatorUserAgent)}, optFns...)
}

// ListAccountsAPIClient is the part of [Client] that [ListAccountsPaginator] needs.
type ListAccountsAPIClient interface {
	ListAccounts(context.Context, *ListAccountsInput, ...func(*Options)) (*ListAccountsOutput, error)
}

// ListAccountsPaginatorOptions configures a [ListAccountsPaginator].
type ListAccountsPaginatorOptions struct {
	// Limit is the page size, 1 to 100. 0 means MaxResults of the input, or else the service's default.
	Limit int32

	// StopOnDuplicateToken stops when the service repeats a page token.
	StopOnDuplicateToken bool
}

// ListAccountsPaginator returns accounts page by page. It is not safe for concurrent use.
type ListAccountsPaginator struct {
	client ListAccountsAPIClient
	params ListAccountsInput
	pages  pages
}

// NewListAccountsPaginator returns a paginator that starts at the page of params, which may be nil.
func NewListAccountsPaginator(client ListAccountsAPIClient, params *ListAccountsInput, optFns ...func(*ListAccountsPaginatorOptions)) *ListAccountsPaginator {
	if params == nil {
		params = &ListAccountsInput{}
	}
	options := ListAccountsPaginatorOptions{Limit: aws.ToInt32(params.MaxResults)}
	for _, fn := range optFns {
		fn(&options)
	}
	return &ListAccountsPaginator{
		client: client,
		params: *params,
		pages:  pages{limit: options.Limit, stopOnDuplicate: options.StopOnDuplicateToken, next: params.NextToken},
	}
}

// Format prints only the type name, for every verb: the input contains a secret.
func (p *ListAccountsPaginator) Format(w fmt.State, _ rune) {
	_, _ = io.WriteString(w, "sso.ListAccountsPaginator")
}

// HasMorePages reports whether there is another page.
func (p *ListAccountsPaginator) HasMorePages() bool { return p.pages.more() }

// NextPage requests the next page. After an error, it may be called again for the same page.
func (p *ListAccountsPaginator) NextPage(ctx context.Context, optFns ...func(*Options)) (*ListAccountsOutput, error) {
	if !p.HasMorePages() {
		return nil, errNoMorePages
	}
	params := p.params
	params.NextToken, params.MaxResults = p.pages.next, p.pages.maxResults()
	page, err := p.client.ListAccounts(ctx, &params, withPaginator(optFns)...)
	if err != nil {
		return nil, err
	}
	p.pages.advance(page.NextToken)
	return page, nil
}

// ListAccountRolesAPIClient is the part of [Client] that [ListAccountRolesPaginator] needs.
type ListAccountRolesAPIClient interface {
	ListAccountRoles(context.Context, *ListAccountRolesInput, ...func(*Options)) (*ListAccountRolesOutput, error)
}

// ListAccountRolesPaginatorOptions configures a [ListAccountRolesPaginator].
type ListAccountRolesPaginatorOptions struct {
	// Limit is the page size, 1 to 100. 0 means MaxResults of the input, or else the service's default.
	Limit int32

	// StopOnDuplicateToken stops when the service repeats a page token.
	StopOnDuplicateToken bool
}

// ListAccountRolesPaginator returns roles page by page. It is not safe for concurrent use.
type ListAccountRolesPaginator struct {
	client ListAccountRolesAPIClient
	params ListAccountRolesInput
	pages  pages
}

// NewListAccountRolesPaginator returns a paginator that starts at the page of params, which may be nil.
func NewListAccountRolesPaginator(client ListAccountRolesAPIClient, params *ListAccountRolesInput, optFns ...func(*ListAccountRolesPaginatorOptions)) *ListAccountRolesPaginator {
	if params == nil {
		params = &ListAccountRolesInput{}
	}
	options := ListAccountRolesPaginatorOptions{Limit: aws.ToInt32(params.MaxResults)}
	for _, fn := range optFns {
		fn(&options)
	}
	return &ListAccountRolesPaginator{
		client: client,
		params: *params,
		pages:  pages{limit: options.Limit, stopOnDuplicate: options.StopOnDuplicateToken, next: params.NextToken},
	}
}

// Format prints only the type name, for every verb: the input contains a secret.
func (p *ListAccountRolesPaginator) Format(w fmt.State, _ rune) {
	_, _ = io.WriteString(w, "sso.ListAccountRolesPaginator")
}

// HasMorePages reports whether there is another page.
func (p *ListAccountRolesPaginator) HasMorePages() bool { return p.pages.more() }

// NextPage requests the next page. After an error, it may be called again for the same page.
func (p *ListAccountRolesPaginator) NextPage(ctx context.Context, optFns ...func(*Options)) (*ListAccountRolesOutput, error) {
	if !p.HasMorePages() {
		return nil, errNoMorePages
	}
	params := p.params
	params.NextToken, params.MaxResults = p.pages.next, p.pages.maxResults()
	page, err := p.client.ListAccountRoles(ctx, &params, withPaginator(optFns)...)
	if err != nil {
		return nil, err
	}
	p.pages.advance(page.NextToken)
	return page, nil
}
