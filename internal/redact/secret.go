// Package redact keeps secrets out of what a program prints.
//
// [Secret] is a string in every respect but one: whatever writes it out writes
// [redacted] in its place. string(s) is the way to the value, so every place that
// uses a secret can be found by reading for it.
package redact

import (
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
// closes the last two.
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

// MarshalJSON returns "[redacted]"; it never fails. A Secret can be decoded from
// JSON and not encoded to it: a file format that holds one writes string(s).
func (Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + placeholder + `"`), nil }
