package command

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/latchkey-sso/latchkey/internal/accounts"
	"github.com/latchkey-sso/latchkey/internal/tokencopy"
	"github.com/latchkey-sso/latchkey/login"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/tokencache"
	"github.com/latchkey-sso/latchkey/tokenstore"
)

func (a *app) logoutCommand() *cobra.Command {
	var session string
	var all bool
	cmd := &cobra.Command{
		Use:   "logout",
		Short: "Sign out of one session, or of all",
		Long: `Sign out of the session of the profile. Identity Center ends the session, and its
token and cached credentials are deleted. Credentials that programs already hold
stay valid until they expire.`,
		Example: `  latchkey logout --profile dev
  latchkey logout --all`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := exclusive(cmd, "all", "sso-session"); err != nil {
				return err
			}
			if all {
				return a.logoutAll(cmd.Context())
			}
			p, err := a.chooseSession(cmd.Context(), cmd, session)
			if err != nil {
				return err
			}
			return a.logout(cmd.Context(), p)
		},
	}
	cmd.Flags().StringVar(&session, "sso-session", "", "sign out of this sso-session instead of the profile's")
	cmd.Flags().BoolVar(&all, "all", false, "sign out of every session, in all token stores")
	return cmd
}

// logout signs out of the session, in its store and in the files that AWS tools share: a sign-in may
// remain there from before latchkey_token_store was set.
func (a *app) logout(ctx context.Context, p profile.SignIn) error {
	store, err := a.store(p.Session)
	if err != nil {
		return err
	}
	options := func(o *login.Options) { o.TokenStores, o.Logger = a.drivers, a.logger() }
	done, err := login.Logout(ctx, p, options)
	failures := []error{err, forgetAssumed(ctx, store.Roles, p.Session)}
	if shared := inSharedStore(p); !isShared(store) && a.hasToken(ctx, shared.Session) {
		doneShared, err := login.Logout(ctx, shared, options)
		done, failures = done || doneShared, append(failures, err)
	}
	failures = append(failures, accounts.CacheFor(p.Session.CacheKey()).Forget(ctx))
	if err := errors.Join(failures...); err != nil {
		return err
	}
	if !done {
		fmt.Fprintf(a.stderr, "Not signed in to %s.\n", oneLine(sessionName(p.Session)))
		return nil
	}
	fmt.Fprintf(a.stderr, "Signed out of %s.\n", oneLine(sessionName(p.Session)))
	return nil
}

// hasToken reports whether there may be a token of the session.
func (a *app) hasToken(ctx context.Context, s *profile.Session) bool {
	store, err := a.store(s)
	if err != nil {
		return false
	}
	_, err = store.Tokens.Load(ctx, s.CacheKey())
	return !errors.Is(err, tokencache.ErrNotFound)
}

// logoutAll signs out of every session in every store.
func (a *app) logoutAll(ctx context.Context) error {
	stores, err := a.allStores()
	failures := []error{err}
	n := 0
	for _, store := range stores {
		ended, err := a.logoutStore(ctx, store)
		n += ended
		failures = append(failures, err)
	}
	if err := errors.Join(append(failures, accounts.ForgetAll(ctx))...); err != nil {
		return err
	}
	switch n {
	case 0:
		fmt.Fprintln(a.stderr, "No sign-ins on this machine.")
	case 1:
		fmt.Fprintln(a.stderr, "Signed out of 1 session.")
	default:
		fmt.Fprintf(a.stderr, "Signed out of %d sessions.\n", n)
	}
	return nil
}

// logoutStore signs out of every session in a store, and returns their number.
func (a *app) logoutStore(ctx context.Context, store *tokenstore.Store) (int, error) {
	options := func(o *login.Options) {
		o.TokenCache, o.RoleCache, o.Logger = store.Tokens, store.Roles, a.logger()
	}
	failures := []error{forgetAssumed(ctx, store.Roles, nil)}
	sessions, _ := profile.Sessions() // allStores has logged the error
	n := 0
	if lister, ok := store.Tokens.(tokencache.Lister); ok {
		ended, err := login.LogoutAll(ctx, lister, options)
		n, failures = ended, append(failures, err)
	} else {
		for _, p := range sessions {
			done, err := login.Logout(ctx, p, options)
			if done {
				n++
			}
			failures = append(failures, err)
		}
	}
	// Their copies would count as sign-ins of the files that AWS tools share.
	for _, p := range sessions {
		failures = append(failures, tokencopy.For(p.Session, store.Tokens).Remove(ctx))
	}
	return n, errors.Join(failures...)
}
