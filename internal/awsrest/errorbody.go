package awsrest

import (
	"net/http"
	"slices"
	"strings"

	"github.com/aws/smithy-go"

	"github.com/latchkey-sso/latchkey/internal/redact"
)

// ErrorBody reads the members of an error answer. Where an answer says what went wrong, a member
// of the wrong type is not worth another error: it reads as absent.
type ErrorBody struct {
	members []member
	secrets []redact.Secret // of the request, not to be shown
}

// String returns the last string member of exactly that name, or nil.
func (b ErrorBody) String(name string) *string {
	for _, m := range slices.Backward(b.members) {
		if m.name == name {
			return b.stringOf(m.value)
		}
	}
	return nil
}

// FoldedString returns the non-empty string member whose name is that one in any letter case, or
// nil. The exact spelling goes first, then alphabetical order.
func (b ErrorBody) FoldedString(name string) *string {
	best, text := "", nonEmpty(b.String(name))
	if text != nil {
		return text
	}
	for _, m := range b.members {
		if !strings.EqualFold(m.name, name) || text != nil && m.name > best {
			continue
		}
		if s := nonEmpty(b.stringOf(m.value)); s != nil {
			best, text = m.name, s
		}
	}
	return text
}

func (b ErrorBody) stringOf(v value) *string {
	if v.kind() != "a string" {
		return nil
	}
	return new(hide(v.decoded(), b.secrets))
}

// Message returns what the answer says to a person, or nil: OAuth's error_description (RFC 6749
// section 5.2), else AWS's message, else OAuth's error.
func (b ErrorBody) Message() *string {
	for _, s := range []*string{b.String("error_description"), b.FoldedString("message"), b.String("error")} {
		if s = nonEmpty(s); s != nil {
			return s
		}
	}
	return nil
}

// code returns the error's code: of the header, else __type, else code, as in the Go SDK. It is
// empty when there is none.
func (b ErrorBody) code(header http.Header) string {
	if code := sanitizeCode(hide(header.Get("X-Amzn-ErrorType"), b.secrets)); code != "" {
		return code
	}
	for _, s := range []*string{b.FoldedString("__type"), b.FoldedString("code")} {
		if s == nil {
			continue
		}
		if code := sanitizeCode(*s); code != "" {
			return code
		}
	}
	return ""
}

// sanitizeCode cuts the namespace and the URI from a code:
// "aws.foo#UnauthorizedException:http://x/" is UnauthorizedException.
func sanitizeCode(code string) string {
	code, _, _ = strings.Cut(code, ",")
	code, _, _ = strings.Cut(code, ":")
	if _, after, ok := strings.Cut(code, "#"); ok {
		code = after
	}
	return strings.TrimSpace(code)
}

func nonEmpty(s *string) *string {
	if s == nil || *s == "" {
		return nil
	}
	return s
}

// ErrorText is what Error of a modelled error returns.
func ErrorText(e smithy.APIError) string {
	if message := e.ErrorMessage(); message != "" {
		return e.ErrorCode() + ": " + message
	}
	return e.ErrorCode()
}
