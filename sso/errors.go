package sso

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"

	"github.com/latchkey-sso/latchkey/internal/awsrest"
)

// modeledError returns the error type for code, or nil.
func modeledError(code string, body awsrest.ErrorBody) smithy.APIError {
	message := body.Message()
	switch code {
	case "InvalidRequestException":
		return &InvalidRequestException{Message: message}
	case "ResourceNotFoundException":
		return &ResourceNotFoundException{Message: message}
	case "TooManyRequestsException":
		return &TooManyRequestsException{Message: message}
	case "UnauthorizedException":
		return &UnauthorizedException{Message: message}
	default:
		return nil
	}
}

// InvalidRequestException means that a parameter of the request is invalid (400).
type InvalidRequestException struct {
	// Message is the message in the response; may be nil.
	Message *string
}

func (e *InvalidRequestException) Error() string { return awsrest.ErrorText(e) }

// ErrorCode returns "InvalidRequestException".
func (e *InvalidRequestException) ErrorCode() string { return "InvalidRequestException" }

// ErrorMessage returns Message, or "" if it is nil.
func (e *InvalidRequestException) ErrorMessage() string { return aws.ToString(e.Message) }

// ErrorFault returns smithy.FaultClient.
func (e *InvalidRequestException) ErrorFault() smithy.ErrorFault { return smithy.FaultClient }

// ResourceNotFoundException means that the account or role does not exist (404).
type ResourceNotFoundException struct {
	// Message is the message in the response; may be nil.
	Message *string
}

func (e *ResourceNotFoundException) Error() string { return awsrest.ErrorText(e) }

// ErrorCode returns "ResourceNotFoundException".
func (e *ResourceNotFoundException) ErrorCode() string { return "ResourceNotFoundException" }

// ErrorMessage returns Message, or "" if it is nil.
func (e *ResourceNotFoundException) ErrorMessage() string { return aws.ToString(e.Message) }

// ErrorFault returns smithy.FaultClient.
func (e *ResourceNotFoundException) ErrorFault() smithy.ErrorFault { return smithy.FaultClient }

// TooManyRequestsException means that the service throttled the request, even after retries (429).
type TooManyRequestsException struct {
	// Message is the message in the response; may be nil.
	Message *string
}

func (e *TooManyRequestsException) Error() string { return awsrest.ErrorText(e) }

// ErrorCode returns "TooManyRequestsException".
func (e *TooManyRequestsException) ErrorCode() string { return "TooManyRequestsException" }

// ErrorMessage returns Message, or "" if it is nil.
func (e *TooManyRequestsException) ErrorMessage() string { return aws.ToString(e.Message) }

// ErrorFault returns smithy.FaultClient.
func (e *TooManyRequestsException) ErrorFault() smithy.ErrorFault { return smithy.FaultClient }

// UnauthorizedException means that the access token is invalid or has expired (401): sign in again.
type UnauthorizedException struct {
	// Message is the message in the response; may be nil.
	Message *string
}

func (e *UnauthorizedException) Error() string { return awsrest.ErrorText(e) }

// ErrorCode returns "UnauthorizedException".
func (e *UnauthorizedException) ErrorCode() string { return "UnauthorizedException" }

// ErrorMessage returns Message, or "" if it is nil.
func (e *UnauthorizedException) ErrorMessage() string { return aws.ToString(e.Message) }

// ErrorFault returns smithy.FaultClient.
func (e *UnauthorizedException) ErrorFault() smithy.ErrorFault { return smithy.FaultClient }
