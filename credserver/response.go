package credserver

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"github.com/latchkey-sso/latchkey/provider"
)

// Codes of error responses.
const (
	// CodeLoginRequired means that the user must sign in. The message says how.
	CodeLoginRequired = "LoginRequired"
	// CodeAccessDenied means that the request is not allowed, or that AWS denied access to the role.
	CodeAccessDenied = "AccessDenied"
	// CodeUnauthorized means that the token is missing or invalid.
	CodeUnauthorized = "Unauthorized"
	// CodeUnavailable means that valid credentials are temporarily unavailable.
	CodeUnavailable = "CredentialsUnavailable"
	// CodeInvalidRequest means that the request has the wrong method, path or body.
	CodeInvalidRequest = "InvalidRequest"
)

// credentialsJSON is a container credentials response. Version and SessionToken make it valid
// credential_process output too.
type credentialsJSON struct {
	Version         int
	AccessKeyID     string `json:"AccessKeyId"`
	SecretAccessKey string
	Token           string
	SessionToken    string
	Expiration      string
	AccountID       string `json:"AccountId,omitempty"`
}

func credentialsBody(c *issued) []byte {
	body, _ := json.Marshal(credentialsJSON{ //nolint:gosec // G117: the response must contain the secret
		Version:         1,
		AccessKeyID:     c.creds.AccessKeyID,
		SecretAccessKey: c.creds.SecretAccessKey,
		Token:           c.creds.SessionToken,
		SessionToken:    c.creds.SessionToken,
		Expiration:      c.expiry,
		AccountID:       c.creds.AccountID,
	})
	return body
}

// errorJSON has each member twice: the JavaScript SDK reads Code and Message, other SDKs code and
// message.
type errorJSON struct {
	Code    string `json:"Code"`
	Message string `json:"Message"`
	Lower   string `json:"code"`
	Text    string `json:"message"`
}

// response is an HTTP response. If body is nil, it is an error with code and message.
type response struct {
	status  int
	code    string // empty for a success
	message string
	body    []byte
	text    bool // body is plain text, not JSON
	headers []string
}

func errorResponse(status int, code, message string) response {
	return response{status: status, code: code, message: message}
}

// failure returns the response for a provider's error.
func (s *Server) failure(err error) response {
	status, code := classify(err)
	return errorResponse(status, code, s.opts.Describe(err))
}

// classify returns the status and code for a provider's error. SDKs retry on a 5xx status.
func classify(err error) (int, string) {
	var upstream interface{ HTTPStatusCode() int }
	switch {
	case isLoginRequired(err):
		return http.StatusForbidden, CodeLoginRequired
	case errors.As(err, &upstream) && upstream.HTTPStatusCode() == http.StatusForbidden:
		return http.StatusForbidden, CodeAccessDenied
	}
	return http.StatusServiceUnavailable, CodeUnavailable
}

func isLoginRequired(err error) bool {
	var login *provider.LoginRequiredError
	return errors.As(err, &login)
}

func (r response) outcome() string {
	if r.code == "" {
		return "ok"
	}
	return r.code
}

// write sends the response. The content type has no charset, with which the Go SDK would not parse an
// error.
func (r response) write(w http.ResponseWriter) {
	h := w.Header()
	h["Cache-Control"] = noStore
	h["X-Content-Type-Options"] = noSniff
	h["Content-Type"] = jsonType
	if r.text {
		h["Content-Type"] = textType
	}
	for i := 0; i+1 < len(r.headers); i += 2 {
		h.Set(r.headers[i], r.headers[i+1])
	}
	if r.body == nil {
		r.body, _ = json.Marshal(errorJSON{r.code, r.message, r.code, r.message})
	}
	h["Content-Length"] = []string{strconv.Itoa(len(r.body))}
	w.WriteHeader(r.status)
	_, _ = w.Write(r.body) // fails only if the client is gone
	if f, ok := w.(http.Flusher); ok {
		f.Flush() // before the audit record is written
	}
}

// Shared header values, to save allocations.
var (
	noStore  = []string{"no-store"}
	noSniff  = []string{"nosniff"}
	jsonType = []string{"application/json"}
	textType = []string{"text/plain"}
)
