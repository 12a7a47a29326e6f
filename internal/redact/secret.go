// Package redact keeps secrets out of logs and messages.
//
// A [Secret] is a string that prints as [redacted]. Only string(s) reveals the value, so every use
// is easy to find.
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
// encoder that uses encoding.TextMarshaler. An empty Secret does too.
//
// Package fmt prints the value in three cases, where it calls no method: for the verbs %p and
// %w, which go vet rejects; in an unexported struct field; and through a nested pointer with a
// verb that pointers do not support, such as %s. A Format method on the struct prevents the
// last two. Never use a Secret as a map key: encoding/json writes map keys without calling
// their methods.
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

// MarshalJSON returns "[redacted]"; it never fails. To store a secret, write string(s).
func (Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + placeholder + `"`), nil }

var errPlaceholder = errors.New("redact: " + placeholder + " is a placeholder: the secret was lost when it was marshaled")

// UnmarshalText sets the secret, also from JSON. It rejects the placeholder [redacted].
func (s *Secret) UnmarshalText(text []byte) error {
	if string(text) == placeholder {
		return errPlaceholder
	}
	*s = Secret(text)
	return nil
}
