package command

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/latchkey-sso/latchkey/internal/interrupt"
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
	passphrase, s, err := a.askSecret(ctx, terminal, text)
	if s != nil || errors.Is(err, picker.ErrCanceled) && ctx.Err() == nil {
		a.canceled = true
		a.interrupt(err) // nothing may go on without the key
	}
	if err != nil {
		return "", err // not closed, as above
	}
	terminal.Close()
	return redact.Secret(passphrase), nil
}

// askSecret also returns the signal that ended the prompt, if one did, even if the command has returned because of it: a
// call that waits for the passphrase returns once its context is done.
func (a *app) askSecret(ctx context.Context, terminal *picker.Terminal, text string) (string, os.Signal, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-a.returned:
			cancel()
		case <-ctx.Done():
		}
	}()
	received := make(chan os.Signal, 1)
	interrupt.Relay(received, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT)
	secret, err := terminal.AskSecret(ctx, text)
	signal.Stop(received)
	select {
	case s := <-received:
		return "", s, &interrupt.Error{Signal: s}
	default:
		return secret, nil, err
	}
}

// endPrompt waits until the terminal is as before, if the user is being asked for a passphrase when the command returns.
func (a *app) endPrompt() {
	close(a.returned)
	a.prompt.Lock()
	defer a.prompt.Unlock()
	a.canceled = true
}

func (a *app) controllingTerminal() (*picker.Terminal, error) {
	if a.noInput {
		return nil, errors.New("--no-input is set")
	}
	return picker.OpenControlling(nil)
}
