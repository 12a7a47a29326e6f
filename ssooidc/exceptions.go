package ssooidc

import (
	"github.com/aws/smithy-go"

	"github.com/latchkey-sso/latchkey/internal/awsrest"
)

// AccessDeniedException means that the user denied the sign-in, or that the service may not use its KMS key (400).
type AccessDeniedException struct {
	// Message is the message in the response. It may be nil: OAuth errors have a description instead.
	Message *string

	// Error_ is the OAuth error code, access_denied; may be nil.
	Error_ *string

	// Error_description is the OAuth error description; may be nil.
	Error_description *string

	// Reason distinguishes KMS errors. It may be empty or unknown to this package.
	Reason AccessDeniedExceptionReason
}

func (e *AccessDeniedException) Error() string { return awsrest.ErrorText(e) }

// ErrorCode returns "AccessDeniedException".
func (e *AccessDeniedException) ErrorCode() string { return "AccessDeniedException" }

// ErrorMessage returns the first nonempty one of Error_description, Message and Error_.
func (e *AccessDeniedException) ErrorMessage() string {
	return text(e.Error_description, e.Message, e.Error_)
}

// ErrorFault returns smithy.FaultClient.
func (e *AccessDeniedException) ErrorFault() smithy.ErrorFault { return smithy.FaultClient }

// AuthorizationPendingException means that the user has not yet approved or denied the sign-in: poll again after the
// interval (RFC 8628 section 3.5) (400).
type AuthorizationPendingException struct {
	// Message is the message in the response. It may be nil: OAuth errors have a description instead.
	Message *string

	// Error_ is the OAuth error code, authorization_pending; may be nil.
	Error_ *string

	// Error_description is the OAuth error description; may be nil.
	Error_description *string
}

func (e *AuthorizationPendingException) Error() string { return awsrest.ErrorText(e) }

// ErrorCode returns "AuthorizationPendingException".
func (e *AuthorizationPendingException) ErrorCode() string { return "AuthorizationPendingException" }

// ErrorMessage returns the first nonempty one of Error_description, Message and Error_.
func (e *AuthorizationPendingException) ErrorMessage() string {
	return text(e.Error_description, e.Message, e.Error_)
}

// ErrorFault returns smithy.FaultClient.
func (e *AuthorizationPendingException) ErrorFault() smithy.ErrorFault { return smithy.FaultClient }

// ExpiredTokenException means that the device code or token has expired: start again (400).
type ExpiredTokenException struct {
	// Message is the message in the response. It may be nil: OAuth errors have a description instead.
	Message *string

	// Error_ is the OAuth error code, expired_token; may be nil.
	Error_ *string

	// Error_description is the OAuth error description; may be nil.
	Error_description *string
}

func (e *ExpiredTokenException) Error() string { return awsrest.ErrorText(e) }

// ErrorCode returns "ExpiredTokenException".
func (e *ExpiredTokenException) ErrorCode() string { return "ExpiredTokenException" }

// ErrorMessage returns the first nonempty one of Error_description, Message and Error_.
func (e *ExpiredTokenException) ErrorMessage() string {
	return text(e.Error_description, e.Message, e.Error_)
}

// ErrorFault returns smithy.FaultClient.
func (e *ExpiredTokenException) ErrorFault() smithy.ErrorFault { return smithy.FaultClient }

// InternalServerException means that the service failed, even after retries (500).
type InternalServerException struct {
	// Message is the message in the response. It may be nil: OAuth errors have a description instead.
	Message *string

	// Error_ is the OAuth error code, server_error; may be nil.
	Error_ *string

	// Error_description is the OAuth error description; may be nil.
	Error_description *string
}

func (e *InternalServerException) Error() string { return awsrest.ErrorText(e) }

// ErrorCode returns "InternalServerException".
func (e *InternalServerException) ErrorCode() string { return "InternalServerException" }

// ErrorMessage returns the first nonempty one of Error_description, Message and Error_.
func (e *InternalServerException) ErrorMessage() string {
	return text(e.Error_description, e.Message, e.Error_)
}

// ErrorFault returns smithy.FaultServer.
func (e *InternalServerException) ErrorFault() smithy.ErrorFault { return smithy.FaultServer }

// InvalidClientException means that the client ID or secret is wrong or has expired: register again (401).
type InvalidClientException struct {
	// Message is the message in the response. It may be nil: OAuth errors have a description instead.
	Message *string

	// Error_ is the OAuth error code, invalid_client; may be nil.
	Error_ *string

	// Error_description is the OAuth error description; may be nil.
	Error_description *string
}

func (e *InvalidClientException) Error() string { return awsrest.ErrorText(e) }

// ErrorCode returns "InvalidClientException".
func (e *InvalidClientException) ErrorCode() string { return "InvalidClientException" }

// ErrorMessage returns the first nonempty one of Error_description, Message and Error_.
func (e *InvalidClientException) ErrorMessage() string {
	return text(e.Error_description, e.Message, e.Error_)
}

// ErrorFault returns smithy.FaultClient.
func (e *InvalidClientException) ErrorFault() smithy.ErrorFault { return smithy.FaultClient }

// InvalidClientMetadataException means that the client metadata is invalid (400).
type InvalidClientMetadataException struct {
	// Message is the message in the response. It may be nil: OAuth errors have a description instead.
	Message *string

	// Error_ is the OAuth error code, invalid_client_metadata; may be nil.
	Error_ *string

	// Error_description is the OAuth error description; may be nil.
	Error_description *string
}

func (e *InvalidClientMetadataException) Error() string { return awsrest.ErrorText(e) }

// ErrorCode returns "InvalidClientMetadataException".
func (e *InvalidClientMetadataException) ErrorCode() string { return "InvalidClientMetadataException" }

// ErrorMessage returns the first nonempty one of Error_description, Message and Error_.
func (e *InvalidClientMetadataException) ErrorMessage() string {
	return text(e.Error_description, e.Message, e.Error_)
}

// ErrorFault returns smithy.FaultClient.
func (e *InvalidClientMetadataException) ErrorFault() smithy.ErrorFault { return smithy.FaultClient }

// InvalidGrantException means that the code or refresh token is invalid, used, revoked or expired (RFC 6749 section
// 5.2): sign in again (400).
type InvalidGrantException struct {
	// Message is the message in the response. It may be nil: OAuth errors have a description instead.
	Message *string

	// Error_ is the OAuth error code, invalid_grant; may be nil.
	Error_ *string

	// Error_description is the OAuth error description; may be nil.
	Error_description *string
}

func (e *InvalidGrantException) Error() string { return awsrest.ErrorText(e) }

// ErrorCode returns "InvalidGrantException".
func (e *InvalidGrantException) ErrorCode() string { return "InvalidGrantException" }

// ErrorMessage returns the first nonempty one of Error_description, Message and Error_.
func (e *InvalidGrantException) ErrorMessage() string {
	return text(e.Error_description, e.Message, e.Error_)
}

// ErrorFault returns smithy.FaultClient.
func (e *InvalidGrantException) ErrorFault() smithy.ErrorFault { return smithy.FaultClient }

// InvalidRedirectUriException means that a redirect URI is not allowed (400).
type InvalidRedirectUriException struct {
	// Message is the message in the response. It may be nil: OAuth errors have a description instead.
	Message *string

	// Error_ is the OAuth error code, invalid_redirect_uri; may be nil.
	Error_ *string

	// Error_description is the OAuth error description; may be nil.
	Error_description *string
}

func (e *InvalidRedirectUriException) Error() string { return awsrest.ErrorText(e) }

// ErrorCode returns "InvalidRedirectUriException".
func (e *InvalidRedirectUriException) ErrorCode() string { return "InvalidRedirectUriException" }

// ErrorMessage returns the first nonempty one of Error_description, Message and Error_.
func (e *InvalidRedirectUriException) ErrorMessage() string {
	return text(e.Error_description, e.Message, e.Error_)
}

// ErrorFault returns smithy.FaultClient.
func (e *InvalidRedirectUriException) ErrorFault() smithy.ErrorFault { return smithy.FaultClient }

// InvalidRequestException means that a parameter is missing or invalid (400).
type InvalidRequestException struct {
	// Message is the message in the response. It may be nil: OAuth errors have a description instead.
	Message *string

	// Error_ is the OAuth error code, invalid_request; may be nil.
	Error_ *string

	// Error_description is the OAuth error description; may be nil.
	Error_description *string

	// Reason distinguishes KMS errors. It may be empty or unknown to this package.
	Reason InvalidRequestExceptionReason
}

func (e *InvalidRequestException) Error() string { return awsrest.ErrorText(e) }

// ErrorCode returns "InvalidRequestException".
func (e *InvalidRequestException) ErrorCode() string { return "InvalidRequestException" }

// ErrorMessage returns the first nonempty one of Error_description, Message and Error_.
func (e *InvalidRequestException) ErrorMessage() string {
	return text(e.Error_description, e.Message, e.Error_)
}

// ErrorFault returns smithy.FaultClient.
func (e *InvalidRequestException) ErrorFault() smithy.ErrorFault { return smithy.FaultClient }

// InvalidRequestRegionException means that the request must be sent to Region (400).
type InvalidRequestRegionException struct {
	// Message is the message in the response. It may be nil: OAuth errors have a description instead.
	Message *string

	// Error_ is the OAuth error code, invalid_request; may be nil.
	Error_ *string

	// Error_description is the OAuth error description; may be nil.
	Error_description *string

	// Endpoint is the endpoint to use instead. May be nil.
	Endpoint *string

	// Region is the region of Endpoint. May be nil.
	Region *string
}

func (e *InvalidRequestRegionException) Error() string { return awsrest.ErrorText(e) }

// ErrorCode returns "InvalidRequestRegionException".
func (e *InvalidRequestRegionException) ErrorCode() string { return "InvalidRequestRegionException" }

// ErrorMessage returns the first nonempty one of Error_description, Message and Error_.
func (e *InvalidRequestRegionException) ErrorMessage() string {
	return text(e.Error_description, e.Message, e.Error_)
}

// ErrorFault returns smithy.FaultClient.
func (e *InvalidRequestRegionException) ErrorFault() smithy.ErrorFault { return smithy.FaultClient }

// InvalidScopeException means that a scope is unknown, or not allowed for the client (400).
type InvalidScopeException struct {
	// Message is the message in the response. It may be nil: OAuth errors have a description instead.
	Message *string

	// Error_ is the OAuth error code, invalid_scope; may be nil.
	Error_ *string

	// Error_description is the OAuth error description; may be nil.
	Error_description *string
}

func (e *InvalidScopeException) Error() string { return awsrest.ErrorText(e) }

// ErrorCode returns "InvalidScopeException".
func (e *InvalidScopeException) ErrorCode() string { return "InvalidScopeException" }

// ErrorMessage returns the first nonempty one of Error_description, Message and Error_.
func (e *InvalidScopeException) ErrorMessage() string {
	return text(e.Error_description, e.Message, e.Error_)
}

// ErrorFault returns smithy.FaultClient.
func (e *InvalidScopeException) ErrorFault() smithy.ErrorFault { return smithy.FaultClient }

// SlowDownException means that the client polls too often: add 5 seconds to the interval (RFC 8628 section 3.5)
// (400).
type SlowDownException struct {
	// Message is the message in the response. It may be nil: OAuth errors have a description instead.
	Message *string

	// Error_ is the OAuth error code, slow_down; may be nil.
	Error_ *string

	// Error_description is the OAuth error description; may be nil.
	Error_description *string
}

func (e *SlowDownException) Error() string { return awsrest.ErrorText(e) }

// ErrorCode returns "SlowDownException".
func (e *SlowDownException) ErrorCode() string { return "SlowDownException" }

// ErrorMessage returns the first nonempty one of Error_description, Message and Error_.
func (e *SlowDownException) ErrorMessage() string {
	return text(e.Error_description, e.Message, e.Error_)
}

// ErrorFault returns smithy.FaultClient.
func (e *SlowDownException) ErrorFault() smithy.ErrorFault { return smithy.FaultClient }

// UnauthorizedClientException means that the client may not use the grant (400).
type UnauthorizedClientException struct {
	// Message is the message in the response. It may be nil: OAuth errors have a description instead.
	Message *string

	// Error_ is the OAuth error code, unauthorized_client; may be nil.
	Error_ *string

	// Error_description is the OAuth error description; may be nil.
	Error_description *string
}

func (e *UnauthorizedClientException) Error() string { return awsrest.ErrorText(e) }

// ErrorCode returns "UnauthorizedClientException".
func (e *UnauthorizedClientException) ErrorCode() string { return "UnauthorizedClientException" }

// ErrorMessage returns the first nonempty one of Error_description, Message and Error_.
func (e *UnauthorizedClientException) ErrorMessage() string {
	return text(e.Error_description, e.Message, e.Error_)
}

// ErrorFault returns smithy.FaultClient.
func (e *UnauthorizedClientException) ErrorFault() smithy.ErrorFault { return smithy.FaultClient }

// UnsupportedGrantTypeException means that the service does not support the grant type (400).
type UnsupportedGrantTypeException struct {
	// Message is the message in the response. It may be nil: OAuth errors have a description instead.
	Message *string

	// Error_ is the OAuth error code, unsupported_grant_type; may be nil.
	Error_ *string

	// Error_description is the OAuth error description; may be nil.
	Error_description *string
}

func (e *UnsupportedGrantTypeException) Error() string { return awsrest.ErrorText(e) }

// ErrorCode returns "UnsupportedGrantTypeException".
func (e *UnsupportedGrantTypeException) ErrorCode() string { return "UnsupportedGrantTypeException" }

// ErrorMessage returns the first nonempty one of Error_description, Message and Error_.
func (e *UnsupportedGrantTypeException) ErrorMessage() string {
	return text(e.Error_description, e.Message, e.Error_)
}

// ErrorFault returns smithy.FaultClient.
func (e *UnsupportedGrantTypeException) ErrorFault() smithy.ErrorFault { return smithy.FaultClient }
