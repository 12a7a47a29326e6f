package profile

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/latchkey-sso/latchkey/internal/configfile"
)

// ErrNotFound is in the chain of the error of [Load] and [LoadSession] if no file has a
// section of that name. It is not in the chain if the missing name is in a file, for example
// in source_profile.
var ErrNotFound = errors.New("not found")

// Error is a mistake in a file or in the environment. It never holds the value of a secret.
type Error struct {
	// File is the path of the file; empty for an environment variable.
	File string
	// Line counts from 1; 0 means the file as a whole.
	Line int
	// Profile and Session are the names of what was read; either may be empty.
	Profile, Session string
	// Key is the setting or environment variable that is wrong or missing; empty if a line
	// or a whole section is.
	Key string
	// Reason says what is wrong.
	Reason string
	// Fix says what to do about it, such as "add sso_region = <region>". Error does not
	// include it: a program shows it as a hint. Empty if Reason or Similar says enough.
	Fix string
	// Similar are the names most similar to one that was not found, else the first few.
	Similar []string
	// Err is the cause: ErrNotFound, an error from the file system, or nil.
	Err error
}

// Error returns "profile: FILE:LINE: profile NAME: REASON", or "profile NAME: REASON" without
// a file.
func (e *Error) Error() string {
	var b strings.Builder
	if e.File != "" || e.Profile == "" {
		b.WriteString("profile: ")
	}
	if e.File != "" {
		b.WriteString(e.File)
		if e.Line > 0 {
			b.WriteString(":" + strconv.Itoa(e.Line))
		}
		b.WriteString(": ")
	}
	switch {
	case e.Profile != "":
		fmt.Fprintf(&b, "profile %q: ", e.Profile)
	case e.Session != "":
		fmt.Fprintf(&b, "sso-session %q: ", e.Session)
	}
	b.WriteString(e.Reason)
	return b.String()
}

// syntaxError is the error about a line that breaks the grammar.
func syntaxError(bad *configfile.SyntaxError) *Error {
	if bad == nil {
		return nil
	}
	return &Error{File: bad.Path, Line: bad.Line, Reason: bad.Reason, Fix: bad.Fix()}
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }
