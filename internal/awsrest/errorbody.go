package awsrest

import (
	"net/http"
	"slices"
	"strings"

	"github.com/aws/smithy-go"

	"github.com/latchkey-sso/latchkey/internal/redact"
)

// ErrorBody reads the members of an error response. A member of the wrong type counts as missing, since another
// error would hide the first.
type ErrorBody struct {
	members []member
	secrets []redact.Secret // of the request, hidden in texts
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

// FoldedString returns the non-empty string member with that name in any letter case, or nil. It prefers the exact
// spelling, then alphabetical order.
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

// Message returns the message of the error, or nil: OAuth's error_description (RFC 6749 section 5.2), or else AWS's
// message, or else OAuth's error.
func (b ErrorBody) Message() *string {
	for _, s := range []*string{b.String("error_description"), b.FoldedString("message"), b.String("error")} {
		if s = nonEmpty(s); s != nil {
			return s
		}
	}
	return nil
}

// code returns the error's code as the Go SDK does: from the header, or else __type, or else code, or "".
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

// ErrorText returns the text of a modelled error.
func ErrorText(e smithy.APIError) string {
	if message := e.ErrorMessage(); message != "" {
		return e.ErrorCode() + ": " + message
	}
	return e.ErrorCode()
}
