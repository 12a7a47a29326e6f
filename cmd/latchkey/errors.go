package main

import (
	"errors"
	"strings"

	"github.com/aws/smithy-go"

	"github.com/latchkey-sso/latchkey/internal/userhome"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/provider"
)

// The exit codes, for scripts to go by.
const (
	exitDone          = 0
	exitFailed        = 1
	exitUsage         = 2 // wrong usage or configuration
	exitLoginRequired = 3
)

func exitCode(err error) int {
	var (
		coded *codedError
		usage *usageError
		conf  *profile.Error
		login *provider.LoginRequiredError
	)
	switch {
	case errors.As(err, &coded):
		return coded.code
	case errors.As(err, &login):
		return exitLoginRequired
	case errors.As(err, &usage), errors.As(err, &conf), errors.Is(err, userhome.ErrUnknown):
		return exitUsage
	}
	return exitFailed
}

// usageError is a command line that cannot be understood.
type usageError struct{ text, hint string }

func (e *usageError) Error() string { return e.text }

// hintedError is an error for which the place it comes from knows a way out.
type hintedError struct {
	err  error
	hint string
}

func (e *hintedError) Error() string { return e.err.Error() }
func (e *hintedError) Unwrap() error { return e.err }

var errInterrupted = errors.New("interrupted")

// message says in one line what went wrong, to a person: without the names of
// packages, and of a failed request only what helps.
func message(err error) string {
	text := err.Error()
	var op *smithy.OperationError
	if errors.As(err, &op) {
		text = strings.Replace(text, op.Error(), requestFailure(op), 1)
	}
	lines := strings.Split(text, "\n") // of errors that were joined
	for i, line := range lines {
		lines[i] = withoutPackages(line)
	}
	return oneLine(strings.Join(lines, "\n"))
}

// withoutPackages leaves out the names of the packages that errors begin with.
func withoutPackages(text string) string {
	for _, name := range []string{"provider", "ssotoken", "login", "accounts", "profile", "tokencache", "rolecache", "callback", "assumerole", "console", "sso", "configure", "picker"} {
		text = strings.TrimPrefix(text, name+": ")
		text = strings.ReplaceAll(text, ": "+name+": ", ": ")
	}
	return text
}
