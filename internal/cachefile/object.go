package cachefile

import (
	"fmt"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/latchkey-sso/latchkey/internal/redact"
)

// An Object builds a JSON object as Python's json.dumps writes it by default: with the
// separators ", " and ": ", and strings escaped to printable ASCII. Members keep the order of
// the calls. The zero Object is an empty object.
type Object struct {
	buf []byte
	err error
}

// String adds a string. Bytes fails if it is not valid UTF-8.
func (o *Object) String(name, value string) {
	if !utf8.ValidString(value) {
		o.fail("%q is not valid UTF-8", name)
	}
	o.Raw(AppendString(nil, name), AppendString(nil, value))
}

// Secret adds a secret. Bytes fails if it is the text [redacted], which must not replace a real
// secret.
func (o *Object) Secret(name string, secret redact.Secret) {
	if new(redact.Secret).UnmarshalText([]byte(secret)) != nil {
		o.fail("%q holds a placeholder in place of a secret", name)
	}
	o.String(name, string(secret))
}

// Strings adds a list of strings.
func (o *Object) Strings(name string, values []string) {
	list := []byte("[")
	for i, value := range values {
		if !utf8.ValidString(value) {
			o.fail("%q is not valid UTF-8", name)
		}
		if i > 0 {
			list = append(list, ", "...)
		}
		list = AppendString(list, value)
	}
	o.Raw(AppendString(nil, name), append(list, ']'))
}

// Null adds null.
func (o *Object) Null(name string) { o.Raw(AppendString(nil, name), []byte("null")) }

// Time adds a time in UTC, rounded down to the second. Bytes fails for years outside 2 to 9999,
// which include the zero time.
func (o *Object) Time(name string, t time.Time) {
	if !representable(t) {
		o.fail("%q is zero or after the year 9999", name)
	}
	o.String(name, formatTime(t))
}

// Object adds an object. Bytes fails if value.Bytes does.
func (o *Object) Object(name string, value *Object) {
	data, err := value.Bytes()
	if err != nil {
		o.fail("%w", err)
	}
	o.Raw(AppendString(nil, name), data)
}

// Raw adds a name and a value that are already encoded as JSON.
func (o *Object) Raw(name, value []byte) {
	if o.buf == nil {
		o.buf = []byte("{")
	} else {
		o.buf = append(o.buf, ", "...)
	}
	o.buf = append(o.buf, name...)
	o.buf = append(o.buf, ": "...)
	o.buf = append(o.buf, value...)
}

// Bytes returns the object, without a newline, or the first error.
func (o *Object) Bytes() ([]byte, error) {
	if o.err != nil {
		return nil, o.err
	}
	if o.buf == nil {
		return []byte("{}"), nil
	}
	return append(o.buf, '}'), nil
}

func (o *Object) fail(format string, args ...any) {
	if o.err == nil {
		o.err = fmt.Errorf(format, args...)
	}
}

// AppendString appends s as Python's json.dumps writes it: quoted, and escaped to printable
// ASCII. Invalid UTF-8 becomes U+FFFD.
func AppendString(b []byte, s string) []byte {
	b = append(b, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r >= ' ' && r <= '~':
			b = append(b, byte(r))
		case r == '\n':
			b = append(b, `\n`...)
		case r == '\r':
			b = append(b, `\r`...)
		case r == '\t':
			b = append(b, `\t`...)
		case r == '\b':
			b = append(b, `\b`...)
		case r == '\f':
			b = append(b, `\f`...)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			b = fmt.Appendf(b, `\u%04x\u%04x`, high, low)
		default:
			b = fmt.Appendf(b, `\u%04x`, r)
		}
	}
	return append(b, '"')
}
