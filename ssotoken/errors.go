package ssotoken

import (
	"errors"
	"fmt"

	"github.com/latchkey-sso/latchkey/profile"
)

// LoginRequiredError is the error if the user must sign in: there is no sign-in, or it has expired
// and cannot be refreshed. It wraps the error of the server, if any.
type LoginRequiredError struct {
	// Profile is the name of the profile; empty if only a session was given.
	Profile string
	// Session is the name of the sso-session; empty for a legacy profile.
	Session string
	// StartURL is the start URL of the session.
	StartURL string
	// Reason is a clause that says why the current sign-in cannot be used.
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

// Unwrap returns the underlying error of the server or the token cache, or nil.
func (e *LoginRequiredError) Unwrap() error { return e.cause }

// SignIn returns the argument for login.Login. Its Session is nil if another package created the
// error.
func (e *LoginRequiredError) SignIn() profile.SignIn { return e.signIn }

// For returns a copy of the error for another profile of the same session.
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

// forProfile returns err with the profile of s. The error may come from a call shared with other
// profiles.
func (s *Source) forProfile(err error) error {
	var required *LoginRequiredError
	if !errors.As(err, &required) || required.Profile == s.signIn.Profile {
		return err
	}
	return required.For(s.signIn)
}
