package command

import (
	"context"
	"errors"
	"fmt"

	"github.com/latchkey-sso/latchkey/internal/picker"
	"github.com/latchkey-sso/latchkey/internal/redact"
	"github.com/latchkey-sso/latchkey/tokenstore/age"
)

// mfaCode asks the user for an MFA code on the controlling terminal, since stdin and stderr may
// belong to the tool that runs credential-process.
func (a *app) mfaCode(ctx context.Context, serial string) (redact.Secret, error) {
	terminal, err := a.controllingTerminal()
	if err != nil {
		return "", &hintedError{
			fmt.Errorf("it needs a code from MFA device %s, and %w", serial, err),
			"run latchkey credential-process with this profile in a terminal first; it caches the credentials",
		}
	}
	code, err := terminal.Ask(ctx, "MFA code for "+serial, "")
	if err != nil {
		return "", err // not closed: Close would wait for the blocked read
	}
	terminal.Close()
	if code == "" {
		return "", errors.New("no MFA code was entered")
	}
	return redact.Secret(code), nil
}

// passphrase asks the user for the passphrase of a token store. It is an age.Prompt. After Ctrl-C or a
// signal, it asks no more: the process is about to exit, and would leave the terminal without echo.
func (a *app) passphrase(ctx context.Context, text string) (redact.Secret, error) {
	a.prompt.Lock()
	defer a.prompt.Unlock()
	if a.canceled {
		return "", picker.ErrCanceled
	}
	terminal, err := a.controllingTerminal()
	if err != nil {
		return "", &hintedError{
			fmt.Errorf("the token store needs its passphrase, and %w", err),
			"set " + age.PassphraseFileVariable + " to the path of a file that holds it",
		}
	}
	passphrase, err := terminal.AskSecret(ctx, text)
	if errors.Is(err, picker.ErrCanceled) && ctx.Err() == nil {
		a.canceled = true
		a.interrupt(err) // nothing may go on without the key
	}
	if err != nil {
		return "", err // not closed, as above
	}
	terminal.Close()
	return redact.Secret(passphrase), nil
}

func (a *app) controllingTerminal() (*picker.Terminal, error) {
	if a.noInput {
		return nil, errors.New("--no-input is set")
	}
	return picker.OpenControlling(nil)
}
