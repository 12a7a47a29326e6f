package cachefile

import (
	"fmt"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/latchkey-sso/latchkey/internal/redact"
)

// An Object builds a JSON object as Python's json.dumps writes it by default: ", " and
// ": " between its parts, and nothing but printable ASCII in its strings. The members
// stand in the order of the calls. The zero Object is empty and ready.
type Object struct {
	buf []byte
	err error
}

// Text adds a string. One that is not valid UTF-8 makes Bytes fail, as it could not be
// written without change.
func (o *Object) Text(name, value string) {
	if !utf8.ValidString(value) {
		o.fail("%q is not valid UTF-8", name)
	}
	o.Raw(AppendString(nil, name), AppendString(nil, value))
}

// Secret adds a secret. The text that secrets are printed as makes Bytes fail: it is what is left of one
// that was written somewhere else, and would take the place of the real one.
func (o *Object) Secret(name string, secret redact.Secret) {
	if new(redact.Secret).UnmarshalText([]byte(secret)) != nil {
		o.fail("%q holds a placeholder in place of a secret", name)
	}
	o.Text(name, string(secret))
}

// Texts adds a list of strings.
func (o *Object) Texts(name string, values []string) {
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

// Time adds a timestamp, in UTC and floored to the second. One in a year that has not
// four digits makes Bytes fail, and so does the zero time.
func (o *Object) Time(name string, t time.Time) {
	if !canWrite(t) {
		o.fail("%q is not a time that can be written", name)
	}
	o.Text(name, formatTime(t))
}

// Object adds an object, or makes Bytes fail as it would have failed.
func (o *Object) Object(name string, value *Object) {
	data, err := value.Bytes()
	if err != nil {
		o.fail("%w", err)
	}
	o.Raw(AppendString(nil, name), data)
}

// Raw adds a name and a value that are JSON already.
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

// AppendString appends s as Python's json.dumps writes a string: quoted, with all but
// printable ASCII escaped. What is not valid UTF-8 becomes U+FFFD.
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
