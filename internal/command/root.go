// Package command is the latchkey command. Command latchkey only calls Run.
package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/spf13/cobra"

	"github.com/latchkey-sso/latchkey/internal/buildinfo"
	"github.com/latchkey-sso/latchkey/internal/interrupt"
	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/tokenstore"
	"github.com/latchkey-sso/latchkey/tokenstore/age"
	"github.com/latchkey-sso/latchkey/tokenstore/keyring"
)

// app is the state that the commands share, and the flags that all of them have.
type app struct {
	stdout, stderr io.Writer
	now            func() time.Time
	drivers        []tokenstore.Driver

	interrupt context.CancelCauseFunc // cancels the command
	returned  chan struct{}           // closed once the command has returned
	prompt    sync.Mutex              // held while the user is asked for a passphrase
	canceled  bool                    // the user has canceled that; guarded by prompt

	profile string
	debug   bool
	noInput bool // ask nothing on the terminal
	started bool // a command was found, and its flags are valid

	roleByFlags bool // --account and --role select the role
}

// Run runs one command line and returns its exit code. The drivers open token stores beside those
// that every latchkey command opens: plain files, age and the keyring.
func Run(ctx context.Context, args []string, stdout, stderr io.Writer, drivers ...tokenstore.Driver) int {
	out := &output{Writer: printableWriter{stdout}}
	stderr = printableWriter{stderr}
	a := &app{stdout: out, stderr: stderr, now: time.Now, returned: make(chan struct{})} //nolint:forbidigo // the only use of the real clock
	a.drivers = append(drivers, age.DriverWithPrompt(a.passphrase), keyring.Driver)
	if runtime.GOOS == "windows" {
		args = joinQuoted(args)
	}
	root := a.rootCommand(args...)
	root.SetArgs(args)
	ctx, a.interrupt = context.WithCancelCause(ctx)
	defer a.interrupt(nil)
	cmd, err := root.ExecuteContextC(ctx)
	a.endPrompt()
	if program, ok := errors.AsType[*exitError](err); ok {
		return program.exit()
	}
	interrupted, ok := errors.AsType[*interrupt.Error](context.Cause(ctx))
	switch {
	case ok:
		err = interrupted
	case out.err != nil:
		err = out.err
	case err == nil:
		return exitDone
	case !a.started:
		err = usage(cmd, err)
	}
	a.debugf("%v", err)
	fmt.Fprintf(stderr, "latchkey: %s\n", message(err))
	if hint := a.hint(err); hint != "" {
		fmt.Fprintf(stderr, "hint: %s\n", oneLine(hint))
	}
	return exitCode(err)
}

// output is stdout. It keeps the first error: cobra ignores it when it prints a help text, and
// reports it as a usage error when it prints the version.
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

// usage turns an error of cobra about the command line into a usageError.
func usage(cmd *cobra.Command, err error) error {
	var ours *usageError
	if errors.As(err, &ours) {
		return err
	}
	return &usageError{text: err.Error(), hint: cmd.CommandPath() + " --help"}
}

// noCommand rejects the arguments of root: they begin with a command that does not exist.
func noCommand(root *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	hint := "latchkey --help"
	if similar := root.SuggestionsFor(args[0]); len(similar) > 0 {
		hint = "latchkey " + strings.Join(similar, ", or latchkey ")
	}
	return &usageError{text: fmt.Sprintf("unknown command %q", args[0]), hint: hint}
}

// noArgs rejects arguments. One that a user gives is most likely the name of a profile.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return &usageError{
		text: fmt.Sprintf("unexpected argument %q", args[0]),
		hint: fmt.Sprintf("%s --profile %s", cmd.CommandPath(), quoted(args[0])),
	}
}

// noArgsOrProfile is noArgs for commands that do not use a profile.
func noArgsOrProfile(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return &usageError{text: fmt.Sprintf("unexpected argument %q", args[0]), hint: cmd.CommandPath() + " --help"}
}

// exclusive returns the error about two flags that were given together, if they were.
func exclusive(cmd *cobra.Command, one, other string) error {
	if !cmd.Flags().Changed(one) || !cmd.Flags().Changed(other) {
		return nil
	}
	return &usageError{
		text: fmt.Sprintf("--%s and --%s cannot be used together", one, other),
		hint: cmd.CommandPath() + " --help",
	}
}

// rootCommand returns the root command for args. If args begins with the name of a command, only
// that one is built: building them all adds a tenth to a warm credential-process.
func (a *app) rootCommand(args ...string) *cobra.Command {
	root := &cobra.Command{
		Use:           "latchkey",
		Short:         "AWS credentials from one IAM Identity Center sign-in",
		Long:          "Latchkey gives every AWS tool on this machine credentials from one IAM Identity\nCenter (AWS SSO) sign-in.\n\nStart with latchkey configure, or try latchkey demo, which needs no AWS account.",
		Args:          noCommand,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		SilenceErrors: true,
		SilenceUsage:  true,

		SuggestionsMinimumDistance: 2,
		PersistentPreRun: func(*cobra.Command, []string) {
			a.started = true
		},
	}
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	root.PersistentFlags().StringVarP(&a.profile, "profile", "p", "", "profile in the AWS config file (default: $AWS_PROFILE, else \"default\")")
	root.PersistentFlags().BoolVar(&a.debug, "debug", false, "show every step on stderr, without secrets")
	root.PersistentFlags().BoolVar(&a.noInput, "no-input", false, "never ask on the terminal")
	if len(args) > 0 && a.addCommand(root, args[0]) {
		return root
	}
	root.Version = buildinfo.Version()
	a.addCommands(root)
	completeNames(root)
	a.completeListed(root)
	checkTopics(root)
	return root
}

// A group is a title and the commands under it in the help text.
type group struct {
	title    string
	commands []command
}

// A command is the name of a command and the function that builds it.
type command struct {
	name  string
	build func() *cobra.Command
}

// groups returns the commands in the order of the help text.
func (a *app) groups() []group {
	return []group{
		{"Sign in:", []command{
			{"configure", a.configureCommand},
			{"login", a.loginCommand},
			{"status", a.statusCommand},
			{"logout", a.logoutCommand},
			{"store", a.storeCommand},
		}},
		{"Use credentials:", []command{
			{"credential-process", a.credentialProcessCommand},
			{"exec", a.execCommand},
			{"env", a.envCommand},
			{"console", a.consoleCommand},
			{"serve", a.serveCommand},
			{"token", a.tokenCommand},
		}},
		{"Profiles, accounts and roles:", []command{
			{"list", a.listCommand},
			{"shell-init", a.shellInitCommand},
			{"accounts", a.accountsCommand},
			{"roles", a.rolesCommand},
		}},
		{helpGroup, []command{
			{"doctor", a.doctorCommand},
			{"demo", a.demoCommand},
			{"version", a.versionCommand},
		}},
	}
}

const helpGroup = "Help:"

// addCommand adds the command called name and reports whether there is one.
func (a *app) addCommand(root *cobra.Command, name string) bool {
	for _, g := range a.groups() {
		for _, c := range g.commands {
			if c.name == name {
				root.CompletionOptions.DisableDefaultCmd = true
				root.AddCommand(c.build())
				return true
			}
		}
	}
	return false
}

// addCommands adds all commands.
func (a *app) addCommands(root *cobra.Command) {
	root.AddCommand(a.switchCommand()) // hidden
	for _, g := range a.groups() {
		root.AddGroup(&cobra.Group{ID: g.title, Title: g.title})
		for _, c := range g.commands {
			cmd := c.build()
			cmd.GroupID = g.title
			root.AddCommand(cmd)
		}
	}
	root.SetHelpCommandGroupID(helpGroup)
	root.SetCompletionCommandGroupID(helpGroup)
}

// checkTopics makes the commands that cobra adds reject arguments they do not know, instead of
// printing a help text with exit code 0.
func checkTopics(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, cmd := range root.Commands() {
		switch cmd.Name() {
		case "help":
			cmd.Args = func(cmd *cobra.Command, args []string) error {
				if found, rest, _ := cmd.Root().Find(args); found == cmd.Root() {
					return noCommand(found, rest)
				}
				return nil
			}
		case "completion":
			cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
		}
	}
}

// load loads the profile that --profile or the environment selects.
func (a *app) load() (*profile.Profile, error) {
	return profile.Load(a.profile)
}

// signedInBy returns the profile whose sign-in p uses: p itself, or the one at the end of its
// source_profile chain.
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

// clientConfig returns the settings that all clients of the command share.
func (a *app) clientConfig() aws.Config {
	return aws.Config{Logger: a.logger()}
}

// interruptible returns a context that Ctrl-C or SIGTERM cancels, for commands that clean up or
// report something then. A second Ctrl-C kills the process.
func interruptible(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, stop := interrupt.Notify(ctx, os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	return ctx, stop
}
