package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/logging"
	"github.com/spf13/cobra"

	"github.com/latchkey-sso/latchkey/internal/buildinfo"
	"github.com/latchkey-sso/latchkey/profile"
)

// app is what the commands share: where to write, and the flags of all.
type app struct {
	stdout, stderr io.Writer
	now            func() time.Time

	profile string
	debug   bool
	noInput bool // ask nothing on the terminal
	started bool // a command was found and its flags were right
}

// run runs one command line and returns its exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	out := &output{Writer: printableWriter{stdout}}
	stderr = printableWriter{stderr}
	a := &app{stdout: out, stderr: stderr, now: time.Now} //nolint:forbidigo // the real clock comes in here
	root := a.rootCommand()
	root.SetArgs(args)
	cmd, err := root.ExecuteContextC(ctx)
	if program, ok := errors.AsType[*exitError](err); ok {
		return program.exit()
	}
	switch {
	case out.err != nil:
		err = out.err
	case err == nil:
		return exitDone
	case !a.started:
		err = usage(cmd, err)
	}
	a.debugf("%v", err)
	fmt.Fprintf(stderr, "latchkey: %s\n", message(err))
	if hint := hint(err); hint != "" {
		fmt.Fprintf(stderr, "hint: %s\n", oneLine(hint))
	}
	return exitCode(err)
}

// output is stdout. It keeps the first error, which cobra drops when it prints a help
// text, and takes for one of the command line when it prints the version.
type output struct {
	io.Writer
	err error
}

func (o *output) Write(p []byte) (int, error) {
	n, err := o.Writer.Write(p)
	if o.err == nil {
		o.err = err
	}
	return n, err
}

// usage turns an error of cobra's about the command line into one of ours.
func usage(cmd *cobra.Command, err error) error {
	var ours *usageError
	if errors.As(err, &ours) {
		return err
	}
	text, similar, found := strings.Cut(err.Error(), "Did you mean this?")
	hint := cmd.CommandPath() + " --help"
	if found {
		hint = "latchkey " + strings.Join(strings.Fields(similar), ", or latchkey ")
	}
	return &usageError{text: strings.TrimSpace(text), hint: hint}
}

// noArgs is for commands that take flags only. What is there instead is most
// likely the name of a profile.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return &usageError{
		text: fmt.Sprintf("%s takes no argument %q", cmd.CommandPath(), args[0]),
		hint: fmt.Sprintf("%s --profile %s", cmd.CommandPath(), quoted(args[0])),
	}
}

// exclusive is the error about two flags given together.
func exclusive(cmd *cobra.Command, one, other string) error {
	if !cmd.Flags().Changed(one) || !cmd.Flags().Changed(other) {
		return nil
	}
	return &usageError{
		text: fmt.Sprintf("--%s and --%s exclude each other", one, other),
		hint: cmd.CommandPath() + " --help",
	}
}

func (a *app) rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:           "latchkey",
		Short:         "AWS credentials from one IAM Identity Center sign-in",
		Long:          "Latchkey gives every AWS tool on this machine credentials from one IAM Identity\nCenter (AWS SSO) sign-in.",
		Version:       buildinfo.Version(),
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
	root.PersistentFlags().BoolVar(&a.noInput, "no-input", false, "ask nothing on the terminal")
	root.AddCommand(
		a.accountsCommand(),
		a.configureCommand(),
		a.credentialProcessCommand(),
		a.execCommand(),
		a.envCommand(),
		a.consoleCommand(),
		a.listCommand(),
		a.shellInitCommand(),
		a.switchCommand(),
		a.loginCommand(),
		a.rolesCommand(),
		a.logoutCommand(),
		a.statusCommand(),
		a.tokenCommand(),
		a.serveCommand(),
		a.versionCommand(),
		a.doctorCommand(),
		a.demoCommand(),
	)
	completeNames(root)
	a.completeListed(root)
	checkTopics(root)
	return root
}

// completeNames completes profiles and sessions, and offers files only as the program of exec.
func completeNames(root *cobra.Command) {
	sessions := func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
		_, names, _ := profile.Names()
		return completions(names), cobra.ShellCompDirectiveNoFileComp
	}
	_ = root.RegisterFlagCompletionFunc("profile", completeProfiles)
	for _, cmd := range root.Commands() {
		if cmd.ValidArgsFunction == nil && len(cmd.ValidArgs) == 0 && cmd.Name() != "exec" {
			cmd.ValidArgsFunction = cobra.NoFileCompletions
		}
		if cmd.Flags().Lookup("sso-session") != nil {
			_ = cmd.RegisterFlagCompletionFunc("sso-session", sessions)
		}
	}
}

// completions leaves out names that cannot be shown as they are: a shell would insert
// something else than what it shows.
func completions(names []string) []string {
	return slices.DeleteFunc(names, func(name string) bool { return oneLine(name) != name })
}

// checkTopics has the commands that cobra adds refuse words they do not know. By
// themselves they print a help text, as if all was well.
func checkTopics(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, cmd := range root.Commands() {
		switch cmd.Name() {
		case "help":
			cmd.Args = func(cmd *cobra.Command, args []string) error {
				_, _, err := cmd.Root().Find(args)
				return err
			}
		case "completion":
			cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
		}
	}
}

// load reads the profile that --profile or the environment selects.
func (a *app) load() (*profile.Profile, error) {
	return profile.Load(a.profile)
}

// signedInBy returns the profile whose sign-in p lives on: p itself, or the one
// at the end of its source_profile chain.
func signedInBy(p *profile.Profile) (*profile.Profile, error) {
	chosen := p
	for p.Session == nil && p.SourceProfile != nil {
		p = p.SourceProfile
	}
	if p.Session == nil {
		return nil, withoutSignIn(chosen)
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
		if class != logging.Warn {
			a.debugf(format, args...)
			return
		}
		for i, arg := range args {
			if err, ok := arg.(error); ok {
				a.debugf("%v", err)
				args[i] = message(err)
			}
		}
		fmt.Fprintf(a.stderr, "latchkey: warning: %s\n", oneLine(fmt.Sprintf(format, args...)))
	})
}

func (a *app) debugf(format string, args ...any) {
	if a.debug {
		fmt.Fprintf(a.stderr, "debug: %s\n", oneLine(fmt.Sprintf(format, args...)))
	}
}

// interruptible returns a context that ends when the person presses Ctrl-C, for
// commands that have something to clean up or to say then. The second Ctrl-C
// ends the program.
func interruptible(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	return ctx, stop
}
