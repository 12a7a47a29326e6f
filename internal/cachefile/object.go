package cachefile

import (
	"fmt"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/latchkey-sso/latchkey/internal/redact"
)

// An Object builds a JSON object as Python's json.dumps writes it by default: with the
// separators ", " and ": ", and strings in printable ASCII. Members are in the order of the
// calls. The zero Object is empty and ready to use.
type Object struct {
	buf []byte
	err error
}

// Text adds a string. Bytes fails if it is not valid UTF-8, which JSON cannot represent.
func (o *Object) Text(name, value string) {
	if !utf8.ValidString(value) {
		o.fail("%q is not valid UTF-8", name)
	}
	o.Raw(AppendString(nil, name), AppendString(nil, value))
}

// Secret adds a secret. Bytes fails if it is [redacted]: that is a secret that was printed, and
// must not replace the real one.
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

// Time adds a timestamp, in UTC and floored to the second. Bytes fails for the zero time and
// for a year that does not have four digits.
func (o *Object) Time(name string, t time.Time) {
	if !canWrite(t) {
		o.fail("%q is not a time that can be written", name)
	}
	o.Text(name, formatTime(t))
}

// Object adds an object. Bytes fails if that of the object does.
func (o *Object) Object(name string, value *Object) {
	data, err := value.Bytes()
	if err != nil {
		o.fail("%w", err)
	}
	o.Raw(AppendString(nil, name), data)
}

// Raw adds a name and a value in JSON.
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

// AppendString appends s as Python's json.dumps writes a string: quoted, with everything but
// printable ASCII escaped. Invalid UTF-8 becomes U+FFFD.
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
