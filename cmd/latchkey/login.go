package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"time"

	"github.com/cli/browser"
	"github.com/spf13/cobra"

	"github.com/latchkey-sso/latchkey/login"
	"github.com/latchkey-sso/latchkey/profile"
)

func (a *app) loginCommand() *cobra.Command {
	var session string
	var noBrowser bool
	cmd := &cobra.Command{
		Use:   "login",
		Short: "Sign in to the session of a profile",
		Long: `Sign in to IAM Identity Center, for the session of the profile.

You approve the sign-in in a browser, here or on any other device. The token goes
to ~/.aws/sso/cache, where every AWS tool finds it.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			p, err := a.signIn(cmd, session)
			if err != nil {
				return err
			}
			ctx, stop := interruptible(cmd.Context())
			defer stop()
			tok, err := login.Login(ctx, p, a.loginUI(p, !noBrowser), func(o *login.Options) {
				o.ClientConfig = a.clientConfig()
			})
			if errors.Is(err, context.Canceled) {
				return errInterrupted
			}
			if err != nil {
				return err
			}
			if p.Session.Refreshable() && tok.Refreshable(a.now()) {
				fmt.Fprintf(a.stderr, "Signed in to %s. The token is renewed until the session ends.\n", sessionName(p.Session))
			} else {
				fmt.Fprintf(a.stderr, "Signed in to %s until %s.\n", sessionName(p.Session), when(tok.ExpiresAt, a.now()))
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&session, "sso-session", "", "sign in to this sso-session instead of the one of a profile")
	cmd.Flags().BoolVar(&noBrowser, "no-browser", false, "do not open a browser, only show the address")
	return cmd
}

// signIn returns what to sign in to: the sso-session of that name, if the flag for it
// was given, or the one of the selected profile.
func (a *app) signIn(cmd *cobra.Command, session string) (*profile.Profile, error) {
	if cmd.Flags().Changed("sso-session") {
		if session == "" {
			return nil, &usageError{text: "--sso-session is empty", hint: cmd.CommandPath() + " --help"}
		}
		return profile.ForSession(session)
	}
	p, err := a.load()
	if err != nil {
		return nil, err
	}
	return signedInBy(p)
}

// loginUI shows a sign-in in the terminal.
func (a *app) loginUI(p *profile.Profile, openBrowser bool) login.UI {
	ui := login.UI{
		ShowCode: func(c login.DeviceCode) { a.showCode(p, c) },
		Waiting: func(atMost time.Duration) {
			fmt.Fprintf(a.stderr, "Another process is signing in to %s. Waiting for it, %s at most. Ctrl-C stops waiting.\n",
				sessionName(p.Session), hoursAndMinutes(atMost.Round(time.Minute)))
		},
	}
	if openBrowser && hasBrowser() {
		ui.OpenBrowser = func(url string) error {
			browser.Stdout = a.stderr // stdout carries only answers
			go func() {
				// Some openers return only when the browser is closed.
				if err := browser.OpenURL(url); err != nil {
					a.debugf("open browser: %v", err)
				}
			}()
			return nil
		}
	}
	return ui
}

// showCode shows both addresses, as the AWS CLI does: the short one is for typing on
// another device.
func (a *app) showCode(p *profile.Profile, c login.DeviceCode) {
	page, check := c.VerificationURI, "and enter the code"
	if page == "" {
		page, check = c.VerificationURIComplete, "and check that it shows the code"
	}
	fmt.Fprintf(a.stderr, "To sign in to %s, open\n\n  %s\n\n%s\n\n  %s\n\n", sessionName(p.Session), page, check, c.UserCode)
	if c.VerificationURIComplete != "" && c.VerificationURIComplete != page {
		fmt.Fprintf(a.stderr, "or open the page with the code filled in, and check that it is the same:\n\n  %s\n\n", c.VerificationURIComplete)
	}
	fmt.Fprintln(a.stderr, "Waiting for you to approve it there ...")
}

// hasBrowser tells whether there is a screen to open a browser on. Over SSH the
// browser would come up on the wrong machine, and without a screen a text
// browser would take over the terminal.
func hasBrowser() bool {
	if os.Getenv("SSH_CONNECTION") != "" || os.Getenv("SSH_TTY") != "" {
		return false
	}
	switch runtime.GOOS {
	case "windows", "darwin":
		return true
	}
	return firstOf(os.Getenv("DISPLAY"), os.Getenv("WAYLAND_DISPLAY"), os.Getenv("WSL_DISTRO_NAME"), os.Getenv("BROWSER")) != ""
}

func sessionName(s *profile.Session) string {
	if s.Name != "" {
		return fmt.Sprintf("sso-session %q", s.Name)
	}
	return oneLine(s.StartURL)
}

// when says a time and how far away it is.
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
