package callback

import (
	"errors"
	"net/url"
	"strings"
	"unicode"
)

// Error is an error response of the authorization server (RFC 6749 section 4.1.2.1). Both fields
// are printable and truncated.
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
	errNotResponse = errors.New("callback: not the URL of an authorization response: state or code is missing")
	errWrongState  = errors.New("callback: the response is for a different sign-in")
	errOtherUser   = errors.New("callback: another user of this machine sent the response")
)

// response is an authorization response.
type response struct {
	state, code            string
	errorCode, description string
	browser                bool // a browser is waiting for a page
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

// err returns the error in the response, or nil. An error takes precedence over a code.
func (r response) err() error {
	if r.errorCode == "" {
		return nil
	}
	return &Error{Code: printable(r.errorCode, 100), Description: printable(r.description, 500)}
}

// Paste accepts an authorization response that the user copied from the browser's address bar: the
// URL, or its query. If text is not the response to this request, Paste returns an error and the
// server keeps waiting. The error does not contain text.
func (s *Server) Paste(text string) error {
	r, err := parse(queryOf(text))
	if err != nil {
		return err
	}
	return s.take(r)
}

// queryOf returns the query of a pasted URL. It removes quotes, and the whitespace that terminals
// insert into long lines.
func queryOf(text string) string {
	text = strings.Join(strings.Fields(text), "")
	text = strings.Trim(text, "\"'<>`")
	if i := strings.IndexByte(text, '?'); i >= 0 {
		text = text[i+1:]
	}
	text, _, _ = strings.Cut(text, "#")
	return text
}

// printable returns at most limit characters of s on one line, without control characters and text
// direction marks.
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
