package command

import (
	"errors"
	"strings"

	"github.com/aws/smithy-go"

	"github.com/latchkey-sso/latchkey/internal/interrupt"
	"github.com/latchkey-sso/latchkey/internal/userhome"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/provider"
	"github.com/latchkey-sso/latchkey/tokenstore"
)

// The exit codes.
const (
	exitDone          = 0
	exitFailed        = 1
	exitUsage         = 2 // wrong usage or configuration
	exitLoginRequired = 3
)

func exitCode(err error) int {
	var (
		interrupted *interrupt.Error
		coded       *codedError
		usage       *usageError
		conf        *profile.Error
		login       *provider.LoginRequiredError
		store       *tokenstore.SettingError
	)
	switch {
	case errors.As(err, &interrupted):
		return interrupted.ExitCode()
	case errors.As(err, &coded):
		return coded.code
	case errors.As(err, &login):
		return exitLoginRequired
	case errors.As(err, &usage), errors.As(err, &conf), errors.As(err, &store), errors.As(err, new(*tokenstore.DriverError)),
		errors.Is(err, userhome.ErrUnknown):
		return exitUsage
	}
	return exitFailed
}

// usageError is a mistake in the command line.
type usageError struct{ text, hint string }

func (e *usageError) Error() string { return e.text }

// hintedError is an error with a hint about how to fix it.
type hintedError struct {
	err  error
	hint string
}

func (e *hintedError) Error() string { return e.err.Error() }
func (e *hintedError) Unwrap() error { return e.err }

// message returns the text of an error for users, in one line: without package names, and with a
// short account of a failed request.
func message(err error) string {
	text := err.Error()
	var op *smithy.OperationError
	if errors.As(err, &op) {
		text = strings.Replace(text, op.Error(), requestFailure(op), 1)
	}
	lines := strings.Split(text, "\n") // errors.Join
	for i, line := range lines {
		lines[i] = withoutPackages(line)
	}
	return oneLine(strings.Join(lines, "\n"))
}

// withoutPackages removes the names of packages from an error text.
func withoutPackages(text string) string {
	for _, name := range []string{"provider", "tokenstore", "age", "keyring", "redis", "tokencopy", "ssotoken", "login", "accounts", "profile", "tokencache", "rolecache", "callback", "assumerole", "console", "sso", "configure", "picker"} {
		text = strings.TrimPrefix(text, name+": ")
		text = strings.ReplaceAll(text, ": "+name+": ", ": ")
	}
	return text
}
