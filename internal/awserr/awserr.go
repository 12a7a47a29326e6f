// Package awserr inspects errors of the Identity Center services.
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

// Status returns the HTTP status code of the response behind err, or 0 if there is none.
func Status(err error) int {
	var response *awshttp.ResponseError
	if !errors.As(err, &response) {
		return 0
	}
	return response.HTTPStatusCode()
}

// HasCode reports whether err has an error code. An error response without one does not come from
// the service, but from a proxy or gateway.
func HasCode(err error) bool {
	var api smithy.APIError
	return errors.As(err, &api) && api.ErrorCode() != unknownCode
}

// RejectsToken reports whether the portal rejected the access token, with UnauthorizedException
// or another 401 whose error type contains "Expired". Other 401 responses come from proxies and
// gateways.
func RejectsToken(err error) bool {
	var unauthorized *sso.UnauthorizedException
	var response *awshttp.ResponseError
	return errors.As(err, &unauthorized) || Status(err) == http.StatusUnauthorized && errors.As(err, &response) &&
		strings.Contains(response.Response.Header.Get("X-Amzn-Errortype"), "Expired")
}

// RejectsRefresh reports whether CreateToken rejected the refresh token or the client
// registration, so that a retry would fail too. A 401 with any error code rejects the client
// (RFC 6749 section 5.2).
func RejectsRefresh(err error) bool {
	var (
		invalid      *ssooidc.InvalidGrantException
		expired      *ssooidc.ExpiredTokenException
		client       *ssooidc.InvalidClientException
		unauthorized *ssooidc.UnauthorizedClientException
		unsupported  *ssooidc.UnsupportedGrantTypeException
	)
	return errors.As(err, &invalid) || errors.As(err, &expired) || errors.As(err, &client) ||
		errors.As(err, &unauthorized) || errors.As(err, &unsupported) || deniesAccess(err) ||
		Status(err) == http.StatusUnauthorized && HasCode(err)
}

// deniesAccess reports whether err is an AccessDeniedException without a reason. With a reason,
// it is about a KMS key of the Identity Center instance, not about the caller.
func deniesAccess(err error) bool {
	var denied *ssooidc.AccessDeniedException
	return errors.As(err, &denied) && denied.Reason == ""
}

// IsPermanent reports whether CreateToken failed with a client error other than throttling, so
// that a retry would fail too.
func IsPermanent(err error) bool {
	var slow *ssooidc.SlowDownException
	var denied *ssooidc.AccessDeniedException
	code := Status(err)
	return code >= 400 && code < 500 && code != http.StatusTooManyRequests && HasCode(err) &&
		!errors.As(err, &slow) && (!errors.As(err, &denied) || deniesAccess(err))
}

// Summary returns the code and message of a service error without its wrapping, or the text of
// any other error.
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

// clockTolerance is the clock skew from which errors mention the clock.
const clockTolerance = 5 * time.Minute

// ClockSkew returns a note to append to an error if the local clock differs from the Date of the
// response behind err. A wrong clock is the most common cause of an implausible expiry.
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

// ClockSkewOf is ClockSkew for a successful response.
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
	return fmt.Sprintf(" (the local clock is %s %s Identity Center's)", off.Round(time.Minute), side)
}
