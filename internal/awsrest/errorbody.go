package awsrest

import (
	"net/http"
	"slices"
	"strings"

	"github.com/aws/smithy-go"

	"github.com/latchkey-sso/latchkey/internal/redact"
)

// ErrorBody reads the members of an error response. It treats members of the wrong type as missing.
type ErrorBody struct {
	members []member
	secrets []redact.Secret // from the request; removed from strings
}

// String returns the last string member with exactly that name, or nil.
func (b ErrorBody) String(name string) *string {
	for _, m := range slices.Backward(b.members) {
		if m.name == name {
			return b.stringOf(m.value)
		}
	}
	return nil
}

// FoldedString returns a nonempty string member by case-insensitive name, or nil. It prefers the exact name, then the
// first in alphabetical order.
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

// Message returns the error message, or nil: error_description (RFC 6749 section 5.2), or else AWS's message, or else
// error.
func (b ErrorBody) Message() *string {
	for _, s := range []*string{b.String("error_description"), b.FoldedString("message"), b.String("error")} {
		if s = nonEmpty(s); s != nil {
			return s
		}
	}
	return nil
}

// code returns the error code as the Go SDK does: from the header, __type or code, or "".
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

// sanitizeCode removes the namespace and the URI of a code:
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

// ErrorText returns the text of a modeled error.
func ErrorText(e smithy.APIError) string {
	if message := e.ErrorMessage(); message != "" {
		return e.ErrorCode() + ": " + message
	}
	return e.ErrorCode()
}
