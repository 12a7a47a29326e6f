package command

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/spf13/cobra"

	"github.com/latchkey-sso/latchkey/internal/interrupt"
	"github.com/latchkey-sso/latchkey/internal/shellenv"
)

// The exit codes of exec if the program does not run, as in env(1) and docker run.
const (
	exitExecFailed    = 125
	exitCannotRun     = 126
	exitNoSuchProgram = 127
)

// leastTimeLeft is how long credentials must be valid when a program starts with them.
const leastTimeLeft = time.Minute

func (a *app) execCommand() *cobra.Command {
	var server bool
	var roles execRoles
	cmd := &cobra.Command{
		Use:   "exec [flags] [--] [program [argument...]]",
		Short: "Run a program with the credentials of a profile",
		Long: `Run a program with the credentials, the account and the region of a profile in its environment.
Variables that would make AWS SDKs use other credentials are removed. Without a program, run a
shell.

On Unix, the program replaces latchkey and receives signals directly. On Windows, latchkey forwards
Ctrl-C. Credentials in the environment cannot be renewed while the program runs. With --server,
latchkey keeps running and serves fresh credentials instead.

With an account ID in --account and a name in --role, run the program as that role, without a
profile. With patterns, run it once for each matching role, several at a time. Each line of output
then starts with the account and the role, stdin is empty, and the exit code is the highest one.

LATCHKEY_PROFILE is set to the name of the profile, for prompts. The exit code is the program's. If the
program does not run, it is 3 (login required), 125 (latchkey failed), 126 (not executable) or 127
(not found).`,
		Example: `  latchkey exec --profile dev -- aws s3 ls
  latchkey exec -p prod terraform plan
  latchkey exec -p dev --server -- ./runs-for-days
  latchkey exec --account 'prod-*' --role ReadOnly -- aws s3 ls
  latchkey exec -p dev`,
		RunE: func(cmd *cobra.Command, args []string) error {
			switch several := roles.several(); {
			case several && server:
				return a.execError(&usageError{text: "--server works with one role only", hint: "set --account to an account ID and --role to a name"})
			case several:
				return a.execError(a.execEach(cmd.Context(), cmd, &roles, args))
			case cmd.Flags().Changed("parallel"):
				return a.execError(&usageError{text: "--parallel works with several roles only", hint: "set --account or --role to a pattern, such as 'prod-*'"})
			}
			return a.execError(a.exec(cmd.Context(), cmd, &roles, server, args))
		},
	}
	cmd.Flags().BoolVar(&server, "server", false, "serve fresh credentials to the program while it runs")
	roles.register(cmd)
	cmd.Flags().SetInterspersed(false) // flags after the program are the program's
	cmd.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return &codedError{&usageError{text: err.Error(), hint: cmd.CommandPath() + " --help"}, exitExecFailed}
	})
	return cmd
}

// codedError is an error with a specific exit code.
type codedError struct {
	err  error
	code int
}

func (e *codedError) Error() string { return e.err.Error() }
func (e *codedError) Unwrap() error { return e.err }

// execError gives an error exit code 125, unless it has a more specific one.
func (a *app) execError(err error) error {
	code := exitCode(err)
	if err == nil || code == exitLoginRequired || errors.As(err, new(*interrupt.Error)) || errors.As(err, new(*codedError)) || errors.As(err, new(*exitError)) {
		return err
	}
	return &codedError{err, exitExecFailed}
}

func (a *app) exec(ctx context.Context, cmd *cobra.Command, roles *execRoles, server bool, args []string) error {
	args, err := a.programOrShell(args)
	if err != nil {
		return err
	}
	path, err := lookUp(args[0])
	if err != nil {
		return err
	}
	source, err := a.execSource(ctx, cmd, roles)
	if err != nil {
		return err
	}
	if server {
		return a.execWithServer(ctx, source, path, args)
	}
	creds, err := a.lastingCredentials(ctx, source)
	if err != nil {
		return err
	}
	return runProgram(ctx, path, args, keyEnvironment(source, creds).Apply(os.Environ()))
}

// execWithServer runs a program that gets its credentials from this process.
func (a *app) execWithServer(ctx context.Context, source *profileCredentials, path string, args []string) error {
	served := *source.profile
	served.Name = source.label()
	return a.serveFor(ctx, &served, func(env []string) error {
		set := []shellenv.Variable{{Name: profileVariable, Value: served.Name}}
		for _, kv := range env {
			name, value, _ := strings.Cut(kv, "=")
			set = append(set, shellenv.Variable{Name: name, Value: value})
		}
		cmd := program(ctx, path, args, environmentOf(source.region(), set...).Apply(os.Environ()))
		return runError(path, runChild(cmd))
	})
}

// lastingCredentials returns credentials that are valid for at least leastTimeLeft.
func (a *app) lastingCredentials(ctx context.Context, source *profileCredentials) (aws.Credentials, error) {
	creds, err := source.retrieve(ctx)
	if err != nil {
		return creds, err
	}
	if left := creds.Expires.Sub(a.now()); left < leastTimeLeft {
		return creds, fmt.Errorf("the credentials of profile %q expire in %s and could not be renewed", source.profile.Name, left.Round(time.Second))
	}
	return creds, nil
}

// programOrShell returns args, or the user's shell if there are none.
func (a *app) programOrShell(args []string) ([]string, error) {
	if len(args) > 0 {
		if args[0] == "" {
			return nil, &usageError{text: "the program name is empty", hint: "latchkey exec --help"}
		}
		return args, nil
	}
	if outer := os.Getenv(profileVariable); outer != "" {
		fmt.Fprintf(a.stderr, "latchkey: this shell runs inside a shell for profile %q; exit returns to that one\n", oneLine(outer))
	}
	return []string{userShell()}, nil
}

// lookUp returns the path of a program.
func lookUp(name string) (string, error) {
	path, err := exec.LookPath(name)
	if err == nil {
		return path, nil
	}
	if cause, ok := errors.AsType[*exec.Error](err); ok {
		err = cause.Err
	}
	if cause, ok := errors.AsType[*fs.PathError](err); ok {
		err = cause.Err
	}
	switch {
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EISDIR):
		return "", &codedError{fmt.Errorf("cannot run %q: %w", name, err), exitCannotRun}
	case errors.Is(err, exec.ErrDot):
		return "", &codedError{fmt.Errorf("%q is in the current directory only", name), exitNoSuchProgram}
	case errors.Is(err, exec.ErrNotFound) && filepath.Base(name) != name: // Windows
		return "", &codedError{fmt.Errorf("cannot find %q", name), exitNoSuchProgram}
	case errors.Is(err, exec.ErrNotFound):
		return "", &codedError{fmt.Errorf("%q is not in PATH", name), exitNoSuchProgram}
	}
	return "", &codedError{fmt.Errorf("cannot find %q: %w", name, err), exitNoSuchProgram}
}

// runError returns the error about a program that did not start.
func runError(path string, err error) error {
	var system syscall.Errno
	switch {
	case err == nil, errors.As(err, new(*exitError)):
		return err
	case errors.As(err, &system):
		err = system
	}
	return &codedError{fmt.Errorf("cannot run %q: %w", path, err), exitCannotRun}
}

// program returns a command with the standard streams of this process.
func program(ctx context.Context, path string, args, env []string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, path)
	cmd.Args, cmd.Env = args, env
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	return cmd
}
