package callback

import (
	"errors"
	"net/url"
	"strings"
	"unicode"
)

// Error is an error response of the authorization server (RFC 6749 section 4.1.2.1). Both
// fields are printable and of bounded length.
type Error struct {
	Code        string // such as access_denied
	Description string // may be empty
}

func (e *Error) Error() string {
	if e.Description == "" {
		return e.Code
	}
	return e.Code + ": " + e.Description
}

var (
	errNotResponse = errors.New("callback: this is not the address of a sign-in response: it lacks a state or a code")
	errWrongState  = errors.New("callback: the response is for a different sign-in")
)

// response is an authorization response.
type response struct {
	state, code            string
	errorCode, description string
	browser                bool // a browser waits for a page
}

// parse parses the query of an authorization response. A parameter must not occur twice (RFC
// 6749 section 3.1).
func parse(query string) (response, error) {
	values, err := url.ParseQuery(query)
	if err != nil {
		return response{}, errNotResponse
	}
	for _, name := range []string{"state", "code", "error"} {
		if len(values[name]) > 1 {
			return response{}, errNotResponse
		}
	}
	if values.Get("state") == "" {
		return response{}, errNotResponse
	}
	return response{
		state:       values.Get("state"),
		code:        values.Get("code"),
		errorCode:   values.Get("error"),
		description: values.Get("error_description"),
	}, nil
}

func (r response) validate() error {
	if r.code == "" && r.errorCode == "" {
		return errNotResponse
	}
	return nil
}

// refusal returns the error in the response, or nil. It counts even if there is a code too.
func (r response) refusal() error {
	if r.errorCode == "" {
		return nil
	}
	return &Error{Code: printable(r.errorCode, 100), Description: printable(r.description, 500)}
}

// Paste accepts a response that the user copied from the browser's address bar: the whole
// address, or its query. An error means that text is not the response to this request, and
// the server still waits for one. The error does not quote text.
func (s *Server) Paste(text string) error {
	r, err := parse(queryOf(text))
	if err != nil {
		return err
	}
	return s.take(r)
}

// queryOf returns the query of a pasted address, without the quotes around it and the white
// space that terminals wrap long lines with.
func queryOf(text string) string {
	text = strings.Join(strings.Fields(text), "")
	text = strings.Trim(text, "\"'<>`")
	if i := strings.IndexByte(text, '?'); i >= 0 {
		text = text[i+1:]
	}
	text, _, _ = strings.Cut(text, "#")
	return text
}

// printable returns at most limit characters of s on one line, without control characters and
// marks that change the direction of text.
func printable(s string, limit int) string {
	var b strings.Builder
	n := 0
	for _, r := range strings.ToValidUTF8(s, "\uFFFD") {
		switch {
		case n == limit:
			return b.String() + "…"
		case unicode.IsSpace(r):
			r = ' '
		case !unicode.IsPrint(r):
			r = unicode.ReplacementChar
		}
		b.WriteRune(r)
		n++
	}
	return strings.TrimSpace(b.String())
}
