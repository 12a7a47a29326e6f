// Package redact keeps secrets out of logs and messages.
//
// A [Secret] is a string that prints as [redacted]. string(s) gives the value, so that a
// search for it finds every use of a secret.
package redact

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
)

// placeholder is printed instead of a secret.
const placeholder = "[redacted]"

// Secret is a string that prints as [redacted] through fmt, log/slog, encoding/json and any
// encoder that uses encoding.TextMarshaler. The empty secret does too.
//
// Package fmt calls no method, and so prints the value, in three cases: for the verbs %p and
// %w, which go vet rejects; in an unexported struct field; and behind a pointer inside another
// value, for a verb that pointers do not have, such as %s. A Format method on the struct
// prevents the last two. Never use a Secret as a map key: encoding/json writes the keys of a
// map without calling their methods.
type Secret string

// String returns [redacted], never the secret.
func (Secret) String() string { return placeholder }

// GoString returns [redacted], never the secret.
func (Secret) GoString() string { return placeholder }

// Format writes [redacted] for every verb.
func (Secret) Format(w fmt.State, _ rune) {
	_, _ = io.WriteString(w, placeholder)
}

// LogValue returns [redacted] for log/slog.
func (Secret) LogValue() slog.Value { return slog.StringValue(placeholder) }

// MarshalText returns [redacted]; it never fails.
func (Secret) MarshalText() ([]byte, error) { return []byte(placeholder), nil }

// MarshalJSON returns "[redacted]"; it never fails. Code that writes a secret to a file
// writes string(s).
func (Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + placeholder + `"`), nil }

var errPlaceholder = errors.New("redact: " + placeholder + " is not a secret: the value was lost when it was written")

// UnmarshalText sets the secret to text, also from JSON. It rejects [redacted], which is what
// marshaling leaves of a secret.
func (s *Secret) UnmarshalText(text []byte) error {
	if string(text) == placeholder {
		return errPlaceholder
	}
	*s = Secret(text)
	return nil
}
