package idctest

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"
)

// answer is what the server sends back. The zero answer is an empty 200.
type answer struct {
	status int // zero: 200
	header http.Header
	body   []byte
	short  bool // announce more than the body and close: a torn answer
}

func (a *answer) setHeader(key string, values ...string) {
	if a.header == nil {
		a.header = http.Header{}
	}
	a.header[http.CanonicalHeaderKey(key)] = values
}

func (a *answer) statusCode() int {
	if a.status == 0 {
		return http.StatusOK
	}
	return a.status
}

// write sends the answer with the headers every answer of the service has.
func (a *answer) write(w http.ResponseWriter, now time.Time) {
	h := w.Header()
	h.Set("Date", now.UTC().Format(http.TimeFormat))
	h.Set("X-Amzn-Requestid", newRequestID())
	for key, values := range a.header {
		h[key] = values
	}

	length := len(a.body)
	if a.short {
		length++ // net/http closes the connection when less is written than was announced
	}
	h.Set("Content-Length", strconv.Itoa(length))
	w.WriteHeader(a.statusCode())
	_, _ = w.Write(a.body) // the client may be gone
}

// jsonAnswer is a 200 with v as its body. The types it is given always marshal.
func jsonAnswer(v any) answer {
	body, _ := json.Marshal(v)
	a := answer{status: http.StatusOK, body: body}
	a.setHeader("Content-Type", "application/json")
	return a
}

// errorAnswer is a modelled error in the shape the operation's service gives it.
func errorAnswer(op, code, message string) answer {
	var a answer
	switch {
	case isPage(op):
		return messagePage(statusOf(code), code, message)
	case op == opAssumeRole:
		return stsErrorAnswer(code, message)
	case isPortal(op):
		a = jsonAnswer(portalError{Message: message, Type: "com.amazonaws.switchboard.portal#" + code})
	case oauthError(code) == "":
		a = jsonAnswer(plainError{Message: message}) // from the layers in front of the OIDC service
	default:
		a = jsonAnswer(oidcError{Error: oauthError(code), Description: message})
	}
	a.status = statusOf(code)
	a.setHeader("X-Amzn-Errortype", code)
	return a
}

// refuse is errorAnswer for the functions that return nil when they do not object.
func refuse(c *call, code, message string) *answer {
	a := errorAnswer(c.op, code, message)
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

// statusOf is the HTTP status of an error code.
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

// oauthError is the error member that goes with a code of the OIDC service, empty for other codes.
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
