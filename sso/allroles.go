package sso

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// AllRolesOptions configures [Client.AllRoles]. The zero value of each field is its default.
type AllRolesOptions struct {
	// Concurrency is how many accounts are asked about at once. 0 or less: 10.
	Concurrency int

	// RequestsPerSecond is how many requests are sent at most, retries included. 0 or less: 18,
	// a little under what Identity Center allows all callers together.
	RequestsPerSecond float64

	// ClientOptions are for each of the calls, as the optFns of [Client.ListAccounts] are.
	ClientOptions []func(*Options)
}

const (
	defaultConcurrency       = 10
	defaultRequestsPerSecond = 18
)

func newAllRolesOptions(optFns []func(*AllRolesOptions)) AllRolesOptions {
	var o AllRolesOptions
	for _, fn := range optFns {
		fn(&o)
	}
	if o.Concurrency <= 0 {
		o.Concurrency = defaultConcurrency
	}
	if o.RequestsPerSecond <= 0 {
		o.RequestsPerSecond = defaultRequestsPerSecond
	}
	return o
}

// AllRoles goes through all roles, in all accounts, that the person with this access token may use:
// account after account in the order of [Client.Accounts], each with its roles in the order of
// [Client.Roles], and with AccountId never nil. An error is the last thing it yields, after the roles
// of the accounts before it and with an empty RoleInfo.
//
// It asks about several accounts at once, and no faster than Identity Center allows: its APIs take
// some 20 requests a second ("IAM Identity Center quotas" in its user guide). When the service says
// that requests come too fast, nothing at all is sent for a while: for as long as Retry-After asks,
// up to a minute, and longer each time in a row, with some jitter. Only after ten such pauses without
// an answer between them is it an error, [TooManyRequestsException]. Thousands of accounts take
// minutes; roles come as they are found. The pace is that of one run alone.
//
// To leave the loop, or to end ctx, stops the requests under way; when the loop is over, nothing
// goes on behind it.
func (c *Client) AllRoles(ctx context.Context, accessToken string, optFns ...func(*AllRolesOptions)) iter.Seq2[RoleInfo, error] {
	o := newAllRolesOptions(optFns)
	return func(yield func(RoleInfo, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		run := &allRoles{
			client:      &pacedClient{client: c, pacer: newPacer(o.RequestsPerSecond), optFns: o.ClientOptions},
			accessToken: accessToken,
			// The consumer has taken one account off it: that makes Concurrency under way.
			queue: make(chan (<-chan accountRoles), o.Concurrency-1),
		}
		defer run.wg.Wait()
		defer cancel()
		run.wg.Go(func() { run.client.pacer.run(ctx) })
		run.wg.Go(func() { run.discover(ctx) })
		run.deliver(ctx, yield)
	}
}

// allRoles is one run of AllRoles.
type allRoles struct {
	client      *pacedClient
	accessToken string
	wg          sync.WaitGroup
	queue       chan (<-chan accountRoles) // accounts under way, in order; closed after the last
	complete    bool                       // every account was queued; to be read when queue is closed
}

// accountRoles is what became of one account.
type accountRoles struct {
	roles []RoleInfo
	err   error
}

// discover queues the accounts and starts to ask about each as soon as there is room.
func (r *allRoles) discover(ctx context.Context) {
	defer close(r.queue)
	for account, err := range accounts(ctx, "list accounts", r.client, r.accessToken, nil) {
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
		r.wg.Go(func() { result <- r.rolesOf(ctx, aws.ToString(account.AccountId)) })
	}
	r.complete = true
}

func (r *allRoles) rolesOf(ctx context.Context, accountID string) accountRoles {
	var found accountRoles
	for role, err := range roles(ctx, "list account roles", r.client, r.accessToken, accountID, nil) {
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

// deliver yields what the queue brings.
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

// withoutRequest returns err, unless it says that ctx is done: which of the requests under way noticed
// first is chance, and its name would mislead.
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
