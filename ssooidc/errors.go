package ssooidc

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"

	"github.com/latchkey-sso/latchkey/internal/awsrest"
)

// AccessDeniedExceptionReason is the reason for an [AccessDeniedException].
type AccessDeniedExceptionReason string

// AccessDeniedExceptionReasonKmsAccessDenied means that the service may not use the KMS key of the instance.
const AccessDeniedExceptionReasonKmsAccessDenied AccessDeniedExceptionReason = "KMS_AccessDeniedException"

// Values returns the known reasons. The service may send others.
func (AccessDeniedExceptionReason) Values() []AccessDeniedExceptionReason {
	return []AccessDeniedExceptionReason{AccessDeniedExceptionReasonKmsAccessDenied}
}

// InvalidRequestExceptionReason is the reason for an [InvalidRequestException].
type InvalidRequestExceptionReason string

// Problems with the KMS key of the instance.
const (
	InvalidRequestExceptionReasonKmsKeyNotFound     InvalidRequestExceptionReason = "KMS_NotFoundException"
	InvalidRequestExceptionReasonKmsInvalidKeyUsage InvalidRequestExceptionReason = "KMS_InvalidKeyUsageException"
	InvalidRequestExceptionReasonKmsInvalidState    InvalidRequestExceptionReason = "KMS_InvalidStateException"
	InvalidRequestExceptionReasonKmsDisabledKey     InvalidRequestExceptionReason = "KMS_DisabledException"
)

// Values returns the known reasons. The service may send others.
func (InvalidRequestExceptionReason) Values() []InvalidRequestExceptionReason {
	return []InvalidRequestExceptionReason{
		InvalidRequestExceptionReasonKmsKeyNotFound,
		InvalidRequestExceptionReasonKmsInvalidKeyUsage,
		InvalidRequestExceptionReasonKmsInvalidState,
		InvalidRequestExceptionReasonKmsDisabledKey,
	}
}

// modeledError returns the error type for code, or nil. Without a code, because a proxy dropped the header, it uses
// the OAuth error code.
func modeledError(code string, body awsrest.ErrorBody) smithy.APIError {
	message, oauth, description := body.FoldedString("message"), body.String("error"), body.String("error_description")
	if code == "" {
		code = codeOfOAuth(aws.ToString(oauth))
	}
	switch code {
	case "AccessDeniedException":
		return &AccessDeniedException{
			Message: message, Error_: oauth, Error_description: description,
			Reason: AccessDeniedExceptionReason(aws.ToString(body.String("reason"))),
		}
	case "AuthorizationPendingException":
		return &AuthorizationPendingException{Message: message, Error_: oauth, Error_description: description}
	case "ExpiredTokenException":
		return &ExpiredTokenException{Message: message, Error_: oauth, Error_description: description}
	case "InternalServerException":
		return &InternalServerException{Message: message, Error_: oauth, Error_description: description}
	case "InvalidClientException":
		return &InvalidClientException{Message: message, Error_: oauth, Error_description: description}
	case "InvalidClientMetadataException":
		return &InvalidClientMetadataException{Message: message, Error_: oauth, Error_description: description}
	case "InvalidGrantException":
		return &InvalidGrantException{Message: message, Error_: oauth, Error_description: description}
	case "InvalidRedirectUriException":
		return &InvalidRedirectUriException{Message: message, Error_: oauth, Error_description: description}
	case "InvalidRequestException":
		return &InvalidRequestException{
			Message: message, Error_: oauth, Error_description: description,
			Reason: InvalidRequestExceptionReason(aws.ToString(body.String("reason"))),
		}
	case "InvalidRequestRegionException":
		return &InvalidRequestRegionException{
			Message: message, Error_: oauth, Error_description: description,
			Endpoint: body.String("endpoint"), Region: body.String("region"),
		}
	case "InvalidScopeException":
		return &InvalidScopeException{Message: message, Error_: oauth, Error_description: description}
	case "SlowDownException":
		return &SlowDownException{Message: message, Error_: oauth, Error_description: description}
	case "UnauthorizedClientException":
		return &UnauthorizedClientException{Message: message, Error_: oauth, Error_description: description}
	case "UnsupportedGrantTypeException":
		return &UnsupportedGrantTypeException{Message: message, Error_: oauth, Error_description: description}
	default:
		return nil
	}
}

// codeOfOAuth returns the AWS error code for an OAuth error code (RFC 6749, 7591 and 8628), or "".
func codeOfOAuth(oauth string) string {
	switch oauth {
	case "access_denied":
		return "AccessDeniedException"
	case "authorization_pending":
		return "AuthorizationPendingException"
	case "expired_token":
		return "ExpiredTokenException"
	case "server_error":
		return "InternalServerException"
	case "invalid_client":
		return "InvalidClientException"
	case "invalid_client_metadata":
		return "InvalidClientMetadataException"
	case "invalid_grant":
		return "InvalidGrantException"
	case "invalid_redirect_uri":
		return "InvalidRedirectUriException"
	case "invalid_request":
		return "InvalidRequestException"
	case "invalid_scope":
		return "InvalidScopeException"
	case "slow_down":
		return "SlowDownException"
	case "unauthorized_client":
		return "UnauthorizedClientException"
	case "unsupported_grant_type":
		return "UnsupportedGrantTypeException"
	default:
		return ""
	}
}

// text returns the first nonempty string, or "".
func text(candidates ...*string) string {
	for _, s := range candidates {
		if aws.ToString(s) != "" {
			return *s
		}
	}
	return ""
}
