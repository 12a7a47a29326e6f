package idctest

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"
)

// response is an HTTP response. The zero response is an empty 200.
type response struct {
	status int // zero: 200
	header http.Header
	body   []byte
	short  bool // send a truncated body
}

func (a *response) setHeader(key string, values ...string) {
	if a.header == nil {
		a.header = http.Header{}
	}
	a.header[http.CanonicalHeaderKey(key)] = values
}

func (a *response) statusCode() int {
	if a.status == 0 {
		return http.StatusOK
	}
	return a.status
}

// write sends the response with the usual headers of the service.
func (a *response) write(w http.ResponseWriter, now time.Time) {
	h := w.Header()
	h.Set("Date", now.UTC().Format(http.TimeFormat))
	h.Set("X-Amzn-Requestid", newRequestID())
	for key, values := range a.header {
		h[key] = values
	}

	length := len(a.body)
	if a.short {
		length++ // net/http closes the connection if the body is shorter than Content-Length
	}
	h.Set("Content-Length", strconv.Itoa(length))
	w.WriteHeader(a.statusCode())
	_, _ = w.Write(a.body) // the client may be gone
}

// jsonResponse returns a 200 response with v, which must not fail to marshal.
func jsonResponse(v any) response {
	body, _ := json.Marshal(v)
	a := response{status: http.StatusOK, body: body}
	a.setHeader("Content-Type", "application/json")
	return a
}

// errorResponse returns an error in the format of the operation's service.
func errorResponse(op, code, message string) response {
	var a response
	switch {
	case isPage(op):
		return messagePage(statusOf(code), code, message)
	case isSTS(op):
		return stsErrorResponse(code, message)
	case isPortal(op):
		a = jsonResponse(portalError{Message: message, Type: "com.amazonaws.switchboard.portal#" + code})
	case oauthError(code) == "":
		a = jsonResponse(plainError{Message: message}) // from a layer in front of the OIDC service
	default:
		a = jsonResponse(oidcError{Error: oauthError(code), Description: message})
	}
	a.status = statusOf(code)
	a.setHeader("X-Amzn-Errortype", code)
	return a
}

// reject is errorResponse for functions that return nil if they accept a call.
func reject(c *call, code, message string) *response {
	a := errorResponse(c.op, code, message)
	return &a
}

type portalError struct {
	Message string `json:"message"`
	Type    string `json:"__type"`
}

type plainError struct {
	Message string `json:"message"`
}

type oidcError struct {
	Error       string `json:"error"`
	Description string `json:"error_description"`
}

// statusOf returns the HTTP status of an error code.
func statusOf(code string) int {
	switch code {
	case "UnauthorizedException", "InvalidClientException":
		return http.StatusUnauthorized
	case "ForbiddenException", "MissingAuthenticationTokenException", "UnrecognizedClientException",
		"InvalidSignatureException", "AccessDenied", "ExpiredToken":
		return http.StatusForbidden
	case "ResourceNotFoundException", "UnknownOperationException":
		return http.StatusNotFound
	case "TooManyRequestsException":
		return http.StatusTooManyRequests
	case "InternalServerException":
		return http.StatusInternalServerError
	default:
		return http.StatusBadRequest
	}
}

// oauthError returns the OAuth error code for an OIDC error code, or "".
func oauthError(code string) string {
	switch code {
	case "AccessDeniedException":
		return "access_denied"
	case "AuthorizationPendingException":
		return "authorization_pending"
	case "ExpiredTokenException":
		return "expired_token"
	case "InternalServerException":
		return "server_error"
	case "InvalidClientException":
		return "invalid_client"
	case "InvalidClientMetadataException":
		return "invalid_client_metadata"
	case "InvalidGrantException":
		return "invalid_grant"
	case "InvalidRedirectUriException":
		return "invalid_redirect_uri"
	case "InvalidRequestException", "InvalidRequestRegionException":
		return "invalid_request"
	case "InvalidScopeException":
		return "invalid_scope"
	case "SlowDownException":
		return "slow_down"
	case "UnauthorizedClientException":
		return "unauthorized_client"
	case "UnsupportedGrantTypeException":
		return "unsupported_grant_type"
	default:
		return ""
	}
}
