package command

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/latchkey-sso/latchkey/internal/awserr"
	"github.com/latchkey-sso/latchkey/internal/interrupt"
	"github.com/latchkey-sso/latchkey/internal/picker"
	"github.com/latchkey-sso/latchkey/internal/ssoclient"
	"github.com/latchkey-sso/latchkey/internal/starturl"
	"github.com/latchkey-sso/latchkey/profile"
)

// ask asks for a line until check accepts it. Without a terminal the error names the flag.
func (a *app) ask(ctx context.Context, prompt, flag string, check func(string) error) (string, error) {
	terminal, err := a.openTerminal()
	if err != nil {
		return "", &usageError{text: "the " + lowerFirst(prompt) + " is missing, and there is no terminal to ask for it", hint: "set it with " + flag}
	}
	defer terminal.Close()
	return a.askUntil(ctx, terminal, prompt, "", check)
}

// askUntil asks for a line until check accepts it.
func (a *app) askUntil(ctx context.Context, terminal *picker.Terminal, prompt, preset string, check func(string) error) (string, error) {
	for {
		text, err := terminal.Ask(ctx, prompt, preset)
		if err != nil {
			return "", pickerError(err)
		}
		if err = check(text); err == nil {
			return text, nil
		}
		fmt.Fprintf(a.stderr, "%s. Try again.\n", upperFirst(message(err)))
	}
}

func upperFirst(text string) string { return strings.ToUpper(text[:1]) + text[1:] }

// askSession returns a session of the config file that the user chooses, or a new one.
func (a *app) askSession(ctx context.Context, f *configureFlags) (profile.SignIn, error) {
	var none profile.SignIn
	_, names, _ := profile.Names() // a damaged line in another section does not matter
	if f.session != "" {
		if slices.Contains(names, f.session) {
			return profile.LoadSession(f.session)
		}
		names = nil
	}
	if len(names) > 0 {
		name, err := a.chooseName(ctx, names)
		switch {
		case err != nil:
			return none, err
		case name != "":
			return profile.LoadSession(name)
		}
	}
	startURL, err := a.ask(ctx, "Start URL", "--start-url", func(text string) error {
		_, err := cleanStartURL(text)
		return err
	})
	if err != nil {
		return none, err
	}
	return a.newSession(ctx, f, startURL)
}

// chooseName lets the user choose one of the sessions, or none of them: then the name is
// empty. Without a terminal it returns the only one.
func (a *app) chooseName(ctx context.Context, names []string) (string, error) {
	q := sessionQuestion(names)
	q.Kind = ""
	q.Items = append(q.Items, picker.Item{Name: "(another start URL)"})
	missing := &usageError{text: "no sso-session is selected", hint: "choose one with --sso-session, or create one with --start-url"}
	name, err := a.choose(ctx, q, missing)
	if len(names) == 1 && errors.Is(err, missing) {
		return names[0], nil
	}
	return name, err
}

// newSession returns the session of the config file with that start URL, or a new one that
// writeSession has yet to write.
func (a *app) newSession(ctx context.Context, f *configureFlags, startURL string) (profile.SignIn, error) {
	var none profile.SignIn
	startURL, err := cleanStartURL(startURL)
	if err != nil {
		return none, err
	}
	_, names, _ := profile.Names() // a damaged line in another section does not matter
	for _, name := range names {
		p, err := profile.LoadSession(name)
		if err == nil && sameStartURL(p.Session.StartURL, startURL) && (f.session == "" || f.session == name) {
			return p, nil
		}
	}
	connection, err := profile.EnvironmentConnection()
	if err != nil {
		return none, err
	}
	p := profile.SignIn{Connection: connection}
	p.Session = &profile.Session{StartURL: startURL, Region: f.ssoRegion, RegistrationScopes: []string{defaultScope}}
	if p.Session.Region == "" {
		if p.Session.Region, err = a.findRegion(ctx, p); err != nil {
			return none, err
		}
	}
	if err := checkRegion(p.Session.Region); err != nil {
		return none, err
	}
	p.Session.Name, err = a.sessionName(ctx, f, startURL, names)
	return p, err
}

// defaultScope lets a token list accounts and be refreshed.
const defaultScope = "sso:account:access"

// cleanStartURL returns a start URL without the fragment and slashes that a browser adds. Tools
// cache a token per spelling of the URL.
func cleanStartURL(text string) (string, error) {
	text = strings.TrimSpace(text)
	if strings.Contains(text, ".") && !strings.Contains(text, "://") {
		text = "https://" + text
	}
	u, err := url.Parse(text)
	if err == nil && u.User != nil {
		return "", &usageError{text: "a start URL has no user name", hint: "remove the part before the @"}
	}
	if err != nil || u.Scheme != "https" || u.Hostname() == "" {
		return "", &usageError{text: fmt.Sprintf("%q is not a start URL", text), hint: "a start URL looks like https://d-1234567890.awsapps.com/start; it is the address of your AWS access portal"}
	}
	u.Fragment, u.RawFragment, u.RawQuery = "", "", ""
	u.Host = strings.ToLower(u.Host)
	return strings.TrimRight(u.String(), "/"), nil
}

func sameStartURL(a, b string) bool {
	a, aerr := cleanStartURL(a)
	b, berr := cleanStartURL(b)
	return aerr == nil && berr == nil && a == b
}

// findRegion finds the region of a new session or asks for it.
func (a *app) findRegion(ctx context.Context, p profile.SignIn) (string, error) {
	with := p
	with.Session = &profile.Session{StartURL: p.Session.StartURL, Region: "us-east-1"} // which the client needs
	client, err := ssoclient.OIDC(with, a.clientConfig())
	if err != nil {
		return "", err
	}
	region, err := starturl.Find(ctx, client.Options().HTTPClient, p.Session.StartURL)
	switch {
	case ctx.Err() != nil:
		return "", interrupt.Cause(ctx)
	case err == nil:
		fmt.Fprintf(a.stderr, "Identity Center is in %s.\n", region)
		return region, nil
	}
	a.debugf("%v", err)
	fmt.Fprintf(a.stderr, "Cannot find the region of Identity Center: %s.\n", oneLine(awserr.NetworkCause(err)))
	return a.ask(ctx, "Region of Identity Center", "--sso-region", checkRegion)
}

func checkRegion(name string) error {
	if !starturl.IsRegion(name) {
		return &usageError{text: fmt.Sprintf("%q is not a region", name), hint: "a region looks like eu-west-1"}
	}
	return nil
}

// sessionName returns the name of a new session.
func (a *app) sessionName(ctx context.Context, f *configureFlags, startURL string, taken []string) (string, error) {
	if f.session != "" {
		if slices.Contains(taken, f.session) {
			return "", &usageError{text: fmt.Sprintf("sso-session %q has another start URL", f.session), hint: "choose another name with --sso-session"}
		}
		return f.session, nil
	}
	preset := freeName(nameOfPortal(startURL), taken)
	terminal, err := a.openTerminal()
	if err != nil {
		return preset, nil // as if the user had pressed Enter
	}
	defer terminal.Close()
	return a.askUntil(ctx, terminal, "Name of the sso-session", preset, func(name string) error {
		if slices.Contains(taken, name) {
			return fmt.Errorf("sso-session %q already exists", name)
		}
		return nil
	})
}

// nameOfPortal returns the subdomain that an organization chose for its portal, else "sso".
func nameOfPortal(startURL string) string {
	u, err := url.Parse(startURL)
	if err != nil {
		return "sso"
	}
	host := u.Hostname()
	label, _, _ := strings.Cut(host, ".")
	if !starturl.OwnedByAWS(host) || strings.HasPrefix(label, "d-") || strings.HasPrefix(label, "ssoins-") {
		return "sso"
	}
	return label
}

func freeName(name string, taken []string) string {
	for i, free := 2, name; ; i++ {
		if !slices.Contains(taken, free) {
			return free
		}
		free = fmt.Sprintf("%s-%d", name, i)
	}
}

// writeSession writes a new session to the config file. It does not change an existing one.
func (a *app) writeSession(ctx context.Context, s *profile.Session) error {
	if _, err := profile.LoadSession(s.Name); err == nil {
		return nil
	}
	_, err := a.edit(ctx, profile.Set(profile.KindSession, s.Name,
		profile.Setting{Key: "sso_start_url", Value: s.StartURL},
		profile.Setting{Key: "sso_region", Value: s.Region},
		profile.Setting{Key: "sso_registration_scopes", Value: defaultScope},
	))
	return err
}
