package awserr

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/latchkey-sso/latchkey/sso"
)

// SharedError is the failure of another process's request that this process waited for.
type SharedError struct {
	At    time.Time
	Cause error // an error of the kind that the other process got
}

func (e *SharedError) Error() string {
	return fmt.Sprintf("the request of another process failed at %s: %s", e.At.UTC().Format(time.RFC3339), Summary(e.Cause))
}

func (e *SharedError) Unwrap() error { return e.Cause }

// Describe returns the code and the message of an error for a note to other processes, as
// printable text. The code is empty if the service gave none. timeout is that of the request.
func Describe(err error, timeout time.Duration) (code, message string) {
	var api smithy.APIError
	var op *smithy.OperationError
	switch {
	case errors.As(err, &api):
		code, message = api.ErrorCode(), api.ErrorMessage()
	case errors.Is(err, context.DeadlineExceeded):
		message = fmt.Sprintf("no response within %s", timeout)
	case errors.As(err, &op):
		message = op.Err.Error()
	default:
		message = err.Error()
	}
	return code, strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, message)
}

// Portal returns an error of the kind that the portal client returns for a response with that
// status, or for no response if status is 0.
func Portal(operation string, status int, code, message string) error {
	err := portalError(code, message)
	if status != 0 {
		response := &smithyhttp.Response{Response: &http.Response{StatusCode: status, Header: http.Header{}}}
		err = &awshttp.ResponseError{ResponseError: &smithyhttp.ResponseError{Response: response, Err: err}}
	}
	return &smithy.OperationError{ServiceID: sso.ServiceID, OperationName: operation, Err: err}
}

func portalError(code, message string) error {
	switch code {
	case "":
		return errors.New(message)
	case "InvalidRequestException":
		return &sso.InvalidRequestException{Message: aws.String(message)}
	case "ResourceNotFoundException":
		return &sso.ResourceNotFoundException{Message: aws.String(message)}
	case "TooManyRequestsException":
		return &sso.TooManyRequestsException{Message: aws.String(message)}
	case "UnauthorizedException":
		return &sso.UnauthorizedException{Message: aws.String(message)}
	}
	return &smithy.GenericAPIError{Code: code, Message: message}
}
