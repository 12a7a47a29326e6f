package ssotoken

import (
	"errors"
	"fmt"

	"github.com/latchkey-sso/latchkey/profile"
)

// LoginRequiredError says that the user has to sign in: there is no sign-in, or it has
// expired and cannot be refreshed. Find it with errors.As. The server's error, if there is
// one, is in its chain.
type LoginRequiredError struct {
	// Profile is the profile that was asked for credentials or a token; empty if a
	// session was asked for by its own name.
	Profile string
	// Session is the name of its sso-session; empty for a legacy profile.
	Session string
	// StartURL is the address of the Identity Center to sign in to.
	StartURL string
	// Reason says in one clause why the current sign-in cannot be used.
	Reason string

	signIn profile.SignIn
	cause  error
}

func (e *LoginRequiredError) Error() string {
	session := e.StartURL
	if e.Session != "" {
		session = fmt.Sprintf("sso-session %q", e.Session)
	}
	if e.Profile == "" {
		return fmt.Sprintf("ssotoken: login required for %s: %s", session, e.Reason)
	}
	return fmt.Sprintf("ssotoken: login required for profile %q (%s): %s", e.Profile, session, e.Reason)
}

// Unwrap returns the error of the server or the token cache behind the reason, nil if there
// is none.
func (e *LoginRequiredError) Unwrap() error { return e.cause }

// SignIn returns what to sign in to, for login.Login. Its Session is nil if the error was
// not made by this package.
func (e *LoginRequiredError) SignIn() profile.SignIn { return e.signIn }

// For returns the same error about another profile of the same session.
func (e *LoginRequiredError) For(s profile.SignIn) *LoginRequiredError {
	other := *e
	other.Profile, other.signIn = s.Profile, s
	return &other
}

func (s *Source) loginRequired(cause error, format string, args ...any) error {
	return &LoginRequiredError{
		Profile:  s.signIn.Profile,
		Session:  s.signIn.Session.Name,
		StartURL: s.signIn.Session.StartURL,
		Reason:   fmt.Sprintf(format, args...),
		signIn:   s.signIn,
		cause:    cause,
	}
}

// own returns err as an error of this Source's profile. It may come from a call shared with
// other profiles.
func (s *Source) own(err error) error {
	var required *LoginRequiredError
	if !errors.As(err, &required) || required.Profile == s.signIn.Profile {
		return err
	}
	return required.For(s.signIn)
}
