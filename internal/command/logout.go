package command

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/latchkey-sso/latchkey/internal/accounts"
	"github.com/latchkey-sso/latchkey/login"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/tokencache"
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
	cmd.Flags().BoolVar(&all, "all", false, "sign out of every session on this machine, as aws sso logout does")
	return cmd
}

func (a *app) logout(ctx context.Context, p profile.SignIn) error {
	done, err := login.Logout(ctx, p, func(o *login.Options) { o.Logger = a.logger() })
	if err := errors.Join(err, accounts.CacheFor(p.Session.CacheKey()).Forget(ctx)); err != nil {
		return err
	}
	if !done {
		fmt.Fprintf(a.stderr, "Not signed in to %s.\n", oneLine(sessionName(p.Session)))
		return nil
	}
	fmt.Fprintf(a.stderr, "Signed out of %s.\n", oneLine(sessionName(p.Session)))
	return nil
}

func (a *app) logoutAll(ctx context.Context) error {
	tokens, err := tokencache.DefaultDir()
	if err != nil {
		return err
	}
	n, err := login.LogoutAll(ctx, tokens, func(o *login.Options) { o.Logger = a.logger() })
	if err := errors.Join(err, accounts.ForgetAll(ctx)); err != nil {
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
