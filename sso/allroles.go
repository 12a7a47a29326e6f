package sso

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// AllRolesOptions configures [Client.AllRoles]. The zero value means the defaults.
type AllRolesOptions struct {
	// AccountIDs are the accounts to list roles in. Nil means all accounts of the user.
	AccountIDs []string

	// Concurrency is the number of accounts to list at the same time. 0 or less means 8.
	Concurrency int

	// Pacer limits the request rate. Nil means the client's own, which allows 18 requests per second and is
	// shared by all AllRoles calls.
	Pacer *Pacer

	// ClientOptions apply to each API call, like the optFns of [Client.ListAccounts].
	ClientOptions []func(*Options)
}

const defaultConcurrency = 8

// AllRoles returns an iterator over the user's roles in all accounts, in the order of [Client.Accounts] and
// [Client.Roles]. AccountId is never nil. The iterator stops after the first error, which comes with an empty RoleInfo
// and after the roles of the preceding accounts.
//
// AllRoles lists several accounts at a time, within the service's rate limit: see [Pacer]. It retries throttled
// requests; after ten pauses in a row, or three minutes, it fails with the service's [TooManyRequestsException]. Listing thousands of
// accounts takes minutes, but AllRoles yields roles as they arrive. Breaking out of the loop or canceling ctx cancels
// requests in flight; no goroutine outlives the loop.
func (c *Client) AllRoles(ctx context.Context, accessToken string, optFns ...func(*AllRolesOptions)) iter.Seq2[RoleInfo, error] {
	o := AllRolesOptions{Pacer: &c.pacer}
	for _, fn := range optFns {
		fn(&o)
	}
	if o.Concurrency <= 0 {
		o.Concurrency = defaultConcurrency
	}
	return func(yield func(RoleInfo, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		run := &allRoles{
			client:      c,
			optFns:      append(slices.Clip(o.ClientOptions), o.Pacer.patience),
			accessToken: accessToken,
			accounts:    o.AccountIDs,
			// One less than Concurrency: the consumer holds one more account.
			queue: make(chan (<-chan accountRoles), o.Concurrency-1),
		}
		defer run.wg.Wait()
		defer cancel()
		run.wg.Go(func() { run.discover(ctx) })
		run.deliver(ctx, yield)
	}
}

// allRoles is one iteration of AllRoles.
type allRoles struct {
	client      *Client
	optFns      []func(*Options)
	accessToken string
	accounts    []string // nil: all
	wg          sync.WaitGroup
	queue       chan (<-chan accountRoles) // accounts in flight, in order
	complete    bool                       // every account was queued; read after queue is closed
}

// accountRoles is the result for one account.
type accountRoles struct {
	roles []RoleInfo
	err   error
}

// discover queues the accounts and starts listing the roles of each.
func (r *allRoles) discover(ctx context.Context) {
	defer close(r.queue)
	for account, err := range r.accountIDs(ctx) {
		result := make(chan accountRoles, 1)
		select {
		case r.queue <- result:
		case <-ctx.Done():
			return
		}
		if err != nil {
			result <- accountRoles{err: fmt.Errorf("sso: list all roles: %w", err)}
			continue
		}
		r.wg.Go(func() { result <- r.rolesOf(ctx, account) })
	}
	r.complete = true
}

func (r *allRoles) accountIDs(ctx context.Context) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		if r.accounts != nil {
			for _, id := range r.accounts {
				if !yield(id, nil) {
					return
				}
			}
			return
		}
		for account, err := range accounts(ctx, "list accounts", r.client, r.accessToken, r.optFns) {
			if !yield(aws.ToString(account.AccountId), err) {
				return
			}
		}
	}
}

func (r *allRoles) rolesOf(ctx context.Context, accountID string) accountRoles {
	var found accountRoles
	for role, err := range roles(ctx, "list account roles", r.client, r.accessToken, accountID, r.optFns) {
		if err != nil {
			return accountRoles{err: fmt.Errorf("sso: list all roles: account %q: %w", accountID, err)}
		}
		if role.AccountId == nil {
			role.AccountId = &accountID
		}
		found.roles = append(found.roles, role)
	}
	return found
}

// deliver yields the results in order.
func (r *allRoles) deliver(ctx context.Context, yield func(RoleInfo, error) bool) {
	for result := range r.queue {
		found := <-result
		if found.err != nil {
			yield(RoleInfo{}, withoutRequest(ctx, found.err))
			return
		}
		for _, role := range found.roles {
			if !yield(role, nil) {
				return
			}
		}
	}
	if !r.complete {
		yield(RoleInfo{}, withoutRequest(ctx, ctx.Err()))
	}
}

// withoutRequest returns err, or the error of ctx if that caused it: naming the request that happened to notice the
// cancellation first would mislead.
func withoutRequest(ctx context.Context, err error) error {
	switch cause := context.Cause(ctx); {
	case ctx.Err() == nil || !errors.Is(err, ctx.Err()):
		return err
	case errors.Is(cause, ctx.Err()):
		return fmt.Errorf("sso: list all roles: %w", cause)
	default:
		return fmt.Errorf("sso: list all roles: %w: %w", ctx.Err(), cause)
	}
}
