// Package awserr reads the errors that the clients of the Identity Center services return.
package awserr

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"

	"github.com/latchkey-sso/latchkey/sso"
	"github.com/latchkey-sso/latchkey/ssooidc"
)

// unknownCode is the SDK's code for a response without one.
const unknownCode = "UnknownError"

// Status returns the HTTP status of the response that err is about, 0 if there is none.
func Status(err error) int {
	var response *awshttp.ResponseError
	if !errors.As(err, &response) {
		return 0
	}
	return response.HTTPStatusCode()
}

// HasCode reports whether a response has an error code, as the services' responses do. One
// without is from a proxy or gateway on the way.
func HasCode(err error) bool {
	var api smithy.APIError
	return errors.As(err, &api) && api.ErrorCode() != unknownCode
}

// RejectsToken reports whether the portal rejected the access token itself: with the
// modelled error, or with another of the service's codes that says so. Any other 401 is from
// a proxy or gateway on the way.
func RejectsToken(err error) bool {
	var unauthorized *sso.UnauthorizedException
	var response *awshttp.ResponseError
	return errors.As(err, &unauthorized) || Status(err) == http.StatusUnauthorized && errors.As(err, &response) &&
		strings.Contains(response.Response.Header.Get("X-Amzn-Errortype"), "Expired")
}

// RejectsRefresh reports whether CreateToken failed for good: the refresh token or the
// client registration is no longer accepted, so that another try must fail too. A 401 says
// so about the client whatever its code (RFC 6749 section 5.2).
func RejectsRefresh(err error) bool {
	var (
		used         *ssooidc.InvalidGrantException
		expired      *ssooidc.ExpiredTokenException
		client       *ssooidc.InvalidClientException
		unauthorized *ssooidc.UnauthorizedClientException
		unsupported  *ssooidc.UnsupportedGrantTypeException
	)
	return errors.As(err, &used) || errors.As(err, &expired) || errors.As(err, &client) ||
		errors.As(err, &unauthorized) || errors.As(err, &unsupported) || deniesAccess(err) ||
		Status(err) == http.StatusUnauthorized && HasCode(err)
}

// deniesAccess reports whether err is an AccessDeniedException about the caller. With a
// reason, it is about a KMS key of the server.
func deniesAccess(err error) bool {
	var denied *ssooidc.AccessDeniedException
	return errors.As(err, &denied) && denied.Reason == ""
}

// IsPermanent reports whether the service rejected a CreateToken request in a way that is
// not about load: it would reject the next one too.
func IsPermanent(err error) bool {
	var slow *ssooidc.SlowDownException
	var denied *ssooidc.AccessDeniedException
	code := Status(err)
	return code >= 400 && code < 500 && code != http.StatusTooManyRequests && HasCode(err) &&
		!errors.As(err, &slow) && (!errors.As(err, &denied) || deniesAccess(err))
}

// Summary returns the code and message of a service error, without the layers around it,
// and the text of any other error.
func Summary(err error) string {
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

// clockTolerance is how far the local clock may be off before an error mentions it.
const clockTolerance = 5 * time.Minute

// ClockSkew returns a note for the end of an error text if the local clock is wrong, judged
// by the server's time in the response that err is about. An expiry that makes no sense is
// most often a wrong clock.
func ClockSkew(now time.Time, err error) string {
	var response *awshttp.ResponseError
	if !errors.As(err, &response) || response.Response == nil {
		return ""
	}
	server, perr := http.ParseTime(response.Response.Header.Get("Date"))
	if perr != nil {
		return ""
	}
	return clockSkew(now, server)
}

// ClockSkewOf is ClockSkew for a response without an error.
func ClockSkewOf(now time.Time, metadata middleware.Metadata) string {
	server, ok := awsmiddleware.GetServerTime(metadata)
	if !ok {
		return ""
	}
	return clockSkew(now, server)
}

func clockSkew(now, server time.Time) string {
	off, side := now.Sub(server), "ahead of"
	if off < 0 {
		off, side = -off, "behind"
	}
	if off <= clockTolerance {
		return ""
	}
	return fmt.Sprintf(" (the clock of this machine is %s %s Identity Center's)", off.Round(time.Minute), side)
}
