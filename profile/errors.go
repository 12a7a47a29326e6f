package profile

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/latchkey-sso/latchkey/internal/configfile"
)

// ErrNotFound is in the chain of the error about a profile or an sso-session
// that was asked for and that no file has. A name that is missing where a
// file refers to it is an [Error] without it.
var ErrNotFound = errors.New("not found")

// Error is something to fix in a file, or in the environment. It never holds
// the value of a secret.
type Error struct {
	// File is the path of the file; empty for an environment variable.
	File string
	// Line counts from 1; 0 means the file as a whole.
	Line int
	// Profile and Session name what was being read; either may be empty.
	Profile, Session string
	// Key is the setting, or the environment variable, that is wrong or
	// missing; empty when a line or a whole section is.
	Key string
	// Reason says what is wrong.
	Reason string
	// Fix says what to do about it, such as "add sso_region = <region>". Error does not
	// include it: a program shows it as a hint. Empty if Reason or Similar says enough.
	Fix string
	// Similar are names that may have been meant where one was not found: the
	// closest ones, else the first few there are.
	Similar []string
	// Err is the cause: ErrNotFound, an error of the file system, or nil.
	Err error
}

// Error returns "profile: FILE:LINE: profile NAME: REASON". Without a file the name of the
// package is left out where the word follows anyway.
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
