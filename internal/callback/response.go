package callback

import (
	"errors"
	"net/url"
	"strings"
	"unicode"
)

// Error is the authorization server's error response (RFC 6749 section 4.1.2.1). Both
// fields are printable and bounded.
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
	errNotResponse = errors.New("callback: not the address of a sign-in response: it has no state, or no code")
	errWrongState  = errors.New("callback: the response is for a different sign-in")
)

// response is an authorization response.
type response struct {
	state, code            string
	errorCode, description string
	browser                bool // it waits for a page
}

// parse reads the query of an authorization response. A parameter that occurs twice is
// invalid (RFC 6749 section 3.1).
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

// refusal is the error that the response brings, or nil. An error counts even if a code
// comes with it.
func (r response) refusal() error {
	if r.errorCode == "" {
		return nil
	}
	return &Error{Code: printable(r.errorCode, 100), Description: printable(r.description, 500)}
}

// Paste takes a response that the user copied out of the browser's address bar: the whole
// address, or its query. An error means that text is not the response to this request; it
// does not quote text, and the server waits on.
func (s *Server) Paste(text string) error {
	r, err := parse(queryOf(text))
	if err != nil {
		return err
	}
	return s.take(r)
}

// queryOf finds the query in an address with the white space and quotes that copying
// brings along. Terminals wrap long lines with white space, and an address has none.
func queryOf(text string) string {
	text = strings.Join(strings.Fields(text), "")
	text = strings.Trim(text, "\"'<>`")
	if i := strings.IndexByte(text, '?'); i >= 0 {
		text = text[i+1:]
	}
	text, _, _ = strings.Cut(text, "#")
	return text
}

// printable returns at most limit characters of s, in one line, without control and
// direction characters.
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
