package command

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/latchkey-sso/latchkey/internal/awserr"
	"github.com/latchkey-sso/latchkey/internal/awsrest"
)

// requestFailure returns one clause about why a request failed, with the HTTP status and the
// request id, which AWS support asks for.
func requestFailure(op *smithy.OperationError) string {
	var (
		unsent *smithyhttp.RequestSendError
		bad    *smithy.DeserializationError
		api    smithy.APIError
	)
	switch {
	case errors.As(op, &unsent):
		return unreachable(unsent)
	case errors.Is(op, context.DeadlineExceeded):
		return "the server did not respond in time"
	case errors.As(op, &bad):
		return fmt.Sprintf("the response is not valid: %v%s", bad.Err, responseOf(op))
	case !errors.As(op, &api):
		return op.Unwrap().Error()
	}
	return errorResponse(op, api)
}

// errorResponse returns the code and the message of an error response, unless they are empty, and
// the HTTP status.
func errorResponse(op *smithy.OperationError, api smithy.APIError) string {
	var parts []string
	if api.ErrorCode() != unknownCode {
		parts = append(parts, api.ErrorCode())
	}
	details := responseOf(op)
	if message := api.ErrorMessage(); message != "" {
		parts = append(parts, message)
		if message == awsrest.StatusMessage(awserr.Status(op)) {
			details = inParentheses(requestID(op))
		}
	}
	return strings.Join(parts, ": ") + details
}

// unknownCode is the SDK's code for an error response without a code.
const unknownCode = "UnknownError"

// responseOf returns " (HTTP 403, request id ...)", or "" if there was no response.
func responseOf(op *smithy.OperationError) string {
	status := awserr.Status(op)
	if status == 0 {
		return ""
	}
	return inParentheses(fmt.Sprintf("HTTP %d", status), requestID(op))
}

func requestID(op *smithy.OperationError) string {
	var response *awshttp.ResponseError
	if !errors.As(op, &response) || response.ServiceRequestID() == "" {
		return ""
	}
	return "request id " + response.ServiceRequestID()
}

func inParentheses(parts ...string) string {
	parts = slices.DeleteFunc(parts, func(part string) bool { return part == "" })
	if len(parts) == 0 {
		return ""
	}
	return " (" + strings.Join(parts, ", ") + ")"
}

// unreachable returns which host could not be reached, and why.
func unreachable(err error) string {
	host := "the server"
	var request *url.Error
	if errors.As(err, &request) {
		if u, perr := url.Parse(request.URL); perr == nil {
			host = u.Host
		}
		err = request.Err
	}
	var hop *net.OpError
	if errors.As(err, &hop) && hop.Op == "proxyconnect" {
		host += " through the proxy"
	}
	return "cannot reach " + host + ": " + awserr.NetworkCause(err)
}

// requestHint returns how to fix a failed request; empty if that is not known.
func requestHint(op *smithy.OperationError) string {
	var (
		response *awshttp.ResponseError
		api      smithy.APIError
	)
	service, region := "Identity Center", "sso_region"
	if op.Service() == "STS" {
		service, region = "STS", "the region of the profile"
	}
	switch {
	case errors.As(op, new(*tls.CertificateVerificationError)):
		return "if a proxy intercepts TLS, set AWS_CA_BUNDLE to its CA file"
	case errors.As(op, new(*smithyhttp.RequestSendError)), errors.Is(op, context.DeadlineExceeded):
		return "check the network and " + region + "; behind a proxy, set HTTPS_PROXY"
	case !errors.As(op, &response):
		return ""
	case response.HTTPStatusCode() == http.StatusTooManyRequests:
		return service + " is throttling requests: try again in a minute"
	case response.HTTPStatusCode() >= http.StatusInternalServerError:
		return service + " returned a server error: try again in a minute"
	case !errors.As(op, &api), api.ErrorCode() == unknownCode:
		return "the response is not from " + service + ": check for a proxy or captive portal"
	}
	return operationHint(op.Operation(), api.ErrorCode())
}

// operationHint returns how to fix an operation that failed with that error code.
func operationHint(operation, code string) string {
	switch operation {
	case "AssumeRole":
		return assumeRoleHint(code)
	case "GetRoleCredentials":
		return unassignedHint
	case "RegisterClient", "StartDeviceAuthorization":
		return "check sso_start_url, sso_region and sso_registration_scopes in the config file"
	}
	return ""
}

// unassignedHint is the hint about a role that the portal does not give.
const unassignedHint = "check that the role is assigned to you, and that sso_account_id and sso_role_name are correct"

func assumeRoleHint(code string) string {
	switch code {
	case "AccessDenied":
		return "check that the trust policy of the role allows the role of source_profile, and that external_id is correct"
	case "ValidationError":
		return "check role_arn, role_session_name, external_id and duration_seconds of the profile; for a chained role, duration_seconds is at most 3600"
	case "RegionDisabledException":
		return "set region in the profile to a region where STS is active for the account"
	}
	return ""
}
