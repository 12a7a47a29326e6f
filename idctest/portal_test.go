package idctest_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sso"
	"github.com/aws/aws-sdk-go-v2/service/sso/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/latchkey-sso/latchkey/idctest"
)

func getRole(ctx context.Context, srv *idctest.Server, accessToken, account, role string) (*types.RoleCredentials, error) {
	out, err := portalClient(srv).GetRoleCredentials(ctx, &sso.GetRoleCredentialsInput{
		AccessToken: &accessToken, AccountId: &account, RoleName: &role,
	})
	if err != nil {
		return nil, err
	}
	return out.RoleCredentials, nil
}

func TestGetRoleCredentials(t *testing.T) {
	clk := newClock()
	srv := idctest.NewServer(t, withClock(clk), func(o *idctest.Options) {
		o.Accounts = []idctest.Account{{ID: "111122223333", Roles: []string{"My Role+name@x/y"}}}
		o.RoleCredentialsTTL = 90 * time.Minute
	})
	token := srv.SignIn().AccessToken

	seen := map[string]bool{}
	for range 3 {
		creds := must[*types.RoleCredentials](t)(getRole(t.Context(), srv, token, "111122223333", "My Role+name@x/y"))
		if !regexp.MustCompile(`^ASIA[A-Z2-7]{16}$`).MatchString(*creds.AccessKeyId) {
			t.Errorf("access key ID %q", *creds.AccessKeyId)
		}
		if n := len(*creds.SecretAccessKey); n != 40 {
			t.Errorf("secret access key of %d characters, want 40", n)
		}
		if n := len(*creds.SessionToken); n < 400 {
			t.Errorf("session token of %d characters, want 400 or more", n)
		}
		if got, want := creds.Expiration, clk.Now().Add(90*time.Minute).UnixMilli(); got != want {
			t.Errorf("expiration %d, want %d", got, want)
		}
		for _, s := range []string{*creds.AccessKeyId, *creds.SecretAccessKey, *creds.SessionToken} {
			if seen[s] {
				t.Errorf("%q was handed out before", s)
			}
			seen[s] = true
		}
	}
}

func TestGetRoleCredentialsRejections(t *testing.T) {
	srv := idctest.NewServer(t)
	token := srv.SignIn().AccessToken
	tests := []struct {
		name                 string
		token, account, role string
		code                 string
		status               int
	}{
		{"no token", "", "123456789012", "Developer", "UnauthorizedException", 401},
		{"unknown token", "x", "123456789012", "Developer", "UnauthorizedException", 401},
		{"no account", token, "", "Developer", "InvalidRequestException", 400},
		{"no role", token, "123456789012", "", "InvalidRequestException", 400},
		{"other account", token, "210987654321", "Developer", "ResourceNotFoundException", 404},
		{"unassigned role", token, "123456789012", "Admin", "ForbiddenException", 403},
		{"unknown token, no role", "x", "123456789012", "", "UnauthorizedException", 401},
		{"other account, no role", token, "210987654321", "", "InvalidRequestException", 400},
		{"other account, unassigned role", token, "210987654321", "Admin", "ResourceNotFoundException", 404},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := getRole(t.Context(), srv, tt.token, tt.account, tt.role)
			wantAPIError(t, err, tt.code, tt.status)
		})
	}
	_, err := getRole(t.Context(), srv, "", "1", "x")
	wantError[*types.UnauthorizedException](t, err)
	_, err = getRole(t.Context(), srv, token, "1", "x")
	wantError[*types.ResourceNotFoundException](t, err)
	_, err = getRole(t.Context(), srv, token, "", "x")
	wantError[*types.InvalidRequestException](t, err)
}

// wantAPIError fails the test unless err is a response with this code, a message if it is the
// portal's, this status and a request ID.
func wantAPIError(t *testing.T, err error, code string, status int) {
	t.Helper()
	apiErr, ok := errors.AsType[smithy.APIError](err)
	if !ok || apiErr.ErrorCode() != code {
		t.Fatalf("error = %v, want %s", err, code)
	}
	resp, ok := errors.AsType[interface {
		error
		HTTPStatusCode() int
		ServiceRequestID() string
	}](err)
	if !ok || resp.HTTPStatusCode() != status || resp.ServiceRequestID() == "" {
		t.Fatalf("error = %v, want status %d and a request ID", err, status)
	}
}

func TestPortalErrorBody(t *testing.T) {
	srv := idctest.NewServer(t)
	resp, body := get(t, srv.URL()+"/assignment/accounts")
	want := `{"message":"Session token not found or invalid","__type":"com.amazonaws.switchboard.portal#UnauthorizedException"}`
	if body != want {
		t.Errorf("body %s, want %s", body, want)
	}
	if got := resp.Header.Get("X-Amzn-ErrorType"); got != "UnauthorizedException" {
		t.Errorf("x-amzn-ErrorType %q", got)
	}
	if got := resp.Header.Get("Content-Type"); got != "application/json" {
		t.Errorf("Content-Type %q", got)
	}
}

func someAccounts(n int) []idctest.Account {
	var list []idctest.Account
	for i := range n {
		id := fmt.Sprintf("%012d", i+1)
		list = append(list, idctest.Account{ID: id, Name: "Account " + id, Email: id + "@example.com", Roles: []string{"R"}})
	}
	return list
}

func TestListAccountsPages(t *testing.T) {
	tests := []struct {
		name                 string
		accounts, page, want int
		maxResults           *int32
	}{
		{"none", 0, 100, 1, nil},
		{"one page", 3, 100, 1, nil},
		{"a full page", 4, 4, 1, nil},
		{"server's pages", 5, 2, 3, nil},
		{"client's pages", 5, 100, 3, aws.Int32(2)},
		{"the smaller counts", 5, 1, 5, aws.Int32(100)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			srv := idctest.NewServer(t, func(o *idctest.Options) { o.Accounts, o.PageSize = someAccounts(tt.accounts), tt.page })
			pager := sso.NewListAccountsPaginator(portalClient(srv), &sso.ListAccountsInput{
				AccessToken: aws.String(srv.SignIn().AccessToken), MaxResults: tt.maxResults,
			})
			var got []idctest.Account
			for pager.HasMorePages() {
				for _, a := range must[*sso.ListAccountsOutput](t)(pager.NextPage(t.Context())).AccountList {
					got = append(got, idctest.Account{ID: *a.AccountId, Name: *a.AccountName, Email: *a.EmailAddress, Roles: []string{"R"}})
				}
			}
			if diff := cmp.Diff(someAccounts(tt.accounts), got); diff != "" {
				t.Errorf("accounts (-want +got):\n%s", diff)
			}
			if n := srv.Count("ListAccounts"); n != tt.want {
				t.Errorf("%d pages, want %d", n, tt.want)
			}
		})
	}
}

func TestListAccountRolesPages(t *testing.T) {
	roles := []string{"C", "A", "B", "D", "E"}
	srv := idctest.NewServer(t, func(o *idctest.Options) {
		o.PageSize = 2
		o.Accounts = []idctest.Account{{ID: "111122223333"}, {ID: "444455556666", Roles: roles}}
	})
	token := srv.SignIn().AccessToken
	pager := sso.NewListAccountRolesPaginator(portalClient(srv), &sso.ListAccountRolesInput{
		AccessToken: &token, AccountId: aws.String("444455556666"),
	})
	var got []string
	for pager.HasMorePages() {
		for _, r := range must[*sso.ListAccountRolesOutput](t)(pager.NextPage(t.Context())).RoleList {
			if *r.AccountId != "444455556666" {
				t.Errorf("role of account %s", *r.AccountId)
			}
			got = append(got, *r.RoleName)
		}
	}
	if diff := cmp.Diff(roles, got); diff != "" {
		t.Errorf("roles (-want +got):\n%s", diff)
	}

	_, err := portalClient(srv).ListAccountRoles(t.Context(), &sso.ListAccountRolesInput{AccessToken: &token, AccountId: aws.String("1")})
	wantError[*types.ResourceNotFoundException](t, err)
	_, err = portalClient(srv).ListAccountRoles(t.Context(), &sso.ListAccountRolesInput{AccessToken: &token, AccountId: aws.String("")})
	wantError[*types.InvalidRequestException](t, err)
	_, err = portalClient(srv).ListAccountRoles(t.Context(), &sso.ListAccountRolesInput{AccessToken: aws.String("x"), AccountId: aws.String("444455556666")})
	wantError[*types.UnauthorizedException](t, err)
}

func TestPageParameters(t *testing.T) {
	srv := idctest.NewServer(t, func(o *idctest.Options) { o.Accounts, o.PageSize = someAccounts(3), 2 })
	token := srv.SignIn().AccessToken
	client := portalClient(srv)
	first := must[*sso.ListAccountsOutput](t)(client.ListAccounts(t.Context(), &sso.ListAccountsInput{AccessToken: &token}))

	tests := map[string]*sso.ListAccountsInput{
		"max_result 0":       {MaxResults: aws.Int32(0)},
		"max_result 101":     {MaxResults: aws.Int32(101)},
		"empty token":        {NextToken: aws.String("")},
		"not a token":        {NextToken: aws.String("!")},
		"token for no page":  {NextToken: aws.String("QUJD")},
		"truncated token":    {NextToken: aws.String((*first.NextToken)[:8])},
		"token of no place":  {NextToken: aws.String("TGlzdEFjY291bnRzICAtMQ")}, // "ListAccounts  -1"
		"token past the end": {NextToken: aws.String("TGlzdEFjY291bnRzICA5OQ")}, // "ListAccounts  99"
	}
	for name, in := range tests {
		t.Run(name, func(t *testing.T) {
			in.AccessToken = &token
			_, err := client.ListAccounts(t.Context(), in)
			wantError[*types.InvalidRequestException](t, err)
		})
	}

	_, err := client.ListAccountRoles(t.Context(), &sso.ListAccountRolesInput{
		AccessToken: &token, AccountId: aws.String("000000000001"), NextToken: first.NextToken,
	})
	wantError[*types.InvalidRequestException](t, err)
}

func TestAccessTokenExpires(t *testing.T) {
	clk := newClock()
	srv := idctest.NewServer(t, withClock(clk), func(o *idctest.Options) { o.AccessTokenTTL = 20 * time.Minute })
	signIn := srv.SignIn()
	clk.advance(20*time.Minute - time.Second)
	if err := listAccounts(t.Context(), srv, signIn.AccessToken); err != nil {
		t.Errorf("one second before the expiry: %v", err)
	}
	clk.advance(time.Second)
	wantError[*types.UnauthorizedException](t, listAccounts(t.Context(), srv, signIn.AccessToken))
}

func TestLogout(t *testing.T) {
	srv := idctest.NewServer(t)
	signIn, other := srv.SignIn(), srv.SignIn()
	client := portalClient(srv)
	if _, err := client.Logout(t.Context(), &sso.LogoutInput{AccessToken: &signIn.AccessToken}); err != nil {
		t.Fatal(err)
	}
	wantError[*types.UnauthorizedException](t, listAccounts(t.Context(), srv, signIn.AccessToken))
	if _, err := refresh(t.Context(), srv, signIn); err == nil {
		t.Error("a refresh token outlives the logout")
	}
	if err := listAccounts(t.Context(), srv, other.AccessToken); err != nil {
		t.Errorf("another sign-in after the logout: %v", err)
	}
	_, err := client.Logout(t.Context(), &sso.LogoutInput{AccessToken: &signIn.AccessToken})
	wantError[*types.UnauthorizedException](t, err)
}

func TestLogoutResponseIsEmpty(t *testing.T) {
	srv := idctest.NewServer(t)
	req := must[*http.Request](t)(http.NewRequestWithContext(t.Context(), http.MethodPost, srv.URL()+"/logout", nil))
	req.Header.Set("x-amz-sso_bearer_token", srv.SignIn().AccessToken)
	resp, body := do(t, req)
	if resp.StatusCode != http.StatusOK || body != "" || resp.ContentLength != 0 {
		t.Errorf("%s, %d bytes, want an empty 200", resp.Status, resp.ContentLength)
	}
}
