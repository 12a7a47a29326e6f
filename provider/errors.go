package provider

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"

	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/sso"
	"github.com/latchkey-sso/latchkey/ssooidc"
)

// LoginRequiredError says that only a person signing in again can help: there
// is no sign-in, or it has ended and cannot be renewed. Find it with errors.As;
// what the server said, where it said something, is reachable through it.
type LoginRequiredError struct {
	// Profile is the profile that was asked for credentials or a token; empty
	// where a session was asked for by its own name.
	Profile string
	// Session is the name of its sso-session; empty for a legacy profile.
	Session string
	// StartURL is the address of the Identity Center to sign in to.
	StartURL string
	// Reason says in one clause why the sign-in at hand does not do.
	Reason string

	cause error
}

func (e *LoginRequiredError) Error() string {
	if e.Profile == "" {
		return fmt.Sprintf("provider: login required for %s: %s", e.session(), e.Reason)
	}
	return fmt.Sprintf("provider: login required for profile %q (%s): %s", e.Profile, e.session(), e.Reason)
}

func (e *LoginRequiredError) session() string {
	if e.Session != "" {
		return fmt.Sprintf("sso-session %q", e.Session)
	}
	return e.StartURL
}

// Unwrap returns the server's or the token cache's error behind the reason;
// nil where there is none.
func (e *LoginRequiredError) Unwrap() error { return e.cause }

func loginRequired(p *profile.Profile, cause error, format string, args ...any) error {
	return &LoginRequiredError{
		Profile:  p.Name,
		Session:  p.Session.Name,
		StartURL: p.Session.StartURL,
		Reason:   fmt.Sprintf(format, args...),
		cause:    cause,
	}
}

// own makes an error that came of a flight with other profiles one of this profile.
func (p *Provider) own(err error) error {
	var login *LoginRequiredError
	if !errors.As(err, &login) || login.Profile == p.profile.Name {
		return err
	}
	mine := *login
	mine.Profile = p.profile.Name
	return &mine
}

// signInEnded tells whether CreateToken failed for good: the refresh token or
// the client registration is no longer accepted, so that trying again with the
// same ones cannot succeed. A 401 says so of the client whatever its code (RFC 6749
// section 5.2), but one without any is of a proxy on the way.
func signInEnded(err error) bool {
	var (
		used         *ssooidc.InvalidGrantException
		expired      *ssooidc.ExpiredTokenException
		client       *ssooidc.InvalidClientException
		unauthorized *ssooidc.UnauthorizedClientException
		unsupported  *ssooidc.UnsupportedGrantTypeException
		denied       *ssooidc.AccessDeniedException
	)
	return errors.As(err, &used) || errors.As(err, &expired) || errors.As(err, &client) ||
		errors.As(err, &unauthorized) || errors.As(err, &unsupported) ||
		errors.As(err, &denied) && denied.Reason == "" || // with one, it is about a key of the server's
		status(err) == http.StatusUnauthorized && fromService(err)
}

// unknownCode is the SDK's for an answer without a code that AWS gives.
const unknownCode = "UnknownError"

// fromService tells whether a response says what kind of error it is, as the services'
// responses do.
func fromService(err error) bool {
	var api smithy.APIError
	return errors.As(err, &api) && api.ErrorCode() != unknownCode
}

// refusedForGood tells whether the service turned a request down in a way that is
// not about load: it would do so again. What says no error of the service's is of
// a proxy on the way.
func refusedForGood(err error) bool {
	var slow *ssooidc.SlowDownException
	var denied *ssooidc.AccessDeniedException
	code := status(err)
	return code >= 400 && code < 500 && code != http.StatusTooManyRequests && fromService(err) &&
		!errors.As(err, &slow) && (!errors.As(err, &denied) || denied.Reason == "")
}

// status is the HTTP status of the answer that err is about, 0 without one.
func status(err error) int {
	var response *awshttp.ResponseError
	if !errors.As(err, &response) {
		return 0
	}
	return response.HTTPStatusCode()
}

// tokenRefused tells whether the portal rejected the access token itself, in the way
// that is modelled or with another of the service's codes that says so. Any other 401
// is of a proxy or gateway on the way.
func tokenRefused(err error) bool {
	var unauthorized *sso.UnauthorizedException
	var response *awshttp.ResponseError
	return errors.As(err, &unauthorized) || status(err) == http.StatusUnauthorized && errors.As(err, &response) &&
		strings.Contains(response.Response.Header.Get("X-Amzn-Errortype"), "Expired")
}

// inShort says what the server answered, without the layers around it.
func inShort(err error) string {
	var api smithy.APIError
	if !errors.As(err, &api) {
		return err.Error()
	}
	switch {
	case api.ErrorMessage() == "":
		return api.ErrorCode()
	case api.ErrorCode() == unknownCode:
		return api.ErrorMessage()
	}
	return api.ErrorCode() + ": " + api.ErrorMessage()
}
