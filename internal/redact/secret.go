// Package redact keeps secrets out of what a program prints.
//
// [Secret] is a string in every respect but one: whatever writes it out writes
// [redacted] in its place. string(s) is the way to the value, so every place that
// uses a secret can be found by reading for it.
package redact

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
)

// placeholder stands where a secret would have been printed.
const placeholder = "[redacted]"

// Secret is a string that prints as [redacted] through fmt, log/slog, encoding/json and
// every encoder that knows encoding.TextMarshaler. The empty secret prints as
// [redacted] too.
//
// Package fmt calls no method, and so prints the value, in three cases: for a verb that
// is a mistake on any string, %p or a %w for something other than an error, which go vet
// finds; in an unexported struct field; and behind a pointer in another value, for a verb
// that pointers do not have, such as %s. A Format method on the struct that gets printed
// closes the last two. And encoding/json writes the keys of a map as they are, if they are strings of any
// kind: a Secret is no key.
type Secret string

// String returns [redacted], never the secret.
func (Secret) String() string { return placeholder }

// GoString returns [redacted], never the secret.
func (Secret) GoString() string { return placeholder }

// Format writes [redacted] whatever the verb and its flags are.
func (Secret) Format(w fmt.State, _ rune) {
	_, _ = io.WriteString(w, placeholder)
}

// LogValue returns [redacted] for log/slog.
func (Secret) LogValue() slog.Value { return slog.StringValue(placeholder) }

// MarshalText returns [redacted]; it never fails.
func (Secret) MarshalText() ([]byte, error) { return []byte(placeholder), nil }

// MarshalJSON returns "[redacted]"; it never fails. A file format that holds a Secret writes string(s).
func (Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + placeholder + `"`), nil }

var errPlaceholder = errors.New("redact: " + placeholder + " stands in place of the secret, which was left out when this was written")

// UnmarshalText sets the secret to text, from JSON too. [redacted] is an error: it is what is left of a
// secret that something marshaled, and must not be taken for one.
func (s *Secret) UnmarshalText(text []byte) error {
	if string(text) == placeholder {
		return errPlaceholder
	}
	*s = Secret(text)
	return nil
}
