package tokenstore

import (
	"fmt"
	"strings"
)

// SettingError is the error about an invalid setting.
type SettingError struct {
	Setting string // without secrets
	Reason  string // for users; may include the fix
}

// Error returns the setting and the reason.
func (e *SettingError) Error() string {
	return fmt.Sprintf("tokenstore: invalid setting %q: %s", e.Setting, e.Reason)
}

// NewError returns a *[SettingError] about s. The reason is for users, and may include the fix.
func (s Setting) NewError(reason string) error {
	text := s.String()
	if s.secret() != "" {
		text = s.Scheme + ":..."
	}
	return &SettingError{Setting: text, Reason: reason}
}

// UnavailableError is the error about a store that cannot be used: its server does not respond or rejects
// requests, or a file that it needs cannot be read.
type UnavailableError struct {
	Reason string // for users; without secrets
	Fix    string // for users; may be empty
	Err    error  // the cause; may be nil
}

func (e *UnavailableError) Error() string { return e.Reason }
func (e *UnavailableError) Unwrap() error { return e.Err }

// DriverError is the error about a scheme that no driver opens.
type DriverError struct {
	Scheme  string
	Package string // import path of the package whose Driver opens the scheme; empty if unknown
}

// Error names the package to import, if it is known.
func (e *DriverError) Error() string {
	if e.Package == "" {
		return fmt.Sprintf("tokenstore: open %s: unknown scheme", e.Scheme)
	}
	return fmt.Sprintf("tokenstore: open %s: this program does not link %s", e.Scheme, e.Package)
}

const module = "github.com/latchkey-sso/latchkey/"

// packageOf returns the import path of the package that opens a scheme, or "".
func packageOf(scheme string) string {
	switch {
	case scheme == "keyring":
		return module + "tokenstore/keyring"
	case scheme == "age", scheme == "passphrase":
		return module + "tokenstore/age"
	case strings.HasPrefix(scheme, "redis"):
		return module + "tokencache/redis"
	}
	return ""
}
