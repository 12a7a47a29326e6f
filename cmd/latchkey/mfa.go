package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/latchkey-sso/latchkey/internal/picker"
	"github.com/latchkey-sso/latchkey/internal/redact"
)

// mfaCode asks the user for the code of an MFA device, on the terminal that controls the process: stdin and
// stderr may belong to the tool that runs credential-process.
func (a *app) mfaCode(ctx context.Context, serial string) (redact.Secret, error) {
	terminal, err := a.controllingTerminal()
	if err != nil {
		return "", &hintedError{
			fmt.Errorf("it needs a code from MFA device %s, and %w", serial, err),
			"run latchkey credential-process with this profile in a terminal first: the credentials are cached",
		}
	}
	code, err := terminal.Ask(ctx, "MFA code for "+serial, "")
	if err != nil {
		return "", err // terminal stays open: closing it waits for a read that no one ends
	}
	terminal.Close()
	if code == "" {
		return "", errors.New("no MFA code was entered")
	}
	return redact.Secret(code), nil
}

func (a *app) controllingTerminal() (*picker.Terminal, error) {
	if a.noInput {
		return nil, errors.New("--no-input is set")
	}
	return picker.OpenControlling(nil)
}
