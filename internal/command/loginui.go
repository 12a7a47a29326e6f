package command

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	"time"

	"github.com/latchkey-sso/latchkey/login"
	"github.com/latchkey-sso/latchkey/profile"
)

// loginUI shows a sign-in in the terminal.
func (a *app) loginUI(ctx context.Context, m machine, p profile.SignIn, plan loginPlan, paste *paster) login.UI {
	ui := login.UI{
		ShowURL: func(r login.AuthorizationRequest) {
			a.showURL(p, plan, r, !a.noInput && paste.listen(r.Paste))
		},
		ShowCode: func(c login.DeviceCode) {
			if plan.reason != "" {
				fmt.Fprintf(a.stderr, "Signing in with a device code because %s.\n", plan.reason)
			}
			a.showCode(p, c)
			if plan.qr {
				a.showQR(c)
			}
			a.showWaiting(c.ExpiresAt)
		},
		Waiting: func(atMost time.Duration) {
			fmt.Fprintf(a.stderr, "Another process is signing in to %s. Waiting for it, up to %s. Press Ctrl-C to stop waiting.\n",
				sessionName(p.Session), hoursAndMinutes(atMost.Round(time.Minute)))
		},
	}
	if plan.open {
		ui.OpenBrowser = func(address string) error {
			a.openBrowser(context.WithoutCancel(ctx), m, address)
			return nil
		}
	}
	return ui
}

// openBrowser opens a page in the background: some openers return only when the browser closes.
func (a *app) openBrowser(ctx context.Context, m machine, address string) {
	var output io.Writer // browsers print warnings
	if a.debug {
		output = a.stderr
	}
	go func() {
		if err := newOpener(m, output).open(ctx, address); err != nil {
			a.debugf("%v", err)
		}
	}()
}

// showURL shows the page of the authorization code flow.
func (a *app) showURL(p profile.SignIn, plan loginPlan, r login.AuthorizationRequest, canPaste bool) {
	if plan.open {
		fmt.Fprintf(a.stderr, "Opening a browser to sign in to %s. If none opens, open this page:\n\n  %s\n\n", sessionName(p.Session), r.URL)
	} else {
		fmt.Fprintf(a.stderr, "To sign in to %s, open this page in a browser on this machine:\n\n  %s\n\n%s",
			sessionName(p.Session), r.URL, fromElsewhere(r.RedirectURI))
	}
	if canPaste {
		fmt.Fprint(a.stderr, "If the browser shows a page that does not load, paste its address here and press Enter.\n"+
			"The terminal does not show it.\n\n")
	}
	a.showWaiting(r.ExpiresAt)
}

func (a *app) showWaiting(until time.Time) {
	fmt.Fprintf(a.stderr, "Waiting for your approval until %s ...\n", until.Local().Format("15:04:05"))
}

// fromElsewhere returns how a browser on another machine can reach the callback port.
func fromElsewhere(redirectURI string) string {
	u, err := url.Parse(redirectURI)
	host, herr := os.Hostname()
	if err != nil || herr != nil {
		return ""
	}
	return fmt.Sprintf("If the browser is on another machine, run this there first:\n\n  ssh -L %s:%s %s\n\n", u.Port(), u.Host, oneLine(host))
}

// showCode shows both addresses, as the AWS CLI does: the short one is easy to type on another
// device.
func (a *app) showCode(p profile.SignIn, c login.DeviceCode) {
	page, check := c.VerificationURI, "and enter the code"
	if page == "" {
		page, check = c.VerificationURIComplete, "and check that it shows the code"
	}
	fmt.Fprintf(a.stderr, "To sign in to %s, open\n\n  %s\n\n%s\n\n  %s\n\n", sessionName(p.Session), page, check, c.UserCode)
	if c.VerificationURIComplete != "" && c.VerificationURIComplete != page {
		fmt.Fprintf(a.stderr, "or open this page, and check that it shows the same code:\n\n  %s\n\n", c.VerificationURIComplete)
	}
}

// showQR shows a QR code of the page, with the code filled in if the server has such a page.
func (a *app) showQR(c login.DeviceCode) {
	drawn, err := qrCode(firstOf(c.VerificationURIComplete, c.VerificationURI))
	if err != nil { // the address is too long
		a.debugf("%v", err)
		return
	}
	fmt.Fprintf(a.stderr, "or scan it with a phone:\n\n%s\n", drawn)
}
