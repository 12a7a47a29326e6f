package command

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/spf13/cobra"

	"github.com/latchkey-sso/latchkey/internal/interrupt"
	"github.com/latchkey-sso/latchkey/login"
	"github.com/latchkey-sso/latchkey/provider"
)

// processLimit is how long credential-process waits for a sign-in. Most SDKs kill it after a
// minute, and would then not show its error.
const processLimit = 50 * time.Second

// processLogin says what credential-process does if the user has to sign in.
type processLogin struct {
	wanted bool
	wait   time.Duration
}

func (l *processLogin) register(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&l.wanted, "login", false, "sign in if needed: open a browser, or show a code on stderr")
	cmd.Flags().DurationVar(&l.wait, "login-wait", processLimit, "how long to wait for the sign-in before it continues in the background")
}

// retrieve returns the credentials that load finds. It signs in first if that is required and allowed.
func (l *processLogin) retrieve(ctx context.Context, a *app, load func() (*profileCredentials, error)) (aws.Credentials, error) {
	deadline := a.now().Add(l.wait)
	c, err := load()
	if err != nil {
		return aws.Credentials{}, err
	}
	creds, err := c.retrieve(ctx)
	required, ok := errors.AsType[*provider.LoginRequiredError](err)
	if !ok || !l.wanted && !c.profile.LoginOnDemand && !c.signIn.LoginOnDemand {
		return creds, err
	}
	if err := a.loginInBackground(ctx, deadline, required); err != nil {
		return creds, err
	}
	if c, err = load(); err != nil { // the login may have changed the profile's sso_region
		return creds, err
	}
	return c.retrieve(ctx)
}

// loginInBackground signs in with a process that continues when this one ends, and waits for
// it until the deadline.
func (a *app) loginInBackground(ctx context.Context, deadline time.Time, required *provider.LoginRequiredError) error {
	ctx, stop := interruptible(ctx)
	defer stop()
	ctx, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("start login: %w", err)
	}
	cmd := exec.CommandContext(context.WithoutCancel(ctx), self, append([]string{"login", "--background"}, loginArgs(required)...)...) //nolint:gosec // this program
	cmd.Args[0] = "latchkey"
	detach(cmd)
	// A pipe, not this process's stderr: an SDK may wait until every process has closed that.
	messages, stderr, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("start login: %w", err)
	}
	cmd.Stderr = stderr
	err = cmd.Start()
	_ = stderr.Close()
	if err != nil {
		return fmt.Errorf("start login: %w", err)
	}
	exited := make(chan error, 1)
	go func() {
		a.relay(messages)
		exited <- cmd.Wait()
	}()
	select {
	case err := <-exited:
		if err != nil {
			return required // the process has said why
		}
		return nil
	case <-ctx.Done():
		if errors.Is(ctx.Err(), context.Canceled) { // Ctrl-C
			if cmd.Process.Signal(os.Interrupt) != nil { // as on Windows
				_ = cmd.Process.Kill()
			}
			return interrupt.Cause(ctx)
		}
		return &hintedError{
			fmt.Errorf("%w; a sign-in is waiting for your approval", required),
			"approve it, then run the same command again",
		}
	}
}

// relay copies lines to stderr.
func (a *app) relay(messages io.Reader) {
	lines := bufio.NewScanner(messages)
	for lines.Scan() {
		fmt.Fprintln(a.stderr, lines.Text())
	}
}

// inBackground returns a UI for a process that outlives its parent: it may write to a closed
// pipe, and it never asks the user again after another process has.
func inBackground(ui login.UI, cancel context.CancelFunc) login.UI {
	signal.Ignore(syscall.SIGPIPE)
	foreground, waited := ui, false
	ui.Waiting = func(atMost time.Duration) {
		waited = true
		foreground.Waiting(atMost)
	}
	ui.ShowURL = func(r login.AuthorizationRequest) {
		if waited {
			cancel()
			return
		}
		foreground.ShowURL(r)
	}
	ui.ShowCode = func(c login.DeviceCode) {
		if waited {
			cancel()
			return
		}
		foreground.ShowCode(c)
	}
	ui.OpenBrowser = func(address string) error {
		if waited || foreground.OpenBrowser == nil {
			return nil
		}
		return foreground.OpenBrowser(address)
	}
	return ui
}
