package keyring

import (
	"errors"
	"os/exec"
)

func checkAvailable() error { return nil }

// Exit codes of security(1): the low byte of an OSStatus.
const (
	interactionNotAllowed = 36 // errSecInteractionNotAllowed, -25308
	authFailed            = 51 // errSecAuthFailed, -25293
)

var (
	errLocked = errors.New("the keychain is locked, and no dialog can ask for its password")
	errDenied = errors.New("the password of the keychain was wrong, or access was denied")
)

// describe returns an error that a user understands.
func describe(err error) error {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		switch exit.ExitCode() {
		case interactionNotAllowed:
			return errLocked
		case authFailed:
			return errDenied
		}
	}
	return err
}
