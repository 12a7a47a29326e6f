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
	// CodeLoginRequired says that the sign-in expired: the message says what to do.
	CodeLoginRequired = "LoginRequired"
	// CodeAccessDenied says that the request is not one to respond to, or that AWS does not
	// grant the role.
	CodeAccessDenied = "AccessDenied"
	// CodeUnauthorized says that the token is missing or wrong.
	CodeUnauthorized = "Unauthorized"
	// CodeUnavailable says that no credentials could be had for now.
	CodeUnavailable = "CredentialsUnavailable"
	// CodeInvalidRequest says that the request makes no sense here.
	CodeInvalidRequest = "InvalidRequest"
)

// credentialsJSON is what every SDK reads from a container endpoint, with Version and
// SessionToken beside it, which make it the output of a credential_process as well.
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
	body, _ := json.Marshal(credentialsJSON{ //nolint:gosec // G117: the response is for it
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

// errorJSON has each member in both cases: the Go SDK takes either, JavaScript's reads
// Code and Message, others the lower case.
type errorJSON struct {
	Code    string `json:"Code"`
	Message string `json:"Message"`
	Lower   string `json:"code"`
	Text    string `json:"message"`
}

// response is what a request gets. A body that is nil is made of code and message.
type response struct {
	status  int
	code    string // "" for a success; the outcome in the log
	message string
	body    []byte
	text    bool // the body is not JSON
	headers []string
}

func refuse(status int, code, message string) response {
	return response{status: status, code: code, message: message}
}

// failure is the response for an error of a provider.
func (s *Server) failure(err error) response {
	status, code := classify(err)
	return refuse(status, code, s.opts.Describe(err))
}

// classify returns the status and the code for an error of a provider. The SDKs try again after
// a status of 500 and above.
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

// write sends the response. Its type is exactly application/json: with a charset, the Go
// SDK shows an error as raw text.
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

// Header values that all responses share, which saves allocations.
var (
	noStore  = []string{"no-store"}
	noSniff  = []string{"nosniff"}
	jsonType = []string{"application/json"}
	textType = []string{"text/plain"}
)
