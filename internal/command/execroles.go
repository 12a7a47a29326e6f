package command

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/latchkey-sso/latchkey/internal/configure"
	"github.com/latchkey-sso/latchkey/internal/interrupt"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/provider"
)

// execRoles are the flags of exec that select roles instead of a profile.
type execRoles struct {
	filter   filterFlags
	session  string
	parallel int
}

const defaultParallel = 8

func (f *execRoles) register(cmd *cobra.Command) {
	f.filter.register(cmd)
	cmd.Flags().StringVar(&f.session, "sso-session", "", "with --account or --role, use this sso-session")
	cmd.Flags().IntVar(&f.parallel, "parallel", defaultParallel, "with --account or --role, run this many programs at a time")
}

// several reports whether the flags may select several roles.
func (f *execRoles) several() bool {
	_, _, one := f.one()
	return !one && (f.filter.given() || f.session != "")
}

// one returns the role if the flags name exactly one, without a pattern.
func (f *execRoles) one() (account, role string, ok bool) {
	if len(f.filter.Accounts) != 1 || len(f.filter.Roles) != 1 || len(f.filter.Exclude) > 0 {
		return "", "", false
	}
	account, role = f.filter.Accounts[0], f.filter.Roles[0]
	isID := len(account) == 12 && strings.Trim(account, "0123456789") == ""
	return account, role, isID && !strings.ContainsAny(role, "*?")
}

// execSource returns the credentials of the role that the flags name, or of the profile.
func (a *app) execSource(ctx context.Context, cmd *cobra.Command, f *execRoles) (*profileCredentials, error) {
	account, role, ok := f.one()
	if !ok {
		if err := a.pickProfile(ctx); err != nil {
			return nil, err
		}
		return a.credentials(a.profile)
	}
	a.roleByFlags = true
	s, err := a.chooseSession(ctx, cmd, f.session)
	if err != nil {
		return nil, err
	}
	return a.credentialsOf(roleProfile(s, account, role))
}

// roleProfile returns a profile for a role without one in the config file.
func roleProfile(s profile.SignIn, account, role string) *profile.Profile {
	return &profile.Profile{File: s.File, Line: s.Line, Session: s.Session, Connection: s.Connection, AccountID: account, RoleName: role}
}

// execEach runs a program once for each role that matches.
func (a *app) execEach(ctx context.Context, cmd *cobra.Command, f *execRoles, args []string) error {
	if len(args) == 0 {
		return &usageError{text: "no program to run", hint: "latchkey exec --account 'prod-*' --role Admin -- program"}
	}
	if f.parallel < 1 {
		return &usageError{text: fmt.Sprintf("invalid --parallel %d", f.parallel), hint: "set it to 1 or more"}
	}
	path, err := lookUp(args[0])
	if err != nil {
		return err
	}
	s, err := a.chooseSession(ctx, cmd, f.session)
	if err != nil {
		return err
	}
	roles, err := a.rolesOf(ctx, s, f)
	if err != nil {
		return err
	}
	base, err := a.roleProvider(s)
	if err != nil {
		return err
	}
	ctx, stop := interruptible(ctx)
	defer stop()
	e := &executions{app: a, base: base, signIn: s, path: path, args: args, prefixes: prefixes(roles)}
	return e.run(ctx, roles, f.parallel)
}

// rolesOf lists the roles that match.
func (a *app) rolesOf(ctx context.Context, s profile.SignIn, f *execRoles) ([]configure.Role, error) {
	d, err := a.directory(s, false)
	if err != nil {
		return nil, err
	}
	all, err := a.listRoles(ctx, d, f.filter.Account)
	if err != nil {
		return nil, err
	}
	roles := configure.Roles(f.filter.Apply(all))
	if len(roles) == 0 {
		return nil, &usageError{text: "no role matches", hint: "list your roles with latchkey roles --refresh"}
	}
	return roles, nil
}

// roleProvider returns a provider for WithRole.
func (a *app) roleProvider(s profile.SignIn) (*provider.Provider, error) {
	store, err := a.store(s.Session)
	if err != nil {
		return nil, err
	}
	return provider.New(roleProfile(s, "", ""), func(o *provider.Options) {
		o.TokenStores, o.RoleCache = a.drivers, store.Roles
		o.Logger = a.logger()
	})
}

// executions runs one program for several roles.
type executions struct {
	*app
	base       *provider.Provider
	signIn     profile.SignIn
	path       string
	args       []string
	prefixes   []string
	stdout     sync.Mutex
	stderr     sync.Mutex
	failedLock sync.Mutex
	failed     []failure
}

// failure is a run that failed.
type failure struct {
	prefix string
	code   int
	err    error
}

// run runs the program for all roles. The error carries the highest exit code.
func (e *executions) run(ctx context.Context, roles []configure.Role, parallel int) error {
	var group errgroup.Group
	group.SetLimit(parallel)
	for i, role := range roles {
		if ctx.Err() != nil {
			break
		}
		group.Go(func() error {
			if ctx.Err() == nil {
				e.one(ctx, role, e.prefixes[i])
			}
			return nil
		})
	}
	_ = group.Wait()
	if ctx.Err() != nil {
		return interrupt.Cause(ctx)
	}
	if len(e.failed) == 0 {
		return nil
	}
	slices.SortFunc(e.failed, func(a, b failure) int { return cmp.Or(b.code-a.code, strings.Compare(a.prefix, b.prefix)) })
	return &codedError{fmt.Errorf("%d of %d failed: %s", len(e.failed), len(roles), failures(e.failed)), e.failed[0].code}
}

// failures describes the first few failures.
func failures(all []failure) string {
	const few = 10
	var texts []string
	for _, f := range all[:min(len(all), few)] {
		texts = append(texts, fmt.Sprintf("%s (exit code %d)", f.prefix, f.code))
	}
	if more := len(all) - few; more > 0 {
		texts = append(texts, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(texts, ", ")
}

// one runs the program for one role.
func (e *executions) one(ctx context.Context, role configure.Role, prefix string) {
	err := e.start(ctx, role, prefix)
	if err == nil {
		return
	}
	f := failure{prefix: prefix, code: exitExecFailed, err: err}
	if exit, ok := errors.AsType[*exitError](err); ok {
		f.code = exit.code
	} else {
		if coded, ok := errors.AsType[*codedError](err); ok {
			f.code = coded.code
		}
		e.stderrLine(prefix, message(err))
	}
	e.failedLock.Lock()
	defer e.failedLock.Unlock()
	e.failed = append(e.failed, f)
}

func (e *executions) stderrLine(prefix, text string) {
	e.stderr.Lock()
	defer e.stderr.Unlock()
	fmt.Fprintf(e.app.stderr, "[%s] latchkey: %s\n", prefix, text)
}

func (e *executions) start(ctx context.Context, role configure.Role, prefix string) error {
	source := &profileCredentials{
		CredentialsProvider: e.base.WithRole(role.AccountID, role.Name),
		profile:             roleProfile(e.signIn, role.AccountID, role.Name),
	}
	source.signIn = source.profile
	creds, err := e.lastingCredentials(ctx, source)
	if err != nil {
		return err
	}
	stdout := &lineWriter{out: os.Stdout, lock: &e.stdout, prefix: prefix}
	stderr := &lineWriter{out: os.Stderr, lock: &e.stderr, prefix: prefix}
	defer stdout.flush()
	defer stderr.flush()
	cmd := program(context.WithoutCancel(ctx), e.path, e.args, keyEnvironment(source, creds).Apply(os.Environ()))
	cmd.Stdin, cmd.Stdout, cmd.Stderr = nil, stdout, stderr
	return runError(e.path, runChild(cmd))
}

// prefixes returns the prefix of each role's output: the names of account and role, and the account
// ID if accounts share a name.
func prefixes(roles []configure.Role) []string {
	count := map[string]int{}
	for _, r := range roles {
		count[r.AccountName+"/"+r.Name]++
	}
	all := make([]string, len(roles))
	for i, r := range roles {
		all[i] = oneLine(cmp.Or(r.AccountName, r.AccountID) + "/" + r.Name)
		if count[r.AccountName+"/"+r.Name] > 1 {
			all[i] = oneLine(r.AccountName + " " + r.AccountID + "/" + r.Name)
		}
	}
	return all
}
