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

// SharedError is the error for a request of another process that failed while this process waited
// for it.
type SharedError struct {
	At    time.Time // when the request failed
	Cause error     // the error of the other process, rebuilt from its note
}

func (e *SharedError) Error() string {
	return fmt.Sprintf("the request of another process failed at %s: %s", e.At.UTC().Format(time.RFC3339), Summary(e.Cause))
}

func (e *SharedError) Unwrap() error { return e.Cause }

// Describe returns the code and the message of err for a note to other processes. The message has
// only printable characters. The code is empty if err has none. timeout is the time limit of the
// request.
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

// Portal rebuilds the error of a portal operation from the status, code and message in a note. A
// status of 0 means that there was no response.
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
