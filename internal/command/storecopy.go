package command

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/aws/smithy-go/logging"
	"github.com/spf13/cobra"

	"github.com/latchkey-sso/latchkey/internal/interrupt"
	"github.com/latchkey-sso/latchkey/internal/storemove"
	"github.com/latchkey-sso/latchkey/login"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/tokenstore"
)

func (a *app) storeCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "store",
		Short: "Move a sign-in to another token store",
		Long: `A token store holds sign-ins. latchkey_token_store in the sso-session, or
LATCHKEY_TOKEN_STORE, names it:

  file              ~/.aws/sso/cache, which all AWS tools read: the default
  dir:PATH          the same files in another directory
  keyring           encrypted files, with a key in the system's keyring
  age:FILE          encrypted files, with the identity in FILE, from age-keygen
  passphrase:FILE   encrypted files, with the passphrase in the first line of FILE
  passphrase        encrypted files, with a passphrase that you enter
  redis://HOST:PORT?key_file=FILE
                    a Redis or Valkey server; needs the latchkey that is built
                    from tokencache/redis/cmd/latchkey

Paths are absolute or start with ~/. Encrypted files are in ~/.aws/latchkey, unless
the setting ends with ?dir=PATH.`,
		Example: `  latchkey store copy --to keyring`,
		Args:    noArgsOrProfile,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.storeCopyCommand())
	return cmd
}

// storeCopy are the flags of store copy.
type storeCopy struct {
	session  string
	from, to string
	replace  bool
}

func (a *app) storeCopyCommand() *cobra.Command {
	var f storeCopy
	cmd := &cobra.Command{
		Use:     "copy",
		Aliases: []string{"move"},
		Short:   "Move a sign-in to another token store, without signing in again",
		Long: `Copy a sign-in to another token store, check that it can be read there, and delete it
from the old one. They must not both keep it: a refresh token may work only once, so the
first refresh could invalidate the other copy. Cached role credentials are deleted, and
requested again when needed.

If --from or --to is omitted, it is the store that the session uses now.`,
		Example: `  latchkey store copy --to keyring            # before you change latchkey_token_store
  latchkey store copy --from file             # after you have changed it
  latchkey store copy --from 'dir:~/old' --to 'dir:~/new' --sso-session corp`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if f.from == "" && f.to == "" {
				return &usageError{text: "neither --from nor --to is given", hint: cmd.CommandPath() + " --help"}
			}
			p, err := a.chooseSession(cmd.Context(), cmd, f.session)
			if err != nil {
				return err
			}
			return a.moveSignIn(cmd.Context(), p, f)
		},
	}
	cmd.Flags().StringVar(&f.from, "from", "", "the `setting` of the store that has the sign-in")
	cmd.Flags().StringVar(&f.to, "to", "", "the `setting` of the store to move it to, such as keyring")
	cmd.Flags().StringVar(&f.session, "sso-session", "", "move this sso-session instead of the profile's")
	cmd.Flags().BoolVar(&f.replace, "replace", false, "replace another sign-in in the store, without signing it out")
	return cmd
}

func (a *app) moveSignIn(ctx context.Context, p profile.SignIn, f storeCopy) error {
	used := cmp.Or(p.Session.TokenStore, sharedStore)
	from, err := tokenstore.Open(cmp.Or(f.from, used), a.drivers...)
	if err != nil {
		return err
	}
	to, err := tokenstore.Open(cmp.Or(f.to, used), a.drivers...)
	if err != nil {
		return err
	}
	move := &storemove.Move{Session: p.Session, From: from, To: to, Replace: f.replace, Now: a.now}
	ctx, stop := interruptible(ctx)
	defer stop()
	if err := move.Run(ctx); err != nil {
		return moveError(ctx, err, p, move)
	}
	err = login.DeleteRoles(ctx, p.Session, func(o *login.Options) {
		o.TokenCache, o.RoleCache, o.Logger = from.Tokens, from.Roles, a.logger()
	})
	if err := errors.Join(err, forgetAssumed(ctx, from.Roles, p.Session)); err != nil {
		a.logger().Logf(logging.Warn, "cached role credentials remain in %s: %v", from.Name, err)
	}
	fmt.Fprintf(a.stderr, "Moved the sign-in to %s from %s to %s.\n", oneLine(sessionName(p.Session)), oneLine(from.Name), oneLine(to.Name))
	if current, err := a.store(p.Session); err == nil && current.Tokens != to.Tokens {
		fmt.Fprintf(a.stderr, "To use it there, %s.\n", howToUse(p, cmp.Or(f.to, used)))
	}
	return nil
}

// moveError returns the error for users about a sign-in that was not moved.
func moveError(ctx context.Context, err error, p profile.SignIn, m *storemove.Move) error {
	session, from, to := sessionName(p.Session), m.From.Name, m.To.Name
	switch {
	case errors.Is(err, storemove.ErrSame):
		return &usageError{text: "--from and --to are the same store: " + to, hint: "latchkey store copy --help"}
	case errors.Is(err, storemove.ErrNoSignIn):
		return &hintedError{fmt.Errorf("there is no sign-in to %s in %s", session, from), "latchkey status --all shows where sign-ins are"}
	case errors.Is(err, storemove.ErrCopy):
		return &hintedError{
			fmt.Errorf("%s has only a copy of the access token of %s", from, session),
			"latchkey status --all shows where the sign-in is",
		}
	case errors.Is(err, storemove.ErrExists):
		return &hintedError{fmt.Errorf("there is already a sign-in to %s in %s", session, to), "sign out of it first, or replace it with --replace"}
	case errors.Is(err, context.Canceled):
		return interrupt.Cause(ctx)
	case errors.Is(err, storemove.ErrBusy):
		return &hintedError{err, "try again in a minute"}
	}
	return err
}

// howToUse says how to make a session use the store with a setting.
func howToUse(p profile.SignIn, setting string) string {
	switch inFile := p.Session.Name != ""; {
	case os.Getenv(tokenstore.Variable) != "" || !inFile:
		return "set " + tokenstore.Variable + "=" + quoted(setting)
	case strings.TrimSpace(setting) == sharedStore:
		return fmt.Sprintf("remove latchkey_token_store from [sso-session %s] in %s", p.Session.Name, p.File)
	}
	return fmt.Sprintf("set latchkey_token_store = %s in [sso-session %s] of the config file", setting, p.Session.Name)
}
