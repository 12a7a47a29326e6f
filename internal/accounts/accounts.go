// Package accounts lists the AWS accounts and roles of a sign-in, and caches the list.
package accounts

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go/middleware"

	"github.com/latchkey-sso/latchkey/sso"
)

// Account is an AWS account in which the user has roles. Its JSON uses the names of the API.
type Account struct {
	ID    string `json:"accountId"`
	Name  string `json:"accountName"`
	Email string `json:"emailAddress,omitempty"`
	// Roles are the names of the roles, sorted; nil if they were not listed.
	Roles []string `json:"roles"`
}

// Directory lists the accounts and roles of one sign-in. Call is required.
type Directory struct {
	// Call calls fn with a client and a valid access token, and returns fn's error.
	Call func(ctx context.Context, fn func(client *sso.Client, accessToken string) error) error
	// Cache caches the list. The zero value caches nothing.
	Cache Cache
	// Refresh ignores the cached list.
	Refresh bool
	// Now is the clock. Required with a Cache.
	Now func() time.Time
	// Progress, if not nil, is called before the first account and after each.
	Progress func(done, total int)
	// Throttled, if not nil, is called when the service throttles a request. Calls may be concurrent.
	Throttled func()

	list *list
}

// Accounts returns the accounts, sorted by name. Their Roles are nil unless they are cached.
func (d *Directory) Accounts(ctx context.Context) ([]Account, error) {
	if err := d.load(ctx); err != nil {
		return nil, err
	}
	return d.matching(nil), nil
}

// Roles returns the accounts that match, with their roles. A nil match means all. It returns
// the complete list or an error.
func (d *Directory) Roles(ctx context.Context, match func(Account) bool) ([]Account, error) {
	if err := d.load(ctx); err != nil {
		return nil, err
	}
	missing := slices.DeleteFunc(d.matching(match), func(a Account) bool { return a.Roles != nil })
	if len(missing) > 0 {
		if err := d.listRoles(ctx, missing); err != nil {
			return nil, err
		}
		d.Cache.store(ctx, d.list)
	}
	return d.matching(match), nil
}

// load gets the list of accounts from the cache or the service.
func (d *Directory) load(ctx context.Context) error {
	if d.list != nil {
		return nil
	}
	if !d.Refresh && d.Cache.path != "" {
		if d.list = d.Cache.load(ctx, d.Now()); d.list != nil {
			return nil
		}
	}
	accounts, err := d.listAccounts(ctx)
	if err != nil {
		return fmt.Errorf("accounts: list accounts: %w", err)
	}
	d.list = &list{Accounts: accounts}
	if d.Cache.path != "" {
		d.list.ListedAt = d.Now()
		d.Cache.store(ctx, d.list)
	}
	return nil
}

// listAccounts lists the accounts, sorted by name.
func (d *Directory) listAccounts(ctx context.Context) ([]Account, error) {
	var all []Account
	err := d.Call(ctx, func(client *sso.Client, accessToken string) error {
		all = nil
		for info, err := range client.Accounts(ctx, accessToken) {
			if err != nil {
				return err
			}
			all = append(all, Account{
				ID: aws.ToString(info.AccountId), Name: aws.ToString(info.AccountName), Email: aws.ToString(info.EmailAddress),
			})
		}
		return nil
	})
	slices.SortFunc(all, func(a, b Account) int {
		return cmp.Or(strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), strings.Compare(a.ID, b.ID))
	})
	return all, err
}

// listRoles lists the roles of accounts, at the pace that the service allows.
func (d *Directory) listRoles(ctx context.Context, accounts []Account) error {
	ids := make([]string, len(accounts))
	for i, account := range accounts {
		ids[i] = account.ID
	}
	d.progress(0, len(ids))
	var roles map[string][]string
	err := d.Call(ctx, func(client *sso.Client, accessToken string) error {
		roles = make(map[string][]string, len(ids))
		options := func(o *sso.AllRolesOptions) {
			o.AccountIDs = ids
			o.ClientOptions = append(o.ClientOptions, d.reportThrottling)
		}
		for role, err := range client.AllRoles(ctx, accessToken, options) {
			if err != nil {
				return err
			}
			id := aws.ToString(role.AccountId)
			roles[id] = append(roles[id], aws.ToString(role.RoleName))
			d.progress(len(roles), len(ids))
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("accounts: %w", err)
	}
	for _, id := range ids {
		d.list.setRoles(id, append([]string{}, roles[id]...))
	}
	return nil
}

func (d *Directory) progress(done, total int) {
	if d.Progress != nil {
		d.Progress(done, total)
	}
}

// reportThrottling is a call option that calls Throttled.
func (d *Directory) reportThrottling(o *sso.Options) {
	if d.Throttled == nil {
		return
	}
	report := middleware.FinalizeMiddlewareFunc("ReportThrottling", func(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (
		out middleware.FinalizeOutput, metadata middleware.Metadata, err error,
	) {
		out, metadata, err = next.HandleFinalize(ctx, in)
		var response *awshttp.ResponseError
		if errors.As(err, &response) && response.HTTPStatusCode() == http.StatusTooManyRequests {
			d.Throttled()
		}
		return out, metadata, err
	})
	o.APIOptions = append(o.APIOptions, func(s *middleware.Stack) error { return s.Finalize.Add(report, middleware.After) })
}

// matching returns copies of the accounts that match.
func (d *Directory) matching(match func(Account) bool) []Account {
	found := make([]Account, 0, len(d.list.Accounts))
	for _, account := range d.list.Accounts {
		if match == nil || match(account) {
			account.Roles = slices.Clone(account.Roles)
			found = append(found, account)
		}
	}
	return found
}
