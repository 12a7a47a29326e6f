package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/logging"
	"github.com/spf13/cobra"

	"github.com/latchkey-sso/latchkey/profile"
)

// app is what the commands share: where to write, and the flags of all.
type app struct {
	stdout, stderr io.Writer
	now            func() time.Time

	profile string
	debug   bool
	started bool // a command was found and its flags were right
}

// run runs one command line and returns its exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	a := &app{stdout: stdout, stderr: stderr, now: time.Now} //nolint:forbidigo // the real clock comes in here
	root := a.rootCommand()
	root.SetArgs(args)
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		return exitDone
	}
	if !a.started {
		err = &usageError{err: err, command: cmd.CommandPath()}
	}
	fmt.Fprintf(stderr, "latchkey: %s\n", message(err))
	if hint := a.hint(err); hint != "" {
		fmt.Fprintf(stderr, "hint: %s\n", hint)
	}
	return exitCode(err)
}

func (a *app) rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:           "latchkey",
		Short:         "AWS credentials from one IAM Identity Center sign-in",
		Long:          "Latchkey gives every AWS tool on this machine credentials from one IAM Identity\nCenter (AWS SSO) sign-in.",
		Version:       version(),
		SilenceErrors: true,
		SilenceUsage:  true,
		PersistentPreRun: func(*cobra.Command, []string) {
			a.started = true
		},
	}
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	root.PersistentFlags().StringVarP(&a.profile, "profile", "p", "", "profile in the AWS config file (default: $AWS_PROFILE, else \"default\")")
	root.PersistentFlags().BoolVar(&a.debug, "debug", false, "show every step on stderr, and never a secret")
	root.AddCommand(
		a.credentialProcessCommand(),
		a.loginCommand(),
		a.logoutCommand(),
		a.statusCommand(),
		a.tokenCommand(),
		a.demoCommand(),
	)
	return root
}

// version is the module version the command was built from.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}

// load reads the profile that --profile or the environment selects.
func (a *app) load() (*profile.Profile, error) {
	return profile.Load(a.profile)
}

// signedInBy returns the profile whose sign-in p lives on: p itself, or the one
// at the end of its source_profile chain.
func signedInBy(p *profile.Profile) (*profile.Profile, error) {
	name := p.Name
	for p.Session == nil && p.SourceProfile != nil {
		p = p.SourceProfile
	}
	if p.Session == nil {
		return nil, &profile.Error{Profile: name, Key: "sso_session", Reason: "the profile has no SSO settings"}
	}
	return p, nil
}

// clientConfig holds what every request of the command goes by.
func (a *app) clientConfig() aws.Config {
	return aws.Config{Logger: a.logger()}
}

// logger shows warnings, and with --debug every step.
func (a *app) logger() logging.Logger {
	return logging.LoggerFunc(func(class logging.Classification, format string, args ...any) {
		switch {
		case class == logging.Warn:
			fmt.Fprintf(a.stderr, "latchkey: warning: "+format+"\n", args...)
		case a.debug:
			fmt.Fprintf(a.stderr, "debug: "+format+"\n", args...)
		}
	})
}

// interruptible returns a context that ends when the person presses Ctrl-C, for
// commands that have something to clean up or to say then.
func interruptible(ctx context.Context) (context.Context, context.CancelFunc) {
	return signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
}

// usageError is a command line that cannot be understood.
type usageError struct {
	err     error
	command string
}

func (e *usageError) Error() string { return e.err.Error() }

var errInterrupted = errors.New("interrupted")
