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

// pager requests the pages of a list one by one.
type pager[In, Out any] struct {
	list   func(context.Context, *In, ...func(*Options)) (*Out, error)
	page   func(*In) (token **string, maxResults **int32) // the members of an input that select a page
	next   func(*Out) *string                             // the token of the page that follows
	params In

	options pagerOptions
	token   *string // of the next page
	started bool
}

type pagerOptions = struct {
	Limit                int32
	StopOnDuplicateToken bool
}

// start returns p at the page of params, which may be nil.
func start[O ~pagerOptions, In, Out any](p pager[In, Out], params *In, optFns []func(*O)) pager[In, Out] {
	if params != nil {
		p.params = *params
	}
	token, maxResults := p.page(&p.params)
	options := O{Limit: aws.ToInt32(*maxResults)}
	for _, fn := range optFns {
		fn(&options)
	}
	p.token, p.options = *token, pagerOptions(options)
	return p
}

func (p *pager[In, Out]) hasMore() bool { return !p.started || aws.ToString(p.token) != "" }

func (p *pager[In, Out]) nextPage(ctx context.Context, optFns []func(*Options)) (*Out, error) {
	if !p.hasMore() {
		return nil, errNoMorePages
	}
	params := p.params
	token, maxResults := p.page(&params)
	*token, *maxResults = p.token, nil
	if p.options.Limit > 0 {
		*maxResults = &p.options.Limit
	}
	userAgent := WithAPIOptions(awsrest.AddPaginatorUserAgent)
	out, err := p.list(ctx, &params, append([]func(*Options){userAgent}, optFns...)...)
	if err != nil {
		return nil, err
	}
	next := p.next(out)
	if p.options.StopOnDuplicateToken && p.token != nil && next != nil && *p.token == *next {
		next = nil
	}
	p.token, p.started = next, true
	return out, nil
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
	pager pager[ListAccountsInput, ListAccountsOutput]
}

// NewListAccountsPaginator returns a paginator that starts at the page of params, which may be nil.
func NewListAccountsPaginator(client ListAccountsAPIClient, params *ListAccountsInput, optFns ...func(*ListAccountsPaginatorOptions)) *ListAccountsPaginator {
	return &ListAccountsPaginator{start(pager[ListAccountsInput, ListAccountsOutput]{
		list: client.ListAccounts,
		page: func(in *ListAccountsInput) (token **string, maxResults **int32) { return &in.NextToken, &in.MaxResults },
		next: func(out *ListAccountsOutput) *string { return out.NextToken },
	}, params, optFns)}
}

// Format prints only the type name, for every verb: the input contains a secret.
func (p *ListAccountsPaginator) Format(w fmt.State, _ rune) {
	_, _ = io.WriteString(w, "sso.ListAccountsPaginator")
}

// HasMorePages reports whether there is another page.
func (p *ListAccountsPaginator) HasMorePages() bool { return p.pager.hasMore() }

// NextPage requests the next page. After an error, it may be called again for the same page.
func (p *ListAccountsPaginator) NextPage(ctx context.Context, optFns ...func(*Options)) (*ListAccountsOutput, error) {
	return p.pager.nextPage(ctx, optFns)
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
	pager pager[ListAccountRolesInput, ListAccountRolesOutput]
}

// NewListAccountRolesPaginator returns a paginator that starts at the page of params, which may be nil.
func NewListAccountRolesPaginator(client ListAccountRolesAPIClient, params *ListAccountRolesInput, optFns ...func(*ListAccountRolesPaginatorOptions)) *ListAccountRolesPaginator {
	return &ListAccountRolesPaginator{start(pager[ListAccountRolesInput, ListAccountRolesOutput]{
		list: client.ListAccountRoles,
		page: func(in *ListAccountRolesInput) (token **string, maxResults **int32) {
			return &in.NextToken, &in.MaxResults
		},
		next: func(out *ListAccountRolesOutput) *string { return out.NextToken },
	}, params, optFns)}
}

// Format prints only the type name, for every verb: the input contains a secret.
func (p *ListAccountRolesPaginator) Format(w fmt.State, _ rune) {
	_, _ = io.WriteString(w, "sso.ListAccountRolesPaginator")
}

// HasMorePages reports whether there is another page.
func (p *ListAccountRolesPaginator) HasMorePages() bool { return p.pager.hasMore() }

// NextPage requests the next page. After an error, it may be called again for the same page.
func (p *ListAccountRolesPaginator) NextPage(ctx context.Context, optFns ...func(*Options)) (*ListAccountRolesOutput, error) {
	return p.pager.nextPage(ctx, optFns)
}
