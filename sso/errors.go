package sso

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"

	"github.com/latchkey-sso/latchkey/internal/awsrest"
)

// modelledError returns the error of that code, whatever the operation, or nil.
func modelledError(code string, body awsrest.ErrorBody) smithy.APIError {
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

// InvalidRequestException says that the service did not understand the request (400).
type InvalidRequestException struct {
	// Message is what the service says about it. May be nil.
	Message *string
}

func (e *InvalidRequestException) Error() string { return awsrest.ErrorText(e) }

// ErrorCode returns "InvalidRequestException".
func (e *InvalidRequestException) ErrorCode() string { return "InvalidRequestException" }

// ErrorMessage returns Message, "" if it is nil.
func (e *InvalidRequestException) ErrorMessage() string { return aws.ToString(e.Message) }

// ErrorFault returns smithy.FaultClient.
func (e *InvalidRequestException) ErrorFault() smithy.ErrorFault { return smithy.FaultClient }

// ResourceNotFoundException says that there is no such account, or role in it (404).
type ResourceNotFoundException struct {
	// Message is what the service says about it. May be nil.
	Message *string
}

func (e *ResourceNotFoundException) Error() string { return awsrest.ErrorText(e) }

// ErrorCode returns "ResourceNotFoundException".
func (e *ResourceNotFoundException) ErrorCode() string { return "ResourceNotFoundException" }

// ErrorMessage returns Message, "" if it is nil.
func (e *ResourceNotFoundException) ErrorMessage() string { return aws.ToString(e.Message) }

// ErrorFault returns smithy.FaultClient.
func (e *ResourceNotFoundException) ErrorFault() smithy.ErrorFault { return smithy.FaultClient }

// TooManyRequestsException says that requests come too fast, after the retries of the call (429).
type TooManyRequestsException struct {
	// Message is what the service says about it. May be nil.
	Message *string
}

func (e *TooManyRequestsException) Error() string { return awsrest.ErrorText(e) }

// ErrorCode returns "TooManyRequestsException".
func (e *TooManyRequestsException) ErrorCode() string { return "TooManyRequestsException" }

// ErrorMessage returns Message, "" if it is nil.
func (e *TooManyRequestsException) ErrorMessage() string { return aws.ToString(e.Message) }

// ErrorFault returns smithy.FaultClient.
func (e *TooManyRequestsException) ErrorFault() smithy.ErrorFault { return smithy.FaultClient }

// UnauthorizedException says that the access token is not valid, or no longer (401): sign in again.
type UnauthorizedException struct {
	// Message is what the service says about it. May be nil.
	Message *string
}

func (e *UnauthorizedException) Error() string { return awsrest.ErrorText(e) }

// ErrorCode returns "UnauthorizedException".
func (e *UnauthorizedException) ErrorCode() string { return "UnauthorizedException" }

// ErrorMessage returns Message, "" if it is nil.
func (e *UnauthorizedException) ErrorMessage() string { return aws.ToString(e.Message) }

// ErrorFault returns smithy.FaultClient.
func (e *UnauthorizedException) ErrorFault() smithy.ErrorFault { return smithy.FaultClient }
