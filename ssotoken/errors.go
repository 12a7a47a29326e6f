package ssotoken

import (
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

	profile *profile.Profile
	cause   error
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

// SSOProfile returns the profile to sign in to, for login.Login. It is nil if the error was
// not made by this package.
func (e *LoginRequiredError) SSOProfile() *profile.Profile { return e.profile }

// For returns the same error about another profile of the same session.
func (e *LoginRequiredError) For(p *profile.Profile) *LoginRequiredError {
	other := *e
	other.Profile, other.profile = p.Name, p
	return &other
}

func (s *Source) loginRequired(cause error, format string, args ...any) error {
	return &LoginRequiredError{
		Profile:  s.profile.Name,
		Session:  s.profile.Session.Name,
		StartURL: s.profile.Session.StartURL,
		Reason:   fmt.Sprintf(format, args...),
		profile:  s.profile,
		cause:    cause,
	}
}
