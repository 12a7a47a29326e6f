package command

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/aws/smithy-go/logging"
	"github.com/spf13/cobra"

	"github.com/latchkey-sso/latchkey/internal/accounts"
	"github.com/latchkey-sso/latchkey/internal/interrupt"
	"github.com/latchkey-sso/latchkey/internal/tokencopy"
	"github.com/latchkey-sso/latchkey/login"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/provider"
	"github.com/latchkey-sso/latchkey/tokencache"
)

func (a *app) loginCommand() *cobra.Command {
	var session string
	var flags loginFlags
	var ifNeeded bool
	cmd := &cobra.Command{
		Use:   "login",
		Short: "Sign in to the session of a profile",
		Long: `Sign in to IAM Identity Center, to the session of the profile.

A browser opens for you to approve the sign-in. In an SSH session, in a container or
without a display, you get a code to enter on any device instead. To always use one
of the two, set LATCHKEY_LOGIN, or latchkey_login in the sso-session, to browser or
device.

With --no-browser, you open the page yourself. When you have approved, the browser
connects to a port on this machine. If it cannot, because it runs on another machine,
paste the address of the page that does not load.

The token is stored in ~/.aws/sso/cache, which all AWS tools read, unless
latchkey_token_store in the sso-session, or LATCHKEY_TOKEN_STORE, names another
store.`,
		Example: `  latchkey login --profile dev
  latchkey login --device-code
  latchkey login --if-needed && terraform plan`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := flags.check(cmd); err != nil {
				return err
			}
			p, err := a.chooseSession(cmd.Context(), cmd, session)
			if err != nil {
				return err
			}
			if ifNeeded {
				if signedIn, err := a.signedIn(cmd.Context(), p); signedIn || err != nil {
					return err
				}
			}
			return a.login(cmd.Context(), p, &flags)
		},
	}
	cmd.Flags().StringVar(&session, "sso-session", "", "sign in to this sso-session instead of the profile's")
	cmd.Flags().BoolVar(&ifNeeded, "if-needed", false, "sign in only if there is no token that is valid or can be refreshed")
	flags.register(cmd)
	return cmd
}

// signedIn reports whether there is a valid token, after a refresh if necessary.
func (a *app) signedIn(ctx context.Context, p profile.SignIn) (bool, error) {
	source, err := a.tokenSource(p)
	if err != nil {
		return false, err
	}
	tok, err := holdSignals(ctx, source.Token)
	if err == nil {
		if err := tokencopy.For(p.Session, source.Cache()).Sync(ctx, tok, a.now()); err != nil {
			a.logger().Logf(logging.Warn, "%v", err)
		}
		a.warnOtherSignIn(ctx, p, true)
	}
	if _, required := errors.AsType[*provider.LoginRequiredError](err); required {
		return false, nil
	}
	return err == nil, err
}

// login signs in and says until when.
func (a *app) login(ctx context.Context, p profile.SignIn, flags *loginFlags) error {
	m := thisMachine()
	plan, err := flags.plan(m, p)
	if err != nil {
		return err
	}
	ctx, stop := interruptible(ctx)
	defer stop()
	paste := &paster{input: os.Stdin, failed: func(err error) {
		fmt.Fprintf(a.stderr, "That did not work: %s. Try again.\n", message(err))
	}}
	defer paste.close()
	context.AfterFunc(ctx, paste.close) // a second Ctrl-C ends the process at once
	ui := a.loginUI(ctx, m, p, plan, paste)
	if flags.background {
		ui = inBackground(ui, stop)
	}
	opts := func(o *login.Options) {
		o.Flow, o.CallbackPort = plan.flow, plan.port
		o.TokenStores, o.Logger = a.drivers, a.logger()
	}
	tok, err := login.Login(ctx, p, ui, opts)
	if elsewhere, ok := errors.AsType[*login.RegionError](err); ok {
		if p, err = a.moveTo(ctx, elsewhere.Region, p); err != nil {
			return &hintedError{err, "set sso_region to " + elsewhere.Region}
		}
		tok, err = login.Login(ctx, p, ui, opts)
	}
	var network *net.OpError
	switch {
	case errors.Is(err, context.Canceled):
		return interrupt.Cause(ctx)
	case errors.As(err, &network) && network.Op == "listen":
		return &hintedError{err, "choose another port with --port, or sign in with --device-code"}
	case err != nil:
		return err
	}
	if err := accounts.CacheFor(p.Session.CacheKey()).Forget(ctx); err != nil {
		a.debugf("forget the list of accounts: %v", err)
	}
	a.warnSpellings(p.Session)
	a.showSignedIn(p.Session, tok)
	a.warnOtherSignIn(ctx, p, true)
	return nil
}

// showSignedIn says what the user is signed in to, and until when.
func (a *app) showSignedIn(s *profile.Session, tok *tokencache.Token) {
	if s.Refreshable() && tok.Refreshable(a.now()) {
		fmt.Fprintf(a.stderr, "Signed in to %s. The token is refreshed until the session expires.\n", sessionName(s))
	} else {
		fmt.Fprintf(a.stderr, "Signed in to %s until %s.\n", sessionName(s), when(tok.ExpiresAt, a.now()))
	}
	if store, err := a.store(s); err == nil && !isShared(store) {
		fmt.Fprintf(a.stderr, "The sign-in is kept in %s.\n", oneLine(store.Name))
	}
}

// signIn returns what to sign in to: the sso-session of that name, if the flag for it
// was given, or that of the selected profile, which it then returns too.
func (a *app) signIn(cmd *cobra.Command, session string) (profile.SignIn, *profile.Profile, error) {
	if cmd.Flags().Changed("sso-session") {
		if session == "" {
			return profile.SignIn{}, nil, &usageError{text: "--sso-session is empty", hint: cmd.CommandPath() + " --help"}
		}
		s, err := profile.LoadSession(session)
		return s, nil, err
	}
	p, err := a.load()
	if err != nil {
		return profile.SignIn{}, nil, err
	}
	if p, err = signedInBy(p); err != nil {
		return profile.SignIn{}, nil, err
	}
	return p.SignIn(), p, nil
}

func sessionName(s *profile.Session) string {
	if s.Name != "" {
		return fmt.Sprintf("sso-session %q", s.Name)
	}
	return oneLine(s.StartURL)
}

// when formats a time, and how far away it is.
func when(t, now time.Time) string {
	at := t.Local().Format("2006-01-02 15:04:05 MST")
	switch d := t.Sub(now).Round(time.Minute); {
	case d >= 48*time.Hour:
		return fmt.Sprintf("%s (in %d days)", at, int(d.Hours())/24)
	case d >= time.Minute:
		return fmt.Sprintf("%s (in %s)", at, hoursAndMinutes(d))
	case d > -time.Minute:
		return at + " (now)"
	case d > -48*time.Hour:
		return fmt.Sprintf("%s (%s ago)", at, hoursAndMinutes(-d))
	default:
		return fmt.Sprintf("%s (%d days ago)", at, int(-d.Hours())/24)
	}
}

func hoursAndMinutes(d time.Duration) string {
	if h := int(d.Hours()); h > 0 {
		return fmt.Sprintf("%dh%02dm", h, int(d.Minutes())%60)
	}
	return fmt.Sprintf("%dm", int(d.Minutes()))
}

func firstOf(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}
