package sso_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/go-cmp/cmp"

	"github.com/latchkey-sso/latchkey/internal/awsrest/resttest"
	"github.com/latchkey-sso/latchkey/sso"
)

// pagesOf answers with the pages in turn: each is "next token: elements", as in "t1:a,b". An element
// is an account's name and a role's. "!" is an error.
func pagesOf(t *testing.T, pages ...string) (client *sso.Client, asked func() []string) {
	t.Helper()
	server := resttest.NewServer(t, func(w http.ResponseWriter, _ *http.Request, n int) {
		if n > len(pages) || pages[n-1] == "!" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		next, names, _ := strings.Cut(pages[n-1], ":")
		var accounts, roles []string
		for name := range strings.SplitSeq(names, ",") {
			if name != "" {
				accounts = append(accounts, fmt.Sprintf(`{"accountName":%q}`, name))
				roles = append(roles, fmt.Sprintf(`{"roleName":%q}`, name))
			}
		}
		fmt.Fprintf(w, `{"nextToken":%q,"accountList":[%s],"roleList":[%s]}`, next, strings.Join(accounts, ","), strings.Join(roles, ","))
	})
	return newClient(server), func() []string {
		var uris []string
		for _, r := range server.Requests() {
			uris = append(uris, r.URI)
		}
		return uris
	}
}

// paging is a way through accounts or roles: it returns the names it met, and its error.
type paging func(context.Context, *sso.Client) ([]string, error)

func accounts(ctx context.Context, client *sso.Client) ([]string, error) {
	return namesOf(client.Accounts(ctx, "token"), accountName)
}

func roles(ctx context.Context, client *sso.Client) ([]string, error) {
	return namesOf(client.Roles(ctx, "token", "012345678901"), roleName)
}

func accountName(a sso.AccountInfo) string { return aws.ToString(a.AccountName) }
func roleName(r sso.RoleInfo) string       { return aws.ToString(r.RoleName) }

func namesOf[T any](all iter.Seq2[T, error], name func(T) string) (names []string, err error) {
	for element, err := range all {
		if err != nil {
			return names, err
		}
		names = append(names, name(element))
	}
	return names, nil
}

func accountPages(optFns ...func(*sso.ListAccountsPaginatorOptions)) paging {
	return func(ctx context.Context, client *sso.Client) ([]string, error) {
		p := sso.NewListAccountsPaginator(client, &sso.ListAccountsInput{AccessToken: new("token")}, optFns...)
		elements := func(page *sso.ListAccountsOutput) []sso.AccountInfo { return page.AccountList }
		return namesOf(elementsOf(ctx, p, elements), accountName)
	}
}

func rolePages(optFns ...func(*sso.ListAccountRolesPaginatorOptions)) paging {
	return func(ctx context.Context, client *sso.Client) ([]string, error) {
		p := sso.NewListAccountRolesPaginator(client, &sso.ListAccountRolesInput{
			AccessToken: new("token"), AccountId: new("012345678901"), MaxResults: new(int32(7)),
		}, optFns...)
		elements := func(page *sso.ListAccountRolesOutput) []sso.RoleInfo { return page.RoleList }
		return namesOf(elementsOf(ctx, p, elements), roleName)
	}
}

type paginator[Page any] interface {
	HasMorePages() bool
	NextPage(context.Context, ...func(*sso.Options)) (*Page, error)
}

// elementsOf iterates over the elements of all pages.
func elementsOf[Page, T any](ctx context.Context, p paginator[Page], elements func(*Page) []T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for p.HasMorePages() {
			page, err := p.NextPage(ctx)
			if err != nil {
				yield(*new(T), err)
				return
			}
			for _, element := range elements(page) {
				if !yield(element, nil) {
					return
				}
			}
		}
	}
}

func TestPages(t *testing.T) {
	stopAccounts := func(o *sso.ListAccountsPaginatorOptions) { o.StopOnDuplicateToken, o.Limit = true, 2 }
	stopRoles := func(o *sso.ListAccountRolesPaginatorOptions) { o.StopOnDuplicateToken = true }
	const a, r = "/assignment/accounts", "/assignment/roles?account_id=012345678901"
	tests := map[string]struct {
		way       paging
		pages     []string
		want      string
		wantErr   string
		wantAsked []string
	}{
		"accounts":           {accounts, []string{"t/1:a,b", "t2:", ":c"}, "a b c", "", []string{a, a + "?next_token=t%2F1", a + "?next_token=t2"}},
		"roles":              {roles, []string{"t1:a", ":b"}, "a b", "", []string{r, r + "&next_token=t1"}},
		"no accounts":        {accounts, []string{":"}, "", "", []string{a}},
		"accounts fail":      {accounts, []string{"t1:a", "!"}, "a", "401", []string{a, a + "?next_token=t1"}},
		"roles fail":         {roles, []string{"!"}, "", "401", []string{r}},
		"token repeated":     {accounts, []string{"t1:a", "t1:b", ":c"}, "a b", "sso: list accounts: the service returned the same page token twice", []string{a, a + "?next_token=t1"}},
		"tokens in a circle": {roles, []string{"t1:a", "t2:b", "t1:c", "t2:d"}, "a b c", "sso: list account roles: the service returned the same page token twice", []string{r, r + "&next_token=t1", r + "&next_token=t2"}},
		"account pages":      {accountPages(), []string{"t1:a", "t1:b", ":c"}, "a b c", "", []string{a, a + "?next_token=t1", a + "?next_token=t1"}},
		"account pages stop": {accountPages(stopAccounts), []string{"t1:a", "t1:b", ":c"}, "a b", "", []string{a + "?max_result=2", a + "?max_result=2&next_token=t1"}},
		"role pages":         {rolePages(), []string{"t1:a", ":b"}, "a b", "", []string{r + "&max_result=7", r + "&max_result=7&next_token=t1"}},
		"role pages stop":    {rolePages(stopRoles), []string{"t1:a", "t1:b", ":c"}, "a b", "", []string{r + "&max_result=7", r + "&max_result=7&next_token=t1"}},
		"account pages fail": {accountPages(), []string{"!"}, "", "401", []string{a}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			client, asked := pagesOf(t, tt.pages...)
			names, err := tt.way(t.Context(), client)
			if got := strings.Join(names, " "); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if (err != nil) != (tt.wantErr != "") || err != nil && !strings.Contains(err.Error(), tt.wantErr) {
				t.Errorf("error %v, want %q", err, tt.wantErr)
			}
			if diff := cmp.Diff(tt.wantAsked, asked()); diff != "" {
				t.Errorf("requests (-want +got):\n%s", diff)
			}
		})
	}
}

// TestIteratorStops holds that no page is asked for that nobody wants, and that an iterator can run
// again.
func TestIteratorStops(t *testing.T) {
	client, asked := pagesOf(t, "t1:a,b", "t1:a,b", ":c")
	all := client.Accounts(t.Context(), "token")
	for range 2 {
		for account, err := range all {
			if err != nil || aws.ToString(account.AccountName) != "a" {
				t.Errorf("account %v, error %v", resttest.Members(account), err)
			}
			break
		}
	}
	if diff := cmp.Diff([]string{"/assignment/accounts", "/assignment/accounts"}, asked()); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

// TestPaginatorAgain holds that a page which failed can be asked for again, and one past the end not.
func TestPaginatorAgain(t *testing.T) {
	client, _ := pagesOf(t, "!", "t1:a", "!", ":b")
	input := &sso.ListAccountsInput{AccessToken: new("token")}
	p := sso.NewListAccountsPaginator(client, input)
	for i, wantErr := range []bool{true, false, true, false} {
		if !p.HasMorePages() {
			t.Fatalf("page %d: no more", i)
		}
		if _, err := p.NextPage(t.Context()); (err != nil) != wantErr {
			t.Errorf("page %d: error %v", i, err)
		}
	}
	if _, err := p.NextPage(t.Context()); p.HasMorePages() || err == nil {
		t.Errorf("past the end: %v, error %v", p.HasMorePages(), err)
	}
	if input.NextToken != nil {
		t.Error("the input was changed")
	}
	if p := sso.NewListAccountRolesPaginator(client, nil); !p.HasMorePages() {
		t.Error("nil input: no pages")
	}
	if _, err := sso.NewListAccountsPaginator(client, nil).NextPage(t.Context()); err == nil {
		t.Error("nil input: no error")
	}
	if _, err := sso.NewListAccountsPaginator(client, &sso.ListAccountsInput{AccessToken: new("t"), NextToken: new("t9")}).NextPage(t.Context()); err == nil {
		t.Error("no error after the last page")
	}
}

// TestIteratorOptions holds that options reach each call.
func TestIteratorOptions(t *testing.T) {
	client, _ := pagesOf(t, "t1:a", ":b")
	errStop := errors.New("stop")
	option := func(o *sso.Options) {
		o.HTTPClient = doFunc(func(*http.Request) (*http.Response, error) { return nil, errStop })
	}
	for _, err := range client.Roles(t.Context(), "token", "1", option) {
		if !errors.Is(err, errStop) {
			t.Errorf("error %v", err)
		}
	}
	for _, err := range client.Accounts(t.Context(), "token", option) {
		if !errors.Is(err, errStop) {
			t.Errorf("error %v", err)
		}
	}
}
