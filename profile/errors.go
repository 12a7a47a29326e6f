package profile

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/latchkey-sso/latchkey/internal/configfile"
)

// ErrNotFound is wrapped by the error of [Load] and [LoadSession] if the profile or session
// does not exist. A missing section that another section refers to, for example with
// source_profile, does not wrap it.
var ErrNotFound = errors.New("not found")

// Error is a mistake in a config file or in the environment. It never contains a secret.
type Error struct {
	// File is the path of the file; empty for an environment variable.
	File string
	// Line is the line number, starting at 1; 0 means the whole file.
	Line int
	// Profile and Session name the section that was being read; either may be empty.
	Profile, Session string
	// Key is the setting or environment variable that is wrong or missing; empty if the
	// error is about a line or a section.
	Key string
	// Reason says what is wrong.
	Reason string
	// Fix is a hint for the user, such as "add sso_region = <region>". It is not part of the
	// error text; may be empty.
	Fix string
	// Similar are existing names close to one that was not found, or else the first few.
	Similar []string
	// Err is the cause: ErrNotFound, a file system error, or nil.
	Err error
}

// Error returns "profile: FILE:LINE: profile NAME: REASON", or "profile NAME: REASON" if File is
// empty.
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

// syntaxError returns nil, rather than an *Error, if bad is nil.
func syntaxError(bad *configfile.SyntaxError) *Error {
	if bad == nil {
		return nil
	}
	return &Error{File: bad.Path, Line: bad.Line, Reason: bad.Reason, Fix: bad.Fix()}
}

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }
