package credserver

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"github.com/latchkey-sso/latchkey/provider"
)

// The codes of error responses.
const (
	// CodeLoginRequired means that the user has to sign in. The message says how.
	CodeLoginRequired = "LoginRequired"
	// CodeAccessDenied means that the request is not allowed, or that AWS does not grant the role.
	CodeAccessDenied = "AccessDenied"
	// CodeUnauthorized means that the token is missing or wrong.
	CodeUnauthorized = "Unauthorized"
	// CodeUnavailable means that there are no valid credentials at the moment.
	CodeUnavailable = "CredentialsUnavailable"
	// CodeInvalidRequest means that the request has the wrong method, path or body.
	CodeInvalidRequest = "InvalidRequest"
)

// credentialsJSON has the members that SDKs read from a container endpoint. Version and SessionToken
// make it valid output of a credential_process too.
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

// errorJSON has each member twice: the JavaScript SDK reads Code and Message, other SDKs the lower
// case.
type errorJSON struct {
	Code    string `json:"Code"`
	Message string `json:"Message"`
	Lower   string `json:"code"`
	Text    string `json:"message"`
}

// response is the response to a request. If body is nil, it is an error with code and message.
type response struct {
	status  int
	code    string // empty for a success
	message string
	body    []byte
	text    bool // the body is not JSON
	headers []string
}

func refuse(status int, code, message string) response {
	return response{status: status, code: code, message: message}
}

// failure returns the response for a provider's error.
func (s *Server) failure(err error) response {
	status, code := classify(err)
	return refuse(status, code, s.opts.Describe(err))
}

// classify returns the status and the code for a provider's error. SDKs retry a status of 500 and
// above.
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

// write sends the response. The content type has no charset: with one, the Go SDK shows an error as
// raw text.
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
	_, _ = w.Write(r.body) // fails only for a client that has left
	if f, ok := w.(http.Flusher); ok {
		f.Flush() // the client need not wait for the audit record
	}
}

// Header values that all responses share, to save allocations.
var (
	noStore  = []string{"no-store"}
	noSniff  = []string{"nosniff"}
	jsonType = []string{"application/json"}
	textType = []string{"text/plain"}
)
