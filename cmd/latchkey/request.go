package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"syscall"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// requestFailure says in one clause why a request failed, with the status and
// the request id, which support asks for.
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
		return "the server does not answer"
	case errors.As(op, &bad):
		return fmt.Sprintf("the answer is not understood: %v%s", bad.Err, answerOf(op))
	case !errors.As(op, &api):
		return op.Unwrap().Error()
	case strings.HasPrefix(api.ErrorMessage(), "HTTP status "): // the client's own words
		return api.ErrorMessage() + inParentheses(requestID(op))
	case api.ErrorCode() == unknownCode:
		return api.ErrorMessage() + answerOf(op)
	case api.ErrorMessage() == "":
		return api.ErrorCode() + answerOf(op)
	}
	return api.ErrorCode() + ": " + api.ErrorMessage() + answerOf(op)
}

// unknownCode is the SDK's for an answer without a code that AWS gives.
const unknownCode = "UnknownError"

// answerOf returns " (HTTP 403, request id ...)", as far as there was an answer.
func answerOf(op *smithy.OperationError) string {
	var answer *awshttp.ResponseError
	if !errors.As(op, &answer) {
		return ""
	}
	return inParentheses(fmt.Sprintf("HTTP %d", answer.HTTPStatusCode()), requestID(op))
}

func requestID(op *smithy.OperationError) string {
	var answer *awshttp.ResponseError
	if !errors.As(op, &answer) || answer.ServiceRequestID() == "" {
		return ""
	}
	return "request id " + answer.ServiceRequestID()
}

func inParentheses(parts ...string) string {
	parts = slices.DeleteFunc(parts, func(part string) bool { return part == "" })
	if len(parts) == 0 {
		return ""
	}
	return " (" + strings.Join(parts, ", ") + ")"
}

// unreachable says which host could not be reached, and why.
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
	return "cannot reach " + host + ": " + networkCause(err)
}

// networkCause is the cause of a network error without the addresses.
func networkCause(err error) string {
	var (
		dns     *net.DNSError
		number  syscall.Errno
		network net.Error
	)
	switch {
	case errors.As(err, &dns) && dns.IsNotFound:
		return "no such host"
	case errors.As(err, &dns):
		return "the name cannot be looked up"
	case errors.As(err, &number):
		return number.Error()
	case errors.As(err, &network) && network.Timeout():
		return "no answer in time"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "the connection was closed"
	}
	return err.Error()
}

// requestHint is where to look when a request failed; empty where we do not
// know.
func requestHint(op *smithy.OperationError) string {
	var (
		unsent *smithyhttp.RequestSendError
		cert   *tls.CertificateVerificationError
		answer *awshttp.ResponseError
		api    smithy.APIError
	)
	switch {
	case errors.As(op, &cert):
		return "behind a proxy that looks into TLS, set AWS_CA_BUNDLE to the file of its certificates"
	case errors.As(op, &unsent), errors.Is(op, context.DeadlineExceeded):
		return "is the network up, and sso_region right? Behind a proxy, set HTTPS_PROXY"
	case !errors.As(op, &answer):
		return ""
	case answer.HTTPStatusCode() == http.StatusTooManyRequests:
		return "Identity Center is throttling requests: try again in a minute"
	case answer.HTTPStatusCode() >= http.StatusInternalServerError:
		return "Identity Center failed to answer: try again in a minute"
	case !errors.As(op, &api), api.ErrorCode() == unknownCode:
		return "is that a proxy, or the sign-in page of a network, in place of Identity Center?"
	}
	return operationHint(op.Operation(), api.ErrorCode())
}

// operationHint is where to look when an operation failed with that error code.
func operationHint(operation, code string) string {
	switch operation {
	case "AssumeRole":
		return assumeRoleHint(code)
	case "GetRoleCredentials":
		return "is the role still assigned to you? Check sso_account_id and sso_role_name of the profile"
	case "RegisterClient", "StartDeviceAuthorization":
		return "check sso_start_url, sso_region and sso_registration_scopes in the config file"
	}
	return ""
}

func assumeRoleHint(code string) string {
	switch code {
	case "AccessDenied":
		return "does the trust policy of the role allow the role that assumes it, and does external_id match?"
	case "ValidationError":
		return "check role_arn, role_session_name, external_id and duration_seconds of the profile: over a sign-in, an hour (3600) is the most"
	case "RegionDisabledException":
		return "STS is off in this region for the account: set region in the profile to another one"
	}
	return ""
}
